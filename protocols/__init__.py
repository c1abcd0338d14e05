"""Speaks and explains mail; knows nothing of Django, Channels or the web."""

from protocols.imap import PROTOCOL as IMAP
from protocols.pop3 import PROTOCOL as POP3
from protocols.smtp import PROTOCOL as SMTP

# In the order in which they are taught.
PROTOCOLS = (POP3, SMTP, IMAP)
