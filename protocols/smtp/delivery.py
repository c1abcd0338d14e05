"""The end of DATA: the message gets its trace lines and goes to its mailboxes."""

from email.utils import format_datetime

from protocols.replies import Refused
from protocols.smtp import replies
from protocols.smtp.data import Problem
from protocols.smtp.replies import Answer
from protocols.smtp.session import SmtpSession
from protocols.smtp.table import MAX_MESSAGE
from protocols.store import OverQuota

_PROBLEMS = {
    Problem.TOO_BIG: replies.TOO_BIG,
    Problem.BARE_LINE_END: replies.BARE,
    Problem.NUL: replies.NUL,
}


async def end_of_data(session: SmtpSession, argument: str) -> Answer:
    """Stores the message before the 250 that promises it (RFC 5321 6.1)."""
    if session.message.problem:
        raise Refused(_PROBLEMS[session.message.problem], limit=MAX_MESSAGE)
    accounts = list(dict.fromkeys(session.envelope.recipients.values()))
    content = _trace(session).encode() + session.message.content
    try:
        await session.host.store.deliver(accounts, [content] * len(accounts))
    except OverQuota:
        raise Refused(replies.MAILBOX_FULL) from None
    for account in accounts:
        session.conversation.delivered(account)
    return Answer(replies.DATA_OK)


def _trace(session: SmtpSession) -> str:
    """Return-Path and Received as the final delivery puts them in front (RFC 5321 4.4)."""
    envelope = session.envelope
    recipients = tuple(envelope.recipients)
    # RFC 5321 7.2: with several recipients, naming them would tell each of the others
    clause = f"\r\n\tfor <{recipients[0]}>" if len(recipients) == 1 else ""
    return (
        f"Return-Path: <{envelope.reverse_path}>\r\n"
        f"Received: from {session.helo} ({_peer(session.conversation.peer[0])})\r\n"
        f"\tby {session.host.name} with {_with(session)} id {session.conversation.id}{clause};\r\n"
        f"\t{format_datetime(session.now())}\r\n"
    )


def _peer(host: str) -> str:
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"  # RFC 5321 4.1.3


def _with(session: SmtpSession) -> str:
    """The protocol by its registered name (RFC 3848, RFC 6531 4.3)."""
    name = "UTF8SMTP" if session.envelope.utf8 else "ESMTP" if session.extended else "SMTP"
    return name + ("A" if session.account and session.extended else "")
