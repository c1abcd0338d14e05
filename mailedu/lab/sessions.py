"""Sample sessions that a console plays: the slides' own, line by line as printed, and some more.

`service` is the door that a session needs. A message body is one string of several lines; the page
adds the dot that ends it.
"""

from base64 import b64encode

from django.utils.translation import gettext_lazy as _

from mailedu.lab.guests import Guest

# The slides' account, for who has no mailbox.
WIKI = Guest("", "wiki@example.com", "passwort_im_klartext")

_LOREM = (
    "Lorem ipsum dolor sit amet, consectetur adipisici elit, sed eiusmod tempor incidunt ut "
    "labore et dolore magna aliqua"
)

SESSIONS = (
    {
        "id": "pop3-slides",
        "protocol": "pop3",
        "service": "pop3",
        "title": _("The slides' session: fetch a mail and delete it"),
        "lines": [
            "USER wiki@example.com",
            "PASS passwort_im_klartext",
            "STAT",
            "LIST",
            "RETR 1",
            "DELE 1",
            "QUIT",
        ],
    },
    {
        "id": "pop3-stls",
        "protocol": "pop3",
        "service": "pop3",
        "title": _("Ask for TLS first: the password crosses the wire sealed"),
        "lines": ["CAPA", "STLS", "CAPA", "USER {address}", "PASS {password}", "STAT", "QUIT"],
    },
    {
        "id": "smtp-slides",
        "protocol": "smtp",
        "service": "smtp",
        "title": _("The slides' session: send a mail"),
        "lines": [
            "HELO foobar.example.net",
            "MAIL FROM: <sender@example.org>",
            "RCPT TO: <receiver@example.com>",
            "DATA",
            "From: <sender@example.org>\n"
            "To: <receiver@example.com>\n"
            "Subject: Testmail\n"
            "Date: Thu, 26 Oct 2006 13:10:50 +0200\n"
            f"\n{_LOREM}",
            "QUIT",
        ],
    },
    {
        "id": "smtp-submission",
        "protocol": "smtp",
        "service": "submission",
        "title": _("As a mail program does it: TLS, log in, send to oneself"),
        "lines": [
            "EHLO laptop.example",
            "STARTTLS",
            "EHLO laptop.example",
            "AUTH PLAIN {plain}",
            "MAIL FROM:<{address}>",
            "RCPT TO:<{address}>",
            "DATA",
            f"From: <{{address}}>\nTo: <{{address}}>\nSubject: Testmail\n\n{_LOREM}",
            "QUIT",
        ],
    },
    {
        "id": "imap-sample",
        "protocol": "imap",
        "service": "imap",
        "title": _("Look into a mailbox and leave a mark on a message"),
        "lines": [
            "a1 LOGIN {address} {password}",
            'a2 LIST "" "*"',
            "a3 SELECT INBOX",
            "a4 FETCH 1 (FLAGS ENVELOPE)",
            "a5 FETCH 1 BODY.PEEK[]",
            "a6 STORE 1 +FLAGS (\\Flagged)",
            "a7 LOGOUT",
        ],
    },
)


def sessions_json(guest: Guest | None) -> list[dict]:
    """In the language of the page; what is no slide's uses the guest's own mailbox."""
    return [
        {**session, "title": str(session["title"]), "lines": _lines(session, guest or WIKI)}
        for session in SESSIONS
    ]


def _lines(session: dict, guest: Guest) -> list[str]:
    plain = b64encode(f"\0{guest.address}\0{guest.password}".encode()).decode()  # RFC 4616 2
    values = {"{address}": guest.address, "{password}": guest.password, "{plain}": plain}
    lines = session["lines"]
    for name, value in values.items():
        lines = [line.replace(name, value) for line in lines]
    return lines
