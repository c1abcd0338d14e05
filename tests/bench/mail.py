"""The accounts and messages of the bench."""

# Each connection has an account of its own: a POP3 maildrop is for one session at a time.
WORKERS = 16
PASSWORD = "geheim"
# Octets of a message, and how many in an account.
SHORT, LONG = 2048, 4096
MANY = 100

_LINE = b"Ein Brief wie jeder andere, mit Zeilen von fester und ganz gewohnter Art.\r\n"


def address(kind: str, number: int) -> str:
    """`kind` is `one` (a SHORT message), `many` (MANY LONG ones) or `none`; `number` from 0."""
    return f"{kind}{number:02}@lab.example"


def message(size: int) -> bytes:
    """Of `size` octets, CRLF lines, one of which begins with a dot."""
    head = b"From: bench@elsewhere.example\r\nSubject: Bench\r\n\r\n.gestopft\r\n"
    body = _LINE * (size // len(_LINE))
    return head + body[: size - len(head) - 2] + b"\r\n"


def stuffed(content: bytes) -> bytes:
    """As it crosses the wire of POP3 and SMTP, up to and with the line of the dot."""
    return content.replace(b"\r\n.", b"\r\n..") + b".\r\n"
