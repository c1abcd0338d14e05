"""SASL: how a client shows who it is, the same in every protocol (RFC 4422); no I/O."""

from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Callable, Generator
from dataclasses import dataclass
from hmac import compare_digest, digest
from unicodedata import normalize

from protocols.login import Knows, log_in
from protocols.session import Session
from protocols.store import Account

# RFC 4954 4: octets of the longest line of an exchange, its CRLF included.
MAX_RESPONSE_LINE = 12288

_CANCEL = "*"
_EMPTY = "="  # RFC 4954 4, RFC 5034 4, RFC 4959 3: an initial response of no octets


class SaslError(Exception):
    """The exchange is over, and nobody is logged in."""


class Cancelled(SaslError): ...


class NotBase64(SaslError): ...


class Malformed(SaslError):
    """The response is none of this mechanism."""


class NoChannelBinding(SaslError):
    """The client insists that the login be tied to TLS (RFC 5802 6), which is not offered."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who the client says it is, and how to find out whether it is right."""

    name: str
    knows: Knows


# Yields challenges and is sent responses; at last a Claim, and what follows once it is proved. The
# argument makes challenges unique: NONCE@HOST.
Steps = Generator[bytes | Claim, bytes, None]


@dataclass(frozen=True, slots=True)
class Mechanism:
    """With `initial`, the client may send its first response along with the command."""

    steps: Callable[[str], Steps]
    initial: bool = True


class Exchange:
    """One login. Both methods return the next challenge in base64, or the account: then it is over.

    They raise SaslError, LoginFailed, TooManyLogins; the caller announces the login.
    """

    def __init__(self, session: Session, mechanism: Mechanism) -> None:
        self._session = session
        self._mechanism = mechanism
        self._steps = mechanism.steps(f"{session.conversation.nonce()}@{session.host.name}")
        self._account: Account | None = None

    async def begin(self, initial: str = "") -> str | Account:
        """`initial` is the initial response as it came, "" if none did."""
        challenge = next(self._steps)
        if not initial:
            return _encoded(challenge)
        if not self._mechanism.initial:
            raise Malformed
        return await self._send(b"" if initial == _EMPTY else decoded(initial))

    async def respond(self, line: str) -> str | Account:
        if line == _CANCEL:
            raise Cancelled
        return await self._send(decoded(line))

    async def _send(self, response: bytes) -> str | Account:
        try:
            step = self._steps.send(response)
            if isinstance(step, Claim):
                self._account = await log_in(self._session, step.name, step.knows)
                step = next(self._steps)
        except StopIteration:
            return self._account
        return _encoded(step)


def is_password(typed: str) -> Knows:
    """Whether a password is what somebody typed."""
    return lambda known: compare_digest(prepared(known), prepared(typed))


def is_oneself(identity: str, name: str) -> bool:
    """Whether `identity`, for whom the client wants to act, is whoever logs in: nobody else may."""
    return identity.lower() in ("", name.lower())


def text_of(response: bytes) -> str:
    """Raises Malformed."""
    try:
        return response.decode()
    except UnicodeDecodeError:
        raise Malformed from None


def prepared(password: str) -> bytes:
    """As two keyboards must agree on it (RFC 4013 2.2)."""
    return password.encode() if password.isascii() else normalize("NFKC", password).encode()


def decoded(response: str) -> bytes:
    """Raises NotBase64."""
    try:
        return a2b_base64(response, strict_mode=True)
    except ValueError:
        raise NotBase64 from None


def _plain(_: str) -> Steps:
    parts = text_of((yield b"")).split("\0")
    if len(parts) != 3 or not parts[1]:  # RFC 4616 2: [authzid] NUL authcid NUL passwd
        raise Malformed
    identity, name, password = parts
    right = is_password(password)
    yield Claim(name, lambda known: right(known) and is_oneself(identity, name))


def _login(_: str) -> Steps:
    """Never a standard, but some programs know nothing else."""
    name = text_of((yield b"Username:"))
    password = text_of((yield b"Password:"))
    yield Claim(name, is_password(password))


def _cram_md5(unique: str) -> Steps:
    challenge = f"<{unique}>".encode()
    name, _, proof = text_of((yield challenge)).rpartition(" ")
    if not name:  # RFC 2195 2: user name, space, digest
        raise Malformed

    def knows(password: str) -> bool:
        right = digest(password.encode(), challenge, "md5").hex()
        return compare_digest(right.encode(), proof.encode())

    yield Claim(name, knows)


PLAIN = Mechanism(_plain)
LOGIN = Mechanism(_login)
CRAM_MD5 = Mechanism(_cram_md5, initial=False)


def _encoded(challenge: bytes) -> str:
    return b64encode(challenge).decode()
