"""The Simple Mail Transfer Protocol: relay and submission (RFC 5321, RFC 6409)."""

from protocols.protocol import MailProtocol, Service
from protocols.smtp import commands  # noqa: F401  fills the table
from protocols.smtp.observer import SmtpObserver
from protocols.smtp.replies import REPLIES
from protocols.smtp.server import OtherServer
from protocols.smtp.session import SmtpSession
from protocols.smtp.table import TABLE

PROTOCOL = MailProtocol(
    name="smtp",
    title="SMTP",
    services=(
        Service("smtp", "SMTP", 25),
        Service("submission", "Submission", 587, submission=True),
        Service("smtps", "SMTPS", 465, tls=True, submission=True),
        Service("aiosmtpd", "aiosmtpd", 2525, serve=OtherServer),
    ),
    rfcs=(
        "RFC 5321",
        "RFC 6409",
        "RFC 3207",
        "RFC 4954",
        "RFC 3030",
        "RFC 3461",
        "RFC 3464",
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
    session=SmtpSession,
)
