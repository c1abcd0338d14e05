"""How mail programs of one's own reach this lab: commands to copy, with the real ports."""

from mailedu.lab.guests import Guest
from mailedu.lab.sessions import WIKI

Ports = dict[str, int]

SMTPLIB = """\
import smtplib
from email.message import EmailMessage

mail = EmailMessage()
mail["From"] = "{address}"
mail["To"] = "{address}"
mail["Subject"] = "Test"
mail.set_content("Hello")
with smtplib.SMTP("{host}", {port}) as server:
    server.set_debuglevel(1)
    server.login("{address}", "{password}")
    server.send_message(mail)
"""
POPLIB = """\
import poplib

server = poplib.POP3("{host}", {port})
server.set_debuglevel(1)
server.user("{address}")
server.pass_("{password}")
print(server.retr(1))
server.quit()
"""
IMAPLIB = """\
import imaplib

with imaplib.IMAP4("{host}", {port}) as server:
    server.debug = 4
    server.login("{address}", "{password}")
    server.select("INBOX")
    print(server.fetch("1", "(FLAGS ENVELOPE)"))
"""
# With a login, so that the owner sees the conversation; with no file, as its line ends might be
# bare LF; with double quotes, which Windows knows, too.
CURL = {
    "pop3": 'curl -v --user "{address}:{password}" pop3://{place}/1',
    "imap": 'curl -v --user "{address}:{password}" "imap://{place}/INBOX;MAILINDEX=1"',
    "smtp": 'curl -v --user "{address}:{password}" smtp://{place} --mail-from {address}'
    ' --mail-rcpt {address} -H "From: {address}" -H "To: {address}" -H "Subject: Test" -F "=Hello"',
}
# What nobody does in the head: base64 for AUTH PLAIN (RFC 4616 2), APOP's digest (RFC 1939 7).
OPENSSL = {
    "smtp": "printf '\\0%s\\0%s' '{address}' '{password}' | openssl base64 -A",
    "pop3": "printf '%s%s' '<stamp of the greeting>' '{password}' | openssl md5",
}


def clients(guest: Guest | None, host: str, ports: Ports) -> list[dict]:
    """`clients` of the contract."""
    kinds = (
        ("telnet", "telnet", dict.fromkeys(ports, "telnet {host} {port}")),
        ("curl", "curl", CURL),
        ("openssl", "openssl", OPENSSL),
        ("python", "Python", {"smtp": SMTPLIB, "pop3": POPLIB, "imap": IMAPLIB}),
    )
    return [
        {"name": name, "title": title, "snippets": _snippets(texts, guest or WIKI, host, ports)}
        for name, title, texts in kinds
    ]


def thunderbird(guest: Guest | None, host: str, ports: Ports) -> list[dict]:
    """What its account settings ask for."""
    return [
        {
            "protocol": name,
            "title": name.upper(),
            "host": host,
            "port": port,
            "user": (guest or WIKI).address,
            "security": "none",
        }
        for name, port in ports.items()
    ]


def _snippets(texts: dict[str, str], guest: Guest, host: str, ports: Ports) -> list[dict]:
    return [
        {
            "protocol": name,
            "title": name.upper(),
            "text": texts[name].format(
                host=host,
                port=port,
                place=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
                address=guest.address,
                password=guest.password,
            ),
        }
        for name, port in ports.items()
        if name in texts
    ]
