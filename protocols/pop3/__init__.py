"""The Post Office Protocol, Version 3 (RFC 1939, RFC 2449)."""

from protocols.connection import Connection
from protocols.conversation import MailHost
from protocols.pop3 import commands  # noqa: F401  fills the table
from protocols.pop3.observer import Pop3Observer
from protocols.pop3.replies import REPLIES
from protocols.pop3.session import Pop3Session
from protocols.pop3.table import TABLE
from protocols.protocol import MailProtocol


def serve(protocol: MailProtocol, host: MailHost) -> Connection:
    return Connection(host, protocol, Pop3Session)


PROTOCOL = MailProtocol(
    name="pop3",
    title="POP3",
    port=110,
    rfcs=("RFC 1939", "RFC 2449"),
    table=TABLE,
    replies=REPLIES,
    observer=Pop3Observer,
    serve=serve,
)
