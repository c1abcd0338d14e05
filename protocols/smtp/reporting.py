"""Who is told what became of a message (RFC 3461 5, RFC 5321 6.1)."""

from datetime import datetime

from protocols.smtp import mailboxes
from protocols.smtp.envelope import Recipient
from protocols.smtp.parameters import FAILURE, RET_FULL, SUCCESS
from protocols.smtp.report import Outcome, Report, write
from protocols.smtp.session import SmtpSession
from protocols.store import Account, OverQuota, StoreError

_FULL = ("5.2.2", "552 5.2.2 mailbox full")
_GONE = ("5.2.1", "550 5.2.1 mailbox is gone")
_DELIVERED = ("2.1.5", "")


async def report(session: SmtpSession, failed: dict[Account, StoreError], content: bytes) -> None:
    """Writes to the sender about those recipients of whom it wants to hear.

    A report that cannot be delivered is dropped: nobody is told of it in turn.
    """
    outcomes = _outcomes(session.envelope.recipients, failed)
    if not outcomes:
        return
    try:
        to = await _reader(session)
        if not to:
            _note(session, "smtp.report.nobody", outcomes)
            return
        await session.host.store.deliver([to], [_written(session, outcomes, content)])
    except StoreError:
        _note(session, "smtp.report.lost", outcomes)
        return
    session.conversation.delivered(to)
    _note(session, "smtp.report.sent", outcomes)


def _outcomes(recipients: dict[str, Recipient], failed: dict[Account, StoreError]) -> list[Outcome]:
    found = []
    for address, recipient in recipients.items():
        error = failed.get(recipient.account)
        if (FAILURE if error else SUCCESS) in recipient.notify:
            full = isinstance(error, OverQuota)
            status = (_FULL if full else _GONE) if error else _DELIVERED
            found.append(Outcome(address, recipient.original, *status))
    return found


async def _reader(session: SmtpSession) -> Account | None:
    """The sender's account. Nothing leaves the lab, so nobody elsewhere is told.

    Nobody is told of what came from the null reverse-path: else two servers could answer each
    other for ever (RFC 5321 4.5.5).
    """
    sender = session.envelope.sender
    local = not sender.is_null and session.host.store.is_local(sender.address)
    return await mailboxes.account_for(session, sender) if local else None


def _written(session: SmtpSession, outcomes: list[Outcome], content: bytes) -> bytes:
    envelope, host = session.envelope, session.host
    now: datetime = session.now()
    return write(
        Report(
            host=host.name,
            postmaster=f"postmaster@{host.store.domains[0]}",
            to=envelope.sender.written,
            now=now,
            id=session.conversation.unique(),
            envelope_id=envelope.id,
            outcomes=outcomes,
            utf8=envelope.utf8,
        ),
        content,
        envelope.returned == RET_FULL,
    )


def _note(session: SmtpSession, id: str, outcomes: list[Outcome]) -> None:
    recorder = session.conversation.recorder
    recipients = ", ".join(outcome.address for outcome in outcomes)
    recorder.event(id, sender=session.envelope.sender.written or "<>", recipients=recipients)
