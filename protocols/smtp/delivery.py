"""The end of a message: it gets its trace lines and goes to its mailboxes."""

from protocols.replies import Refused
from protocols.smtp import replies
from protocols.smtp.data import Content, Problem
from protocols.smtp.replies import Answer
from protocols.smtp.reporting import report
from protocols.smtp.session import SmtpSession
from protocols.smtp.table import MAX_MESSAGE, MAX_RECEIVED
from protocols.smtp.trace import header_of, hops, traced
from protocols.store import Account, MailStore, OverQuota, StoreError, StoreUnavailable

_PROBLEMS = {
    Problem.TOO_BIG: replies.TOO_BIG,
    Problem.BARE_LINE_END: replies.BARE,
    Problem.NUL: replies.NUL,
    Problem.NO_STORAGE: replies.NO_STORAGE,
}


async def end_of_data(session: SmtpSession, argument: str) -> Answer:
    """Stores the message before the 250 that promises it (RFC 5321 6.1)."""
    refuse_content(session.message)
    content = session.message.content
    session.message = None  # one copy is enough while it is being stored
    header = header_of(content)
    if hops(header) > MAX_RECEIVED:
        raise Refused(replies.LOOP)
    accounts = session.envelope.accounts
    content = traced(session, content, header)
    failed = await _store(session.host.store, accounts, content)
    if len(failed) == len(accounts):
        full = any(isinstance(error, OverQuota) for error in failed.values())
        raise Refused(replies.MAILBOX_FULL if full else replies.MAILBOX_GONE)
    for account in accounts:
        if account not in failed:
            session.conversation.delivered(account)
    await report(session, failed, content)
    return Answer(replies.DATA_OK)


def refuse_content(message: Content) -> None:
    if message.problem:
        raise Refused(_PROBLEMS[message.problem], limit=MAX_MESSAGE)


async def _store(
    store: MailStore, accounts: list[Account], content: bytes
) -> dict[Account, StoreError]:
    """Why which of `accounts` could not take it; one that is full must not stop the others.

    Those who can take it get it together: stored once, not once for each. Raises StoreUnavailable
    if it is the store's own fault: nobody was promised anything, and the client will come again.
    """
    failed: dict[Account, StoreError] = {}
    while left := [account for account in accounts if account not in failed]:
        try:
            await store.deliver(left, [content] * len(left))
            break
        except (OverQuota, StoreUnavailable) as error:
            refusing = {account: error for account in left if account.address == error.name}
            if not refusing:
                raise
            failed |= refusing
    return failed
