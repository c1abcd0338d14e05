"""The Post Office Protocol, Version 3 (RFC 1939 and its extensions)."""

from protocols.pop3 import commands  # noqa: F401  fills the table
from protocols.pop3.observer import Pop3Observer
from protocols.pop3.replies import REPLIES
from protocols.pop3.session import Pop3Session
from protocols.pop3.table import TABLE
from protocols.protocol import MailProtocol, Service

PROTOCOL = MailProtocol(
    name="pop3",
    title="POP3",
    services=(Service("pop3", "POP3", 110), Service("pop3s", "POP3S", 995, tls=True)),
    rfcs=("RFC 1939", "RFC 2449", "RFC 2595", "RFC 5034", "RFC 6856"),
    table=TABLE,
    replies=REPLIES,
    observer=Pop3Observer,
    session=Pop3Session,
)
