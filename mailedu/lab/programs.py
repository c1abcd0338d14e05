"""What mail programs are told to reach this lab: one text to copy for each way, with placeholders.

{place} is host and port as they stand in a URL, {ca} the file of the lab's CA, {name} a host name
that stands in the server's certificate. Address and password may hold what a shell or Python would
not leave alone: see Typed.
"""

import json
import re
from typing import NamedTuple

from mailedu.lab.guests import Guest


class Typed(str):
    """Somebody's address or password, as it is written where it stands.

    `{password:sh}` is a word of a shell, `{password:quoted}` what stands within its double quotes,
    `{password:py}` a string of Python.
    """

    __slots__ = ()

    def __format__(self, where: str) -> str:
        return _WRITTEN[where](str(self))


def _word(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _quoted(text: str) -> str:
    # An interactive bash takes ! for an order also here, and leaves a backslash before it
    return re.sub(r'[\\"$`]', r"\\\g<0>", text).replace("!", "\"'!'\"")


_WRITTEN = {"": str, "sh": _word, "quoted": _quoted, "py": json.dumps}


def typed(guest: Guest) -> dict[str, Typed]:
    """The values of `guest`; `say` is a command that prints the password."""
    say = f"printf %s {_word(guest.password)}"
    return {
        "address": Typed(guest.address),
        "password": Typed(guest.password),
        "say": Typed(say),
    }


class Snippet(NamedTuple):
    """`by` tells two ways on one port apart: the command that begins TLS, a program."""

    service: str
    text: str
    by: str = ""


class Program(NamedTuple):
    name: str
    title: str
    snippets: tuple[Snippet, ...]


TELNET = "telnet {host} {port}"

# With a login, so that the owner sees the conversation; with no file, as its line ends might be
# bare LF; with double quotes, which Windows knows, too.
CURL = 'curl -v --user "{address:quoted}:{password:quoted}" '
CURL_TLS = 'curl -v --cacert {ca} --user "{address:quoted}:{password:quoted}" '
CURL_UPGRADED = 'curl -v --ssl-reqd --cacert {ca} --user "{address:quoted}:{password:quoted}" '
CURL_MAIL = (
    ' --mail-from "{address:quoted}" --mail-rcpt "{address:quoted}"'
    ' -H "From: {address:quoted}" -H "To: {address:quoted}"'
    ' -H "Subject: Test" -F "=Hello"'
)

# -quiet, or lines that begin with R or Q are orders to openssl; CR LF as on the wire.
OPENSSL = "openssl s_client -connect {place} -CAfile {ca} -verify_return_error -quiet -crlf"
OPENSSL_UPGRADED = OPENSSL + " -starttls "
# What nobody does in the head: base64 for AUTH PLAIN (RFC 4616 2), APOP's digest (RFC 1939 7).
PLAIN = "printf '\\0%s\\0%s' {address:sh} {password:sh} | openssl base64 -A"
APOP = "printf '%s%s' '<stamp of the greeting>' {password:sh} | openssl md5"

POPLIB = """\
import poplib

server = poplib.POP3("{host}", {port})
server.set_debuglevel(1)
server.user({address:py})
server.pass_({password:py})
print(server.retr(1))
server.quit()
"""
POPLIB_TLS = """\
import poplib
import ssl

context = ssl.create_default_context(cafile="{ca}")
server = poplib.POP3_SSL("{host}", {port}, context=context)
server.set_debuglevel(1)
server.user({address:py})
server.pass_({password:py})
print(server.retr(1))
server.quit()
"""
IMAPLIB_UPGRADED = """\
import imaplib
import ssl

context = ssl.create_default_context(cafile="{ca}")
with imaplib.IMAP4("{host}", {port}) as server:
    server.debug = 4
    server.starttls(context)
    server.login({address:py}, {password:py})
    server.select("INBOX")
    print(server.fetch("1", "(FLAGS ENVELOPE)"))
"""
SMTPLIB_UPGRADED = """\
import smtplib
import ssl
from email.message import EmailMessage

mail = EmailMessage()
mail["From"] = mail["To"] = {address:py}
mail["Subject"] = "Test"
mail.set_content("Hello")
context = ssl.create_default_context(cafile="{ca}")
with smtplib.SMTP("{host}", {port}) as server:
    server.set_debuglevel(1)
    server.starttls(context=context)
    server.login({address:py}, {password:py})
    server.send_message(mail)
"""

MSMTP = (
    "printf 'From: %s\\nTo: %s\\nSubject: Test\\n\\nHello\\n' {address:sh} {address:sh} | \\\n"
    "  msmtp --debug --host={host} --port={port} --tls=on --tls-trust-file={ca} --auth=on \\\n"
    "  --user={address:sh} --passwordeval={say:sh} --from={address:sh} {address:sh}"
)
MUTT = (
    'mutt -e \'set folder="imaps://{place}/" certificate_file="{ca}" ssl_force_tls=yes\' \\\n'
    '  -e \'set imap_user="{address}" imap_pass="{password}"\' -f imaps://{place}/INBOX'
)
# It looks for host names only, where the certificate names the address as well.
FETCHMAIL = (
    'echo \'poll {host} service {port} protocol POP3 user "{address}" password "{password}"\n'
    "  {tls} sslcertck sslcommonname {name} sslcertfile {ca} keep mda cat' | fetchmail -v -f -"
)
SWAKS = (
    "swaks --server {place} --tls --tls-verify --tls-ca-path {ca} --auth PLAIN \\\n"
    "  --auth-user {address:sh} --auth-password {password:sh} \\\n"
    "  --from {address:sh} --to {address:sh}"
)

PROGRAMS = (
    Program(
        "telnet",
        "telnet",
        tuple(Snippet(name, TELNET) for name in ("pop3", "imap", "smtp", "submission")),
    ),
    Program(
        "curl",
        "curl",
        (
            Snippet("pop3", CURL + "pop3://{place}/1"),
            Snippet("pop3", CURL_UPGRADED + "pop3://{place}/1", "STLS"),
            Snippet("pop3s", CURL_TLS + "pop3s://{place}/1"),
            Snippet("imap", CURL_UPGRADED + '"imap://{place}/INBOX;MAILINDEX=1"', "STARTTLS"),
            Snippet("imaps", CURL_TLS + '"imaps://{place}/INBOX;MAILINDEX=1"'),
            Snippet("smtp", CURL + "smtp://{place}" + CURL_MAIL),
            Snippet("submission", CURL_UPGRADED + "smtp://{place}" + CURL_MAIL, "STARTTLS"),
            Snippet("smtps", CURL_TLS + "smtps://{place}" + CURL_MAIL),
        ),
    ),
    Program(
        "openssl",
        "openssl",
        (
            Snippet("pop3s", OPENSSL),
            Snippet("pop3", OPENSSL_UPGRADED + "pop3", "STLS"),
            Snippet("imaps", OPENSSL),
            Snippet("imap", OPENSSL_UPGRADED + "imap", "STARTTLS"),
            Snippet("smtps", OPENSSL),
            Snippet("submission", OPENSSL_UPGRADED + "smtp", "STARTTLS"),
            Snippet("submission", PLAIN, "AUTH PLAIN"),
            Snippet("pop3", APOP, "APOP"),
        ),
    ),
    Program(
        "python",
        "Python",
        (
            Snippet("pop3", POPLIB),
            Snippet("pop3s", POPLIB_TLS),
            Snippet("imap", IMAPLIB_UPGRADED, "STARTTLS"),
            Snippet("submission", SMTPLIB_UPGRADED, "STARTTLS"),
        ),
    ),
    Program(
        "unix",
        "fetchmail, msmtp, mutt, swaks",
        (
            Snippet("pop3s", FETCHMAIL.replace("{tls}", "ssl"), "fetchmail"),
            Snippet("pop3", FETCHMAIL.replace("{tls}", "sslproto TLS1.2+"), "fetchmail"),
            Snippet("imaps", MUTT, "mutt"),
            Snippet("submission", MSMTP, "msmtp"),
            Snippet("submission", SWAKS, "swaks"),
        ),
    ),
)
