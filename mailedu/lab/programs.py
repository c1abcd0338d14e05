"""What mail programs are told to reach this lab: one text to copy for each way, with placeholders.

{place} is host and port as they stand in a URL, {ca} the file of the lab's CA, {name} a host name
that stands in the server's certificate.
"""

from typing import NamedTuple


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
CURL = 'curl -v --user "{address}:{password}" '
CURL_TLS = 'curl -v --cacert {ca} --user "{address}:{password}" '
CURL_UPGRADED = 'curl -v --ssl-reqd --cacert {ca} --user "{address}:{password}" '
CURL_MAIL = (
    ' --mail-from {address} --mail-rcpt {address} -H "From: {address}" -H "To: {address}"'
    ' -H "Subject: Test" -F "=Hello"'
)

# -quiet, or lines that begin with R or Q are orders to openssl; CR LF as on the wire.
OPENSSL = "openssl s_client -connect {place} -CAfile {ca} -verify_return_error -quiet -crlf"
OPENSSL_UPGRADED = OPENSSL + " -starttls "
# What nobody does in the head: base64 for AUTH PLAIN (RFC 4616 2), APOP's digest (RFC 1939 7).
PLAIN = "printf '\\0%s\\0%s' '{address}' '{password}' | openssl base64 -A"
APOP = "printf '%s%s' '<stamp of the greeting>' '{password}' | openssl md5"

POPLIB = """\
import poplib

server = poplib.POP3("{host}", {port})
server.set_debuglevel(1)
server.user("{address}")
server.pass_("{password}")
print(server.retr(1))
server.quit()
"""
POPLIB_TLS = """\
import poplib
import ssl

context = ssl.create_default_context(cafile="{ca}")
server = poplib.POP3_SSL("{host}", {port}, context=context)
server.set_debuglevel(1)
server.user("{address}")
server.pass_("{password}")
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
    server.login("{address}", "{password}")
    server.select("INBOX")
    print(server.fetch("1", "(FLAGS ENVELOPE)"))
"""
SMTPLIB_UPGRADED = """\
import smtplib
import ssl
from email.message import EmailMessage

mail = EmailMessage()
mail["From"] = mail["To"] = "{address}"
mail["Subject"] = "Test"
mail.set_content("Hello")
context = ssl.create_default_context(cafile="{ca}")
with smtplib.SMTP("{host}", {port}) as server:
    server.set_debuglevel(1)
    server.starttls(context=context)
    server.login("{address}", "{password}")
    server.send_message(mail)
"""

MSMTP = (
    "printf 'From: %s\\nTo: %s\\nSubject: Test\\n\\nHello\\n' {address} {address} | \\\n"
    "  msmtp --debug --host={host} --port={port} --tls=on --tls-trust-file={ca} --auth=on \\\n"
    "  --user={address} --passwordeval='echo {password}' --from={address} {address}"
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
    "  --auth-user {address} --auth-password {password} --from {address} --to {address}"
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
