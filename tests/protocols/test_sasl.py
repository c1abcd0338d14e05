import hmac
import re
from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.conversation import MailHost, NoAudience
from protocols.login import LoginFailed
from protocols.memory import MemoryStore
from protocols.pop3 import PROTOCOL
from protocols.sasl import (
    CRAM_MD5,
    LOGIN,
    PLAIN,
    Cancelled,
    Exchange,
    Malformed,
    Mechanism,
    NoChannelBinding,
    NotBase64,
    SaslError,
)
from protocols.scram import SCRAM_SHA_256, signatures
from tests.protocols.dialogs import ID, Player, run

NAME, PASSWORD = "ann@lab.example", "gehe=im,ü"
MECHANISMS = (PLAIN, LOGIN, CRAM_MD5, SCRAM_SHA_256)


def b64(text: str | bytes) -> str:
    return b64encode(text.encode() if isinstance(text, str) else text).decode()


class Client:
    """One exchange with a server that knows Ann."""

    def __init__(self, mechanism: Mechanism) -> None:
        store = MemoryStore()
        self.account = store.add_account(NAME, PASSWORD)
        player = Player(PROTOCOL, PROTOCOL.session, MailHost(store, NoAudience(), lambda: 0.0))
        self.exchange = Exchange(player.session, mechanism)

    def begin(self, initial: str = "") -> str:
        return self._challenge(run(self.exchange.begin(initial)))

    def respond(self, response: str | bytes) -> str:
        return self._challenge(run(self.exchange.respond(b64(response))))

    def log_in(self, response: str | bytes) -> object:
        return run(self.exchange.respond(b64(response)))

    def _challenge(self, step: object) -> str:
        assert isinstance(step, str)
        return b64decode(step).decode()


class ScramClient(Client):
    """As RFC 5802 3 describes the client."""

    def __init__(self) -> None:
        super().__init__(SCRAM_SHA_256)

    def first(self, name: str = NAME, header: str = "n,,", nonce: str = "abc") -> None:
        self.bare = f"n={name},r={nonce}"
        self.begin()
        self.challenge = self.respond(header + self.bare)
        self.nonce, self.salt, self.iterations = (p[2:] for p in self.challenge.split(","))

    def final(self, password: str = PASSWORD, header: str = "n,,") -> str:
        without_proof = f"c={b64(header)},r={self.nonce}"
        signed = f"{self.bare},{self.challenge},{without_proof}".encode()
        proof, self.signature = signatures(password, b64decode(self.salt), signed)
        return f"{without_proof},p={b64(proof)}"


def test_plain():
    client = Client(PLAIN)
    assert client.begin() == ""
    assert client.log_in(f"\0{NAME}\0{PASSWORD}") is client.account


def test_plain_with_initial_response():
    client = Client(PLAIN)
    assert run(client.exchange.begin(b64(f"{NAME}\0{NAME}\0{PASSWORD}"))) is client.account


def test_names_are_the_same_in_any_case():
    client = Client(PLAIN)
    client.begin()
    assert client.log_in(f"{NAME.upper()}\0{NAME.title()}\0{PASSWORD}") is client.account


def test_plain_takes_an_umlaut_in_two_parts():
    client = Client(PLAIN)
    client.begin()
    assert client.log_in(f"\0{NAME}\0gehe=im,u\u0308") is client.account


@pytest.mark.parametrize(
    "response",
    [f"\0{NAME}\0wrong", f"\0nobody@lab.example\0{PASSWORD}", "\0nobody@lab.example\0",
     f"\0{NAME}\0", f"eve@lab.example\0{NAME}\0{PASSWORD}"],
)  # fmt: skip
def test_plain_denied(response):
    client = Client(PLAIN)
    client.begin()
    with pytest.raises(LoginFailed):
        client.log_in(response)


@pytest.mark.parametrize(
    "response", ["", "\0", f"\0\0{PASSWORD}", f"\0{NAME}\0{PASSWORD}\0", NAME, b"\0\xff\0\xff"]
)
def test_plain_malformed(response):
    client = Client(PLAIN)
    client.begin()
    with pytest.raises(Malformed):
        client.log_in(response)


def test_equals_sign_is_an_empty_initial_response():
    with pytest.raises(Malformed):
        Client(PLAIN).begin("=")
    assert Client(LOGIN).begin("=") == "Password:"


def test_login():
    client = Client(LOGIN)
    assert client.begin() == "Username:"
    assert client.respond(NAME) == "Password:"
    assert client.log_in(PASSWORD) is client.account


def test_login_with_initial_response():
    client = Client(LOGIN)
    assert client.begin(b64(NAME)) == "Password:"
    with pytest.raises(LoginFailed):
        client.log_in("wrong")


def cram(challenge: str, password: str, name: str = NAME) -> str:
    return f"{name} {hmac.digest(password.encode(), challenge.encode(), 'md5').hex()}"


def test_cram_md5():
    client = Client(CRAM_MD5)
    challenge = client.begin()
    assert challenge == f"<{ID}.1@lab.example>"
    assert client.log_in(cram(challenge, PASSWORD)) is client.account


def test_cram_md5_of_rfc_2195():
    steps = CRAM_MD5.steps("1896.697170952@postoffice.reston.mci.net")
    assert next(steps) == b"<1896.697170952@postoffice.reston.mci.net>"
    claim = steps.send(b"tim b913a602c7eda7a495b4e6e7334d3890")
    assert (claim.name, claim.knows("tanstaaftanstaaf")) == ("tim", True)
    assert not claim.knows("tanstaaf")


def test_nobody_can_guess_a_nonce():
    """RFC 5802 5.1: not from the greeting either, which tells the conversation's id."""
    host = MailHost(MemoryStore(), NoAudience(), lambda: 0.0)
    conversation = host.open(PROTOCOL, PROTOCOL.services[0], ("127.0.0.1", 1))
    nonces = [conversation.nonce() for _ in range(100)]
    assert len(set(nonces)) == 100
    assert not any(conversation.id in nonce for nonce in nonces)
    assert all(re.fullmatch(r"[\w-]{24}", nonce) for nonce in nonces)


def test_each_challenge_is_new():
    session = Client(CRAM_MD5).exchange._session
    challenges = [run(Exchange(session, CRAM_MD5).begin()) for _ in range(3)]
    assert len(set(challenges)) == 3


@pytest.mark.parametrize("name, password", [(NAME, "wrong"), ("nobody@lab.example", "")])
def test_cram_md5_denied(name, password):
    client = Client(CRAM_MD5)
    with pytest.raises(LoginFailed):
        client.log_in(cram(client.begin(), password, name))


def test_cram_md5_begins_with_the_server():
    with pytest.raises(Malformed):
        Client(CRAM_MD5).begin(b64(f"{NAME} 00"))


def test_scram():
    client = ScramClient()
    client.first()
    assert client.nonce == f"abc{ID}.1@lab.example"
    assert client.iterations == "4096"
    assert client.respond(client.final()) == f"v={b64(client.signature)}"
    assert client.log_in("") is client.account


def test_scram_of_rfc_7677():
    signed = (
        "n=user,r=rOprNGfwEbeRWgbNEkqO,"
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    )
    proof, verifier = signatures("pencil", b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), signed.encode())
    assert b64(proof) == "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    assert b64(verifier) == "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_scram_gives_a_name_its_salt_whether_it_exists_or_not():
    clients = [ScramClient() for _ in range(4)]
    for client, name in zip(clients, [NAME, NAME, "nobody", "nobody"], strict=True):
        client.first(name)
    ann, ann_again, nobody, nobody_again = [client.salt for client in clients]
    assert ann == ann_again != nobody == nobody_again


@pytest.mark.parametrize(
    "name, header, password",
    [(NAME, "n,,", "wrong"), ("nobody@lab.example", "n,,", ""),
     (NAME, "n,a=eve@lab.example,", PASSWORD)],
)  # fmt: skip
def test_scram_denied(name, header, password):
    client = ScramClient()
    client.first(name, header)
    with pytest.raises(LoginFailed):
        client.respond(client.final(password, header))


@pytest.mark.parametrize(
    "first",
    ["", "n,,n=,r=abc", "p,,n=ann,r=abc", "n,,m=x,n=ann,r=abc", "n,,n=a=2Bb,r=a"],
)
def test_scram_malformed_first(first):
    client = ScramClient()
    client.begin()
    with pytest.raises(Malformed):
        client.respond(first)


@pytest.mark.parametrize("first", ["p=tls-exporter,,n=ann,r=abc", "p=x,a=eve,n=ann,r=abc", "p="])
def test_scram_offers_no_channel_binding(first):
    client = ScramClient()
    client.begin()
    with pytest.raises(NoChannelBinding):
        client.respond(first)


@pytest.mark.parametrize("header", ["y,,", f"n,a={NAME.title()},"])
def test_scram_with_another_beginning(header):
    client = ScramClient()
    client.first(header=header)
    assert client.respond(client.final(header=header)) == f"v={b64(client.signature)}"
    assert client.log_in("") is client.account


def test_scram_ends_with_an_empty_line():
    client = ScramClient()
    client.first()
    client.respond(client.final())
    with pytest.raises(Malformed):
        client.log_in("anything")


@pytest.mark.parametrize(
    "old, new", [("biws", "eSws"), ("r=abc", "r=abd"), (",p=", ",q="), ("c=biws,", "")]
)
def test_scram_malformed_final(old, new):
    client = ScramClient()
    client.first()
    final = client.final()
    assert old in final
    with pytest.raises(Malformed):
        client.respond(final.replace(old, new))


def test_scram_unescapes_names():
    steps = SCRAM_SHA_256.steps("x@y")
    next(steps)
    challenge = steps.send(b"n,,n=a=2Cb=3Dc,r=abc").decode()
    nonce = challenge.split(",")[0]
    claim = steps.send(f"c=biws,{nonce},p={b64('proof')}".encode())
    assert claim.name == "a,b=c"


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("line", ["!", "YQ", "YQ==YQ==", "ä", " YQ==", "YQ==\n"])
def test_not_base64(mechanism, line):
    client = Client(mechanism)
    client.begin()
    with pytest.raises(NotBase64):
        run(client.exchange.respond(line))


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_cancelled(mechanism):
    client = Client(mechanism)
    client.begin()
    with pytest.raises(Cancelled):
        run(client.exchange.respond("*"))


@given(st.sampled_from(MECHANISMS), st.lists(st.binary(max_size=80), min_size=1, max_size=4))
def test_nobody_gets_in_by_chance(mechanism, responses):
    client = Client(mechanism)
    client.begin()
    with pytest.raises((SaslError, LoginFailed)):
        for response in [*responses, b"", b"", b""]:
            assert isinstance(client.log_in(response), str)


def test_scram_ignores_extensions():
    """RFC 5802 5.1: but for "m", which asks to be understood."""
    client = ScramClient()
    client.first(nonce="abc,x=first")
    client.nonce += ",y=final"
    assert client.respond(client.final()) == f"v={b64(client.signature)}"
    assert client.log_in("") is client.account
