"""The mailbox panel: what the server holds for one account, live."""

import asyncio
from collections.abc import Callable, Sequence

from mailedu.lab.envelopes import sender_and_subject
from protocols.store import DELETED, SEEN, Account, Mailbox, Message

# The newest messages of a folder that are shown; the counts tell of the rest.
MAX_SHOWN = 100
# Seconds between a change and the picture of it: a hundred changes at once make one picture.
DELAY = 0.05


class Panel:
    """Listens to an account and its mailboxes; `changed` is called when there is a new picture."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._account: Account | None = None
        self._mailboxes: set[Mailbox] = set()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def account(self) -> Account | None:
        return self._account

    def show(self, account: Account | None) -> None:
        """Another account from now on; None: nothing any more."""
        if self._account:
            self._account.listeners.discard(self)
        self._account = account
        if account:
            account.listeners.add(self)
        self._listen()
        if account:
            self._changed()

    def picture(self) -> dict:
        """M of the contract."""
        account = self._account
        marked = account.maildrop.marked if account.maildrop else ()
        folders = [_folder(mailbox, marked) for mailbox in account.mailboxes.values()]
        folders.sort(key=lambda folder: (folder["name"] != "INBOX", folder["name"]))
        return {"address": account.address, "locked": bool(account.maildrop), "folders": folders}

    # What the store calls

    def changed(self) -> None:
        self._listen()
        self._later()

    def added(self, messages: Sequence[Message]) -> None:
        self._later()

    flagged = expunged = added

    def _listen(self) -> None:
        mailboxes = set(self._account.mailboxes.values()) if self._account else set()
        for gone in self._mailboxes - mailboxes:
            gone.listeners.discard(self)
        for new in mailboxes - self._mailboxes:
            new.listeners.add(self)
        self._mailboxes = mailboxes

    def _later(self) -> None:
        if not self._timer:
            self._timer = asyncio.get_running_loop().call_later(DELAY, self._now)

    def _now(self) -> None:
        self._timer = None
        if self._account:
            self._changed()


def _folder(mailbox: Mailbox, marked: Sequence[Message]) -> dict:
    total = len(mailbox.messages)
    shown = enumerate(mailbox.messages[-MAX_SHOWN:], max(total - MAX_SHOWN, 0) + 1)
    return {
        "name": mailbox.name,
        "total": total,
        "unseen": sum(SEEN not in message.flags for message in mailbox.messages),
        "messages": [_message(number, message, message in marked) for number, message in shown],
    }


def _message(number: int, message: Message, marked: bool) -> dict:
    """`marked`: for deletion, by POP3's DELE or by IMAP's flag."""
    sender, subject = sender_and_subject(message.summary.envelope)
    return {
        "number": number,
        "uid": message.uid,
        "from": sender,
        "subject": subject,
        "octets": message.size,
        "flags": sorted(message.flags),
        "marked": marked or DELETED in message.flags,
        "date": message.internal_date.isoformat(timespec="seconds"),
    }
