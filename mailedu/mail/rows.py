"""The SQL of the mail tables, for SQLite and PostgreSQL, shared by the store and the actions.

Every function runs inside a transaction of its caller; `cursor` is a Django cursor.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from protocols.framing import end_line
from protocols.mime import Summary
from protocols.store import INBOX, Message, StoreUnavailable

# Rows in one statement: of six values far below the 32,766 that SQLite takes, and so many that the
# rest is cheap.
CHUNK = 500

Flags = frozenset[str]


class MailboxesGone(Exception):
    """No mailboxes have these ids any more."""

    def __init__(self, ids: Set[int]) -> None:
        super().__init__(ids)
        self.ids = ids


class NewRow(NamedTuple):
    """A message to be inserted; its content is in the table already."""

    content_id: int
    flags: Flags
    date: datetime

    @classmethod
    def of(cls, message: Message) -> "NewRow":
        return cls(message.key, message.flags, message.internal_date)


@dataclass(slots=True)
class MailboxRow:
    id: int
    name: str
    uid_validity: int
    uid_next: int
    messages: list[Message]


@dataclass(slots=True)
class Snapshot:
    """An account as it stands in the database. A message's `key` is the id of its content."""

    id: int
    address: str
    password: str
    realm: str
    private: bool
    revision: int
    faults: str
    mailboxes: list[MailboxRow]
    subscribed: set[str]


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    values = list(values)
    return (values[n : n + CHUNK] for n in range(0, len(values), CHUNK))


def write_flags(flags: Iterable[str]) -> str:
    return " ".join(sorted(flags))


@lru_cache(4096)  # messages with the same flags share one set
def read_flags(text: str) -> Flags:
    return frozenset(text.split())


def read_date(value: datetime) -> datetime:
    """SQLite keeps UTC without saying so."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def find_account(cursor, address: str, realm: str) -> int | None:
    """The id of the realm's own account with this address, else of the one that all know."""
    cursor.execute(
        "SELECT id FROM mail_account WHERE address = %s AND (realm = %s OR NOT private)"
        " ORDER BY private DESC LIMIT 1",
        [address, realm],
    )
    row = cursor.fetchone()
    return row[0] if row else None


def revisions(cursor, account_ids: Iterable[int]) -> dict[int, int]:
    found = {}
    for ids in chunks(account_ids):
        cursor.execute(f"SELECT id, revision FROM mail_account WHERE id IN ({_marks(ids)})", ids)
        found.update(cursor.fetchall())
    return found


def load(cursor, account_id: int) -> Snapshot | None:
    cursor.execute(
        "SELECT id, address, password, realm, private, revision, faults FROM mail_account"
        " WHERE id = %s",
        [account_id],
    )
    account = cursor.fetchone()
    if not account:
        return None
    cursor.execute("SELECT name FROM mail_subscription WHERE account_id = %s", [account_id])
    subscribed = {name for (name,) in cursor.fetchall()}
    cursor.execute(
        "SELECT id, name, uid_validity, uid_next FROM mail_mailbox WHERE account_id = %s"
        " ORDER BY id",
        [account_id],
    )
    mailboxes = [MailboxRow(*row, []) for row in cursor.fetchall()]
    for mailbox in mailboxes:
        mailbox.messages = load_messages(cursor, mailbox.id)
    return Snapshot(*account, mailboxes, subscribed)


def load_messages(cursor, mailbox_id: int) -> list[Message]:
    cursor.execute(
        "SELECT m.uid, m.flags, m.internal_date, m.content_id, c.size, length(c.octets),"
        " c.envelope, c.bodystructure, c.body, c.header_size"
        " FROM mail_message m JOIN mail_content c ON c.id = m.content_id"
        " WHERE m.mailbox_id = %s ORDER BY m.uid",
        [mailbox_id],
    )
    return [
        Message(
            uid, read_flags(flags), read_date(date), size, _summary(*s), content_id, sent > size
        )
        for uid, flags, date, content_id, sent, size, *s in cursor.fetchall()
    ]


def _summary(envelope: bytes, bodystructure: bytes, body: bytes, header_size: int) -> Summary:
    return Summary(bytes(envelope), bytes(bodystructure), bytes(body), header_size)


def content(cursor, content_id: int) -> bytes | None:
    cursor.execute("SELECT octets FROM mail_content WHERE id = %s", [content_id])
    row = cursor.fetchone()
    return bytes(row[0]) if row else None


def insert_contents(cursor, new: Sequence[tuple[bytes, Summary]]) -> list[int]:
    """Returns the ids, in the order of `new`."""
    ids = []
    for some in chunks(new):
        cursor.execute(
            "INSERT INTO mail_content (size, header_size, envelope, bodystructure, body, octets)"
            f" VALUES {_rows_of(6, some)} RETURNING id",
            [value for octets, s in some for value in (
                len(end_line(octets)), s.header_size, s.envelope, s.bodystructure, s.body, octets)],
        )  # fmt: skip
        # RETURNING promises no order, but ids are given in that of VALUES.
        ids += sorted(id for (id,) in cursor.fetchall())
    return ids


def insert_messages(cursor, new: dict[int, Sequence[NewRow]]) -> dict[int, int]:
    """Messages by the id of their mailbox. Returns the UID of the first of each; the others
    follow it. Raises MailboxesGone."""
    uids = _take_uids(cursor, {mailbox_id: len(rows) for mailbox_id, rows in new.items()})
    date = cursor.db.ops.adapt_datetimefield_value
    values = [
        (mailbox_id, uid, row.content_id, write_flags(row.flags), date(row.date))
        for mailbox_id, rows in new.items()
        for uid, row in enumerate(rows, uids[mailbox_id])
    ]
    for some in chunks(values):
        cursor.execute(
            "INSERT INTO mail_message (mailbox_id, uid, content_id, flags, internal_date)"
            f" VALUES {_rows_of(5, some)}",
            [value for row in some for value in row],
        )
    return uids


def _take_uids(cursor, counts: dict[int, int]) -> dict[int, int]:
    """The first of so many new UIDs in each mailbox."""
    uids = {}
    for some in chunks(counts.items()):
        cursor.execute(
            "UPDATE mail_mailbox SET uid_next = uid_next + more.column2"
            f" FROM (VALUES {_rows_of(2, some)}) AS more WHERE id = more.column1"
            " RETURNING id, uid_next",
            [value for pair in some for value in pair],
        )
        uids |= {id: uid_next - counts[id] for id, uid_next in cursor.fetchall()}
    if gone := counts.keys() - uids.keys():
        raise MailboxesGone(gone)
    return uids


def messages(cursor, mailbox_id: int, uids: Iterable[int]) -> dict[int, NewRow]:
    """What is left of the messages with these UIDs, in the order of `uids`."""
    uids, found = list(uids), {}
    for some in chunks(uids):
        cursor.execute(
            "SELECT uid, content_id, flags, internal_date FROM mail_message"
            f" WHERE mailbox_id = %s AND uid IN ({_marks(some)})",
            [mailbox_id, *some],
        )
        for uid, content_id, flags, date in cursor.fetchall():
            found[uid] = NewRow(content_id, read_flags(flags), read_date(date))
    return {uid: found[uid] for uid in uids if uid in found}


def update_flags(cursor, mailbox_id: int, flags: dict[int, Flags]) -> None:
    cursor.executemany(
        "UPDATE mail_message SET flags = %s WHERE mailbox_id = %s AND uid = %s",
        [(write_flags(new), mailbox_id, uid) for uid, new in flags.items()],
    )


def delete_messages(cursor, mailbox_id: int, uids: Iterable[int]) -> list[int]:
    """Returns the UIDs that were there; contents that nobody has any more go too."""
    gone = []
    for some in chunks(uids):
        cursor.execute(
            f"DELETE FROM mail_message WHERE mailbox_id = %s AND uid IN ({_marks(some)})"
            " RETURNING uid, content_id",
            [mailbox_id, *some],
        )
        gone += cursor.fetchall()
    _delete_orphans(cursor, {content_id for _, content_id in gone})
    return [uid for uid, _ in gone]


def empty_mailboxes(cursor, mailbox_ids: Iterable[int]) -> None:
    contents = set()
    for some in chunks(mailbox_ids):
        cursor.execute(
            f"DELETE FROM mail_message WHERE mailbox_id IN ({_marks(some)}) RETURNING content_id",
            some,
        )
        contents |= {content_id for (content_id,) in cursor.fetchall()}
    _delete_orphans(cursor, contents)


def _delete_orphans(cursor, content_ids: Iterable[int]) -> None:
    for some in chunks(content_ids):
        cursor.execute(
            f"DELETE FROM mail_content WHERE id IN ({_marks(some)}) AND NOT EXISTS"
            " (SELECT 1 FROM mail_message m WHERE m.content_id = mail_content.id)",
            some,
        )


def mailbox_ids(cursor, account_id: int) -> dict[str, int]:
    """The ids of an account's mailboxes by name."""
    cursor.execute("SELECT name, id FROM mail_mailbox WHERE account_id = %s", [account_id])
    return dict(cursor.fetchall())


def insert_mailboxes(cursor, account_id: int, names: Sequence[str]) -> list[MailboxRow]:
    """Raises StoreUnavailable when the account is gone."""
    cursor.execute(
        "UPDATE mail_account SET uid_validity = uid_validity + %s WHERE id = %s"
        " RETURNING uid_validity",
        [len(names), account_id],
    )
    row = cursor.fetchone()
    if not row:
        raise StoreUnavailable
    return [
        _insert_mailbox(cursor, account_id, name, uid_validity)
        for uid_validity, name in enumerate(names, row[0] - len(names) + 1)
    ]


def insert_inboxes(cursor, uid_validities: dict[int, int]) -> list[int]:
    """Those of new accounts, by the accounts' ids. Returns the mailboxes' ids."""
    ids = []
    for some in chunks(uid_validities.items()):
        cursor.execute(
            "INSERT INTO mail_mailbox (account_id, uid_validity, name, uid_next)"
            f" VALUES {_rows_of(4, some)} RETURNING id",
            [value for pair in some for value in (*pair, INBOX, 1)],
        )
        ids += [id for (id,) in cursor.fetchall()]
    return ids


def _insert_mailbox(cursor, account_id: int, name: str, uid_validity: int) -> MailboxRow:
    cursor.execute(
        "INSERT INTO mail_mailbox (account_id, name, uid_validity, uid_next)"
        " VALUES (%s, %s, %s, 1) RETURNING id",
        [account_id, name, uid_validity],
    )
    return MailboxRow(cursor.fetchone()[0], name, uid_validity, 1, [])


def rename_mailboxes(cursor, names: dict[int, str]) -> None:
    cursor.executemany(
        "UPDATE mail_mailbox SET name = %s WHERE id = %s", [(n, id) for id, n in names.items()]
    )


def delete_mailboxes(cursor, mailbox_ids: Sequence[int]) -> None:
    empty_mailboxes(cursor, mailbox_ids)
    for some in chunks(mailbox_ids):
        cursor.execute(f"DELETE FROM mail_mailbox WHERE id IN ({_marks(some)})", some)


def subscribe(cursor, account_id: int, name: str, wanted: bool) -> None:
    cursor.execute(
        "DELETE FROM mail_subscription WHERE account_id = %s AND name = %s", [account_id, name]
    )
    if wanted:
        cursor.execute(
            "INSERT INTO mail_subscription (account_id, name) SELECT id, %s FROM mail_account"
            " WHERE id = %s",
            [name, account_id],
        )


def used(cursor, account_id: int, date: datetime) -> None:
    cursor.execute(
        "UPDATE mail_account SET last_used = %s WHERE id = %s",
        [cursor.db.ops.adapt_datetimefield_value(date), account_id],
    )


def plan(cursor, account_id: int, faults: str) -> None:
    cursor.execute("UPDATE mail_account SET faults = %s WHERE id = %s", [faults, account_id])


def clear_account(cursor, account_id: int) -> int:
    """Leave nothing but an empty INBOX; returns the INBOX's id."""
    mailboxes = mailbox_ids(cursor, account_id)
    inbox = mailboxes.pop(INBOX)
    empty_mailboxes(cursor, [inbox])
    delete_mailboxes(cursor, list(mailboxes.values()))
    cursor.execute("DELETE FROM mail_subscription WHERE account_id = %s", [account_id])
    return inbox


def delete_account(cursor, account_id: int) -> None:
    delete_mailboxes(cursor, list(mailbox_ids(cursor, account_id).values()))
    cursor.execute("DELETE FROM mail_subscription WHERE account_id = %s", [account_id])
    cursor.execute("DELETE FROM mail_account WHERE id = %s", [account_id])


def touch(cursor, account_id: int) -> bool:
    """Tell running stores that the account changed behind their back; False if it is gone."""
    cursor.execute("UPDATE mail_account SET revision = revision + 1 WHERE id = %s", [account_id])
    return cursor.rowcount > 0


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _rows_of(width: int, rows: Sequence[Any]) -> str:
    return ", ".join([f"({_marks(range(width))})"] * len(rows))
