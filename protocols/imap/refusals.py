"""Errors of the grammar and the store as IMAP's own refusals (RFC 3501 7.1, RFC 5530)."""

from protocols import store
from protocols.imap import replies
from protocols.imap.grammar.expected import Malformed
from protocols.replies import Refused, Reply
from protocols.store import StoreError

_OF_STORE: dict[type[StoreError], Reply] = {
    store.NoSuchMailbox: replies.NO_MAILBOX,
    store.MailboxExists: replies.EXISTS,
    store.InvalidMailboxName: replies.BAD_NAME,
    store.HasChildren: replies.DELETE_CHILDREN,
    store.MessageGone: replies.EXPUNGED,
    store.OverQuota: replies.OVER_QUOTA,
}
# Refusals that a program repeats only when it guesses a password.
GUESSES = (replies.LOGIN_DENIED, replies.AUTHENTICATE_DENIED, replies.LOGIN_WAITING)


def refusal_of(error: Refused | Malformed | StoreError) -> Refused:
    match error:
        case Refused():
            return error
        case Malformed():
            return Refused(replies.SYNTAX, what=error.what, before=error.before)
    return Refused(_OF_STORE.get(type(error), replies.UNAVAILABLE))
