"""Speaks and explains mail; knows nothing of Django, Channels or the web."""

from importlib import import_module

PROTOCOLS = []
for _name in ("pop3", "smtp", "imap"):
    try:
        PROTOCOLS.append(import_module(f"protocols.{_name}").PROTOCOL)
    except (ImportError, AttributeError):
        continue
PROTOCOLS = tuple(PROTOCOLS)
