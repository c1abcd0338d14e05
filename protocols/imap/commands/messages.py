"""What the commands on a set of messages share: FETCH, STORE, COPY and their UID forms."""

from protocols.imap import replies
from protocols.imap.grammar.sets import SequenceSet
from protocols.imap.responses import Tagged, done
from protocols.imap.view import MailboxView, Numbered
from protocols.replies import Refused, Reply

# Octets of a message that is taken apart or decoded at once, in some ms at the worst; a longer one
# may take parts of a second.
SHORT = 64 * 1024


def chosen(view: MailboxView, wanted: SequenceSet, uid: bool) -> Numbered:
    """The messages that a command means, with their numbers, as the client counts.

    RFC 3501 9: a number that names no message is an error, a UID is not (RFC 3501 6.4.8).
    """
    if uid:
        return [(n, m) for n, m in view.by_uid(wanted) if not view.is_gone(m)]
    try:
        return view.by_number(wanted)
    except IndexError as error:
        count = len(view.messages)
        if not count:
            raise Refused(replies.NO_MESSAGES) from None
        raise Refused(replies.NO_MESSAGE, number=error.args[0], count=count) from None


def present(view: MailboxView, numbered: Numbered) -> Numbered:
    return [(n, m) for n, m in numbered if not view.is_gone(m)]


def completed(reply: Reply, uid: str) -> Tagged:
    """The end of a command; `uid` is its name if it came after UID."""
    return done(replies.UID_OK, command=uid) if uid else done(reply)
