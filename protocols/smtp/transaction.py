"""MAIL, RCPT, DATA and BDAT: one mail from its sender to its content."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from protocols.replies import Refused, Reply
from protocols.smtp import mailboxes, parameters, replies
from protocols.smtp.data import DotReader
from protocols.smtp.delivery import refuse_content
from protocols.smtp.envelope import Envelope, Recipient
from protocols.smtp.grammar import Fault, Malformed, Path, TooLong, read_chunk_size, read_path
from protocols.smtp.replies import Answer
from protocols.smtp.session import SmtpSession
from protocols.smtp.table import MAX_MESSAGE, MAX_RECIPIENTS, PARAMETERS, TABLE
from protocols.store import Account, OverQuota

_BODIES = ("7BIT", "8BITMIME")  # RFC 6152 2

# The keyword before the path, and the refusals of a path that is none and of one too long.
_PATHS = {
    "MAIL": ("FROM", replies.BAD_SENDER, replies.SENDER_TOO_LONG),
    "RCPT": ("TO", replies.BAD_RECIPIENT, replies.RECIPIENT_TOO_LONG),
}

Value = TypeVar("Value")


async def mail(session: SmtpSession, argument: str) -> Answer:
    if session.submission and not session.account:
        raise Refused(replies.LOGIN_FIRST)  # RFC 6409 4.3
    path = _read(session, "MAIL", argument)
    if not path.domain and not path.is_null:
        raise Refused(replies.BAD_SENDER)
    envelope = _envelope(path) if path.parameters else Envelope(path)
    if not path.is_ascii and not envelope.utf8:
        raise Refused(replies.SENDER_UTF8)  # RFC 6531 3.5
    reply = _check_sender(session, path)
    session.envelope = envelope
    return Answer(reply)


def _envelope(path: Path) -> Envelope:
    given = path.parameters
    size = _value("SIZE", parameters.size, given)
    if size > MAX_MESSAGE:
        raise Refused(replies.TOO_BIG_DECLARED, limit=MAX_MESSAGE)  # RFC 1870 6.1
    if given.get("BODY", _BODIES[0]).upper() not in _BODIES:
        raise Refused(replies.PARAMETER_VALUE)
    if given.get("SMTPUTF8"):
        raise Refused(replies.PARAMETER_IMPOSSIBLE, parameter="SMTPUTF8")  # RFC 6531 3.4
    _value("AUTH", parameters.check_submitter, given)
    returned = _value("RET", parameters.returned, given)
    id = _value("ENVID", parameters.envelope_id, given)
    return Envelope(path, "SMTPUTF8" in given, size, returned, id)


def _check_sender(session: SmtpSession, path: Path) -> Reply:
    """The answer to a sender that may be. Raises Refused."""
    if not session.submission or path.is_null:  # RFC 6409 3.2: reports come from nobody
        return replies.MAIL_OK
    if not mailboxes.is_own(session.account, path):
        raise Refused(replies.NOT_YOURS)  # RFC 6409 6.1
    return replies.MAIL_OWN


async def rcpt(session: SmtpSession, argument: str) -> Answer:
    path = _read(session, "RCPT", argument)
    if not path.domain and not mailboxes.is_postmaster(path):
        raise Refused(replies.BAD_RECIPIENT)
    envelope, address = session.envelope, path.written
    if not path.is_ascii and not envelope.utf8:
        raise Refused(replies.RECIPIENT_UTF8)
    wishes = _wishes(path, envelope) if path.parameters else ()
    if len(envelope.recipients) >= MAX_RECIPIENTS and address not in envelope.recipients:
        raise Refused(replies.TOO_MANY_RECIPIENTS)  # RFC 5321 4.5.3.1.10
    account = await _account(session, path)
    session.conversation.addressed(account)
    await session.strikes.named(account)
    _check_room(account, envelope.size)
    envelope.add(address, Recipient(account, *wishes))
    return Answer(replies.RCPT_OK)


def _wishes(path: Path, envelope: Envelope) -> tuple[frozenset[str], str]:
    """NOTIFY and ORCPT. Raises Refused."""
    notify = _value("NOTIFY", parameters.notify, path.parameters)
    original = _value("ORCPT", parameters.original_recipient, path.parameters)
    if not original.isascii() and not envelope.utf8:  # RFC 6533 3
        raise Refused(replies.PARAMETER_IMPOSSIBLE, parameter="ORCPT")
    return notify, original


async def _account(session: SmtpSession, path: Path) -> Account:
    """The account that takes mail for `path`. Raises Refused."""
    if path.domain and not session.host.store.is_local(path.address):
        raise Refused(replies.STAYS_HERE if session.submission else replies.NO_RELAY)
    if account := await mailboxes.account_for(session, path):
        return account
    unset = mailboxes.is_postmaster(path)  # RFC 5321 4.5.1: must not be refused for good
    raise Refused(replies.NO_POSTMASTER if unset else replies.NO_MAILBOX)


def _check_room(account: Account, size: int) -> None:
    try:
        account.check_quota([size])
    except OverQuota:
        raise Refused(replies.NO_ROOM) from None  # RFC 1870 6.4


async def data(session: SmtpSession, argument: str) -> Answer:
    if argument:
        raise Refused(replies.SYNTAX, usage=TABLE["DATA"].usage)
    if not session.share.fits(max(session.envelope.size, 1)):
        raise Refused(replies.NO_STORAGE)
    session.message = DotReader(MAX_MESSAGE)
    return Answer(replies.DATA_START)


async def bdat(session: SmtpSession, argument: str) -> Answer:
    """Answers a chunk that has come whole (RFC 3030 2)."""
    if not session.extended:
        raise Refused(replies.MISSING, missing="EHLO")
    chunk = read_chunk_size(argument)
    if not chunk:
        raise Refused(replies.SYNTAX, usage=TABLE["BDAT"].usage)
    refuse_content(session.message)
    return Answer(replies.BDAT_OK, {"octets": chunk.octets})


def _read(session: SmtpSession, command: str, argument: str) -> Path:
    try:
        path = read_path(argument, _PATHS[command][0])
    except Malformed as malformed:
        raise _refusal(command, malformed) from None
    if not path.parameters:
        return path
    offered = PARAMETERS[command] if session.extended else {}
    if not path.parameters.keys() <= offered.keys():
        raise Refused(replies.PARAMETER_UNKNOWN)  # RFC 5321 4.1.1.11
    if path.repeated:
        raise Refused(replies.PARAMETER_TWICE, parameter=path.repeated)
    return path


def _refusal(command: str, malformed: Malformed) -> Refused:
    _, bad_address, too_long = _PATHS[command]
    if isinstance(malformed, TooLong):
        return Refused(too_long, part=malformed.part, limit=malformed.limit)
    if malformed.fault is Fault.ADDRESS:
        return Refused(bad_address)
    if malformed.fault is Fault.PARAMETER:
        return Refused(replies.PARAMETER_SYNTAX)
    return Refused(replies.SYNTAX, usage=TABLE[command].usage)


def _value(
    parameter: str, read: Callable[[Mapping[str, str]], Value], given: Mapping[str, str]
) -> Value:
    try:
        return read(given)
    except ValueError:
        raise Refused(replies.PARAMETER_IMPOSSIBLE, parameter=parameter) from None
