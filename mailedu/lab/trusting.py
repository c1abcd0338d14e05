"""What the trust page says: the certificate's facts, and how programs learn to trust it."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from mailedu import certificates
from mailedu.lab.guests import Guest
from mailedu.lab.programs import CURL_TLS, OPENSSL, OPENSSL_UPGRADED, POPLIB_TLS, typed
from mailedu.lab.sessions import WIKI
from mailedu.places import place, ports
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
# To be copied, with placeholders as in `programs`; those for programs speak POP3S, or ask for TLS.
COMMANDS = {
    "fingerprint": "openssl x509 -in {ca} -noout -fingerprint -sha256",
    "curl": CURL_TLS + "pop3s://{place}/",
    "openssl": OPENSSL,
    "upgrade": OPENSSL_UPGRADED.replace("{place}", "{pop3}") + "pop3",
    "python": POPLIB_TLS,
    "debian": "sudo cp {ca} /usr/local/share/ca-certificates/\nsudo update-ca-certificates",
    "debian_off": "sudo rm /usr/local/share/ca-certificates/{ca}\n"
    "sudo update-ca-certificates --fresh",
    "windows": "certutil -user -addstore Root {ca}",
    "windows_off": 'certutil -user -delstore Root "{name}"',
    "macos": "security add-trusted-cert -k ~/Library/Keychains/login.keychain-db {ca}",
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


def is_limited() -> bool:
    try:
        return certificates.is_limited(settings.LAB_DATA_DIR)
    except certificates.CertificateError:
        return False


def commands(guest: Guest | None, host: str, name: str) -> dict[str, str]:
    """What to copy; `name` is the certificate's."""
    user = guest or WIKI
    port = ports()["pop3s"][1]
    values = {
        "ca": FILE_NAME, "host": host, "port": port, "place": place(host, port), "name": name,
        "pop3": place(host, ports()["pop3"][1]), **typed(user),
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


def upgrade(protocol: MailProtocol) -> str:
    return next(name for name in UPGRADES if name in protocol.table)
