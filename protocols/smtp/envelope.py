"""What is known of a message before it comes: from whom, to whom, and what shall be reported."""

from dataclasses import dataclass, field
from typing import NamedTuple

from protocols.smtp.grammar import Path
from protocols.smtp.parameters import NOTIFY_DEFAULT, RET_HEADERS
from protocols.store import Account


class Recipient(NamedTuple):
    """`account` takes the mail; `notify` and `original` are NOTIFY and ORCPT (RFC 3461 4)."""

    account: Account
    notify: frozenset[str] = NOTIFY_DEFAULT
    original: str = ""


@dataclass(slots=True)
class Envelope:
    """`size` is the client's guess in octets (0: none); `recipients` are by address as given.

    `accounts` are theirs, each once, in the order of RCPT.
    """

    sender: Path
    utf8: bool = False
    size: int = 0
    returned: str = RET_HEADERS
    id: str = ""
    recipients: dict[str, Recipient] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)

    def add(self, address: str, recipient: Recipient) -> None:
        self.recipients[address] = recipient
        if recipient.account not in self.accounts:
            self.accounts.append(recipient.account)
