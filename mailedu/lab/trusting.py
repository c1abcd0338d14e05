"""What the trust page says: the certificate's facts, and how programs learn to trust it."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from mailedu import certificates
from mailedu.lab.guests import Guest
from mailedu.lab.services import ports
from mailedu.lab.sessions import WIKI
from protocols import PROTOCOLS
from protocols.protocol import MailProtocol
from protocols.tls import Certificate

FILE_NAME = "mailedu-ca.crt"
# The commands that go over to TLS: RFC 3207 4, RFC 3501 6.2.1, RFC 2595 4.
UPGRADES = ("STARTTLS", "STLS")

PROGRAMS = (
    ("thunderbird", "Thunderbird"),
    ("windows", "Windows"),
    ("macos", "macOS"),
    ("debian", "Debian, Ubuntu"),
    ("firefox", "Firefox"),
    ("curl", "curl"),
    ("openssl", "openssl"),
    ("python", "Python"),
)
COMMANDS = {
    "fingerprint": "openssl x509 -in {file} -noout -fingerprint -sha256",
    "curl": 'curl -v --cacert {file} --user "{user}:{password}" pop3s://{pop3s}/',
    "openssl": "openssl s_client -connect {pop3s} -CAfile {file} -verify_return_error -quiet -crlf",
    "upgrade": "openssl s_client -connect {pop3} -starttls pop3 -CAfile {file}"
    " -verify_return_error -quiet -crlf",
    "python": """\
import poplib
import ssl

context = ssl.create_default_context(cafile="{file}")
server = poplib.POP3_SSL("{host}", {port}, context=context)
server.set_debuglevel(1)
server.user("{user}")
server.pass_("{password}")
print(server.list())
server.quit()
""",
    "debian": "sudo cp {file} /usr/local/share/ca-certificates/\nsudo update-ca-certificates",
    "debian_off": "sudo rm /usr/local/share/ca-certificates/{file}\n"
    "sudo update-ca-certificates --fresh",
    "windows": "certutil -user -addstore Root {file}",
    "windows_off": 'certutil -user -delstore Root "{name}"',
    "macos": "security add-trusted-cert -k ~/Library/Keychains/login.keychain-db {file}",
    "macos_off": 'security delete-certificate -t -c "{name}"',
}


@dataclass(frozen=True)
class Trusted:
    """What a client has to trust; `until` is the day on which it ends."""

    name: str
    issuer: str
    fingerprint: str
    until: date

    @classmethod
    def of(cls, facts: Certificate) -> "Trusted":
        name = facts.subject.removeprefix("CN=").partition(",")[0]
        return cls(name, facts.issuer, facts.fingerprint, date.fromisoformat(facts.until))


def ca_certificate() -> bytes | None:
    """To download (PEM); None where the school brought a certificate along, or none was made."""
    if settings.LAB_TLS_OWN:
        return None
    try:
        return certificates.ca_certificate(settings.LAB_DATA_DIR)
    except certificates.CertificateError:
        return None  # the page cannot mend it; the next start tells the reason


def trusted() -> Trusted | None:
    try:
        facts = certificates.trusted(settings.LAB_DATA_DIR, settings.LAB_TLS_OWN)
    except certificates.CertificateError:
        return None
    return facts and Trusted.of(facts)


def commands(guest: Guest | None, host: str, name: str) -> dict[str, str]:
    """What to copy; `name` is the certificate's."""
    user = guest or WIKI
    places = {service: place(host, port) for service, (_, port) in ports().items()}
    values = {
        "file": FILE_NAME, "host": host, "port": ports()["pop3s"][1], "name": name,
        "user": user.address, "password": user.password, **places,
    }  # fmt: skip
    return {key: text.format(**values) for key, text in COMMANDS.items()}


def services() -> list[dict]:
    """Each port with TLS: `upgrade` names the command that asks for it, "" = from the start."""
    return [
        {
            "title": service.title,
            "port": ports()[service.name][1],
            "upgrade": "" if service.tls else upgrade(protocol),
        }
        for protocol in PROTOCOLS
        for service in protocol.services
        if not service.serve
    ]


def place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def upgrade(protocol: MailProtocol) -> str:
    return next(name for name in UPGRADES if name in protocol.table)
