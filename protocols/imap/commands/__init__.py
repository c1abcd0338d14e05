"""The handlers, by family; importing this fills the table, in teaching order."""

from protocols.imap.commands import login, mailbox, fetch, flags, search, folders, append, extra  # noqa: F401, I001  isort: skip
