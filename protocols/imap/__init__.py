"""The Internet Message Access Protocol, version 4rev1 (RFC 3501)."""

from protocols.imap import commands  # noqa: F401  fills the table
from protocols.imap.observer import ImapObserver
from protocols.imap.replies import REPLIES
from protocols.imap.session import ImapSession
from protocols.imap.table import TABLE
from protocols.protocol import MailProtocol, Service

PROTOCOL = MailProtocol(
    name="imap",
    title="IMAP",
    services=(Service("imap", "IMAP", 143), Service("imaps", "IMAPS", 993, tls=True)),
    rfcs=(
        "RFC 3501",
        "RFC 2177",
        "RFC 2342",
        "RFC 2595",
        "RFC 2971",
        "RFC 3348",
        "RFC 3691",
        "RFC 4315",
        "RFC 4959",
        "RFC 5161",
        "RFC 5530",
        "RFC 7888",
    ),
    table=TABLE,
    replies=REPLIES,
    observer=ImapObserver,
    session=ImapSession,
)
