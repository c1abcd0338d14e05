"""SMTP: the engine on aiosmtpd, and the observer (RFC 5321)."""

from protocols.protocol import MailProtocol
from protocols.smtp import commands  # noqa: F401  fills the table
from protocols.smtp.observer import SmtpObserver
from protocols.smtp.replies import REPLIES
from protocols.smtp.server import SmtpServer
from protocols.smtp.table import TABLE

PROTOCOL = MailProtocol(
    name="smtp",
    title="SMTP",
    port=25,
    rfcs=(
        "RFC 5321",
        "RFC 4954",
        "RFC 2034",
        "RFC 3463",
        "RFC 2920",
        "RFC 1870",
        "RFC 6152",
        "RFC 6531",
    ),
    table=TABLE,
    replies=REPLIES,
    observer=SmtpObserver,
    serve=SmtpServer,
)
