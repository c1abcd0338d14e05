"""What the lines of a login by SASL say, in any protocol: for observers. Knows no password."""

import re
from base64 import b64decode
from binascii import Error
from dataclasses import dataclass, field
from difflib import get_close_matches

from protocols.transcript import Remark, printable

# The longest part of a decoded line that is shown: names and nonces fit.
MAX_SHOWN = 200

# The longest name of a mechanism that is shown: RFC 4422 3.1 allows 20, pupils mistype.
MAX_NAME = 40

# Mechanisms that show the password to whoever listens.
PLAINTEXT = ("PLAIN", "LOGIN")

# The lines of each mechanism in order, as (client's, server's); whatever follows is "line".
_RESPONSES = {
    "PLAIN": ("plain",),
    "LOGIN": ("login-name", "login-password"),
    "CRAM-MD5": ("cram-md5",),
    "SCRAM-SHA-256": ("scram-first", "scram-final", "scram-end"),
}
_CHALLENGES = {
    "PLAIN": ("continue",),
    "LOGIN": ("ask-name", "ask-password"),
    "CRAM-MD5": ("cram-md5-challenge",),
    "SCRAM-SHA-256": ("continue", "scram-challenge", "scram-verified"),
}
# How a client of SCRAM begins that cares for TLS's channel (RFC 5802 6).
_BINDINGS = {"y": "scram-first.y", "p": "scram-first.p"}
# Lines that show the password, or might.
_SECRETS = ("plain", "login-password", "line")
# What a decoded line must look like: one that does not might be the password, sent too early or by
# another mechanism.
_FORMS = {
    "plain": re.compile(r"(?P<identity>[^\0]*)\0(?P<name>[^\0]+)\0[^\0]+"),
    "login-name": re.compile(r"(?s)(?P<name>.+)"),
    "login-password": re.compile(r"(?s).+"),
    "cram-md5": re.compile(r"(?P<name>.+) [0-9a-f]{32}"),  # RFC 2195 2
    "scram-first": re.compile(r"[^,]*,(?:a=)?(?P<identity>[^,]*),n=(?P<name>[^,]+),.*"),
    "scram-final": re.compile(r"c=[^,]*,r=.*,p=[^,]*"),
    "scram-end": re.compile(r""),
}
# What tells a name that stands alone from a password.
_ADDRESS = re.compile(r"[^\s@]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
# Names of other mechanisms that a client may ask for, beside those that begin with X.
_OTHERS = (
    "SCRAM-SHA-1", "SCRAM-SHA-512", "SCRAM-SHA-256-PLUS", "DIGEST-MD5", "EXTERNAL", "ANONYMOUS",
    "GSSAPI", "GS2-KRB5", "KERBEROS_V4", "NTLM", "OAUTHBEARER", "XOAUTH2", "SKEY", "OTP",
)  # fmt: skip


def offered(mechanisms: tuple[str, ...], plaintext: bool) -> tuple[str, ...]:
    return mechanisms if plaintext else tuple(m for m in mechanisms if m not in PLAINTEXT)


def is_mechanism(word: str) -> bool:
    """Whether `word` names a mechanism, or nearly: if not, a response might stand there alone."""
    name = word[:MAX_NAME].upper()
    return name[:2] == "X-" or bool(get_close_matches(name, (*_RESPONSES, *_OTHERS), 1, 0.7))


@dataclass(frozen=True, slots=True)
class SaslLine:
    """`kind` names the line; `decoded` is empty where it would give a password away."""

    kind: str
    decoded: str = ""
    name: str = ""
    secret: bool = False
    remark: Remark | None = None

    @property
    def id(self) -> str:
        """Its explanation, but for "continue": each protocol has its own words to go on."""
        return f"sasl.{self.kind}"


@dataclass(slots=True)
class SaslReading:
    """One exchange, as it crosses the wire: `mechanism` in upper case; `initial`: a response came
    along with the command.
    """

    mechanism: str
    initial: bool
    responses: int = field(default=0, init=False)
    challenges: int = field(default=0, init=False)

    @property
    def title(self) -> str:
        """The mechanism as it may be shown."""
        return self.mechanism[:MAX_NAME] if is_mechanism(self.mechanism) else "…"

    @property
    def expects_response(self) -> bool:
        """The client's next line belongs to the login, even if it was not asked for yet."""
        return self.responses < max(self.challenges + self.initial, 1)

    def response(self, text: str) -> SaslLine:
        kind = _nth(_RESPONSES, self.mechanism, self.responses)
        self.responses += 1
        if text == "*" and not (self.initial and self.responses == 1):
            return SaslLine("cancel")
        decoded = "" if text == "=" else _text(text)
        said = decoded.rstrip("\r\n")
        match = _FORMS[kind].fullmatch(said) if kind in _FORMS else None
        kind = kind if match else "line"
        values = match.groupdict() if match else {}
        name = values.get("name", "")
        remark = _remark(said != decoded, values.get("identity", ""), name)
        if kind == "login-name" and not _ADDRESS.fullmatch(said):
            return SaslLine(kind, "…", secret=True, remark=remark)
        if kind == "scram-first":
            kind = _BINDINGS.get(said[0], kind)
        secret = kind in _SECRETS and text != ""
        shown = "" if secret else said[:MAX_SHOWN]
        return SaslLine(kind, shown, name[:MAX_SHOWN], secret, remark)

    def challenge(self, text: str) -> SaslLine:
        """`text` is what follows the plus sign or the 334."""
        # Where a response came along, the challenge before it was left out.
        kind = _nth(_CHALLENGES, self.mechanism, self.challenges + self.initial)
        self.challenges += 1
        said = _text(text.strip())[:MAX_SHOWN]
        return SaslLine(kind if said and kind != "line" else "continue", said)


def _remark(ends: bool, identity: str, name: str) -> Remark | None:
    """`ends`: a line end is part of what was encoded; `identity` is for whom `name` would act."""
    if ends:  # as `echo` gives it to `base64`
        return Remark("sasl.tutor.line-end")
    return Remark("sasl.tutor.identity") if identity.lower() not in ("", name.lower()) else None


def _nth(kinds: dict[str, tuple[str, ...]], mechanism: str, number: int) -> str:
    known = kinds.get(mechanism, ())
    return known[number] if number < len(known) else "line"


def _text(text: str) -> str:
    """What a line in base64 says, to be shown; "" if it is none."""
    try:
        return printable(b64decode(text, validate=True)).replace("`", "'")
    except (Error, ValueError):
        return ""
