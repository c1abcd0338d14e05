import hashlib
import re
from base64 import b64decode, b64encode
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.conversation import Ending, MailHost, NoAudience
from protocols.framing import joined
from protocols.limits import Limits
from protocols.memory import MemoryStore
from protocols.pop3 import PROTOCOL
from protocols.pop3.session import Pop3Session
from protocols.pop3.table import AUTHORIZATION, STATES, TABLE, TRANSACTION, UPDATE
from protocols.sasl import MAX_RESPONSE_LINE
from protocols.scram import signatures
from protocols.session import MAX_BAD_COMMANDS
from protocols.store import StoreUnavailable
from tests.protocols.dialogs import NO_HANDSHAKE, Player, run
from tests.protocols.mails import BARE, DOTS, HELLO, SLIDES, UNENDED
from tests.protocols.pop3.strategies import client_octets

MAILS = [SLIDES, HELLO, DOTS]
SIZES = [len(content) for content in MAILS]


def player(logged_in=True, mails=MAILS, host=None):
    if host is None:
        host = MailHost(MemoryStore(), NoAudience(), lambda: 0.0)
        host.store.add_account("ann@lab.example", "geheim", mails)
    client = Player(PROTOCOL, Pop3Session, host)
    if logged_in:
        client.command("USER ann@lab.example")
        assert client.command("PASS geheim") == "+OK mailbox locked and ready\r\n"
    client.output = b""
    return client


def account(client):
    return run(client.host.store.account("ann@lab.example"))


# Every command in every state

LOGIN = b64encode(b"\0ann@lab.example\0geheim").decode()
ARGUMENTS = {
    "USER": "x", "PASS": "x", "APOP": "x y", "AUTH": f"PLAIN {LOGIN}",
    "RETR": "1", "DELE": "1", "TOP": "1 0",
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("state", [AUTHORIZATION, TRANSACTION])
def test_table_decides_what_is_allowed(name, state):
    client = player(logged_in=state == TRANSACTION)
    answer = client.command(f"{name} {ARGUMENTS.get(name, '')}".strip())
    refused = (" needs a login, ", " for before the login, ", " send USER before ")
    allowed = not any(words in answer for words in refused)
    assert allowed is (TABLE[name].allowed_in(state) and name != "PASS")
    if answer.startswith("+OK"):
        assert client.session.state == TABLE[name].when[state]
    else:
        assert client.session.state == state


def test_no_command_is_allowed_after_quit():
    assert TABLE.allowed_in(UPDATE) == []
    client = player()
    client.command("QUIT")
    assert client.command("NOOP") == ""


def test_states_are_those_of_the_rfc():
    assert STATES == ("AUTHORIZATION", "TRANSACTION", "UPDATE")


def test_stls_is_offered_only_where_it_is_allowed():
    """RFC 2595 4, also on a plain connection."""
    host = MailHost(MemoryStore(), NoAudience(), lambda: 0.0, tls=NO_HANDSHAKE)
    host.store.add_account("ann@lab.example", "geheim")
    before = player(logged_in=False, host=host).command("CAPA").split("\r\n")
    after = player(host=host).command("CAPA").split("\r\n")
    assert [line for line in before if line not in after] == ["STLS"]
    assert [line for line in after if line not in before] == []


# Any octets

ANSWER = re.compile(rb"(\+OK|-ERR)[ -~]*\r\n(?P<lines>(?:(?!\.\r\n).*\r\n)*\.\r\n)?", re.DOTALL)


async def answers(session):
    return [joined(answer) async for answer in session.answers()]


@given(st.lists(client_octets, max_size=30), st.booleans())
def test_any_octets_get_answers_or_a_close(pieces, logged_in):
    session = player(logged_in).session
    for piece in pieces:
        session.feed(piece)
        for answer in run(answers(session)):
            assert ANSWER.fullmatch(answer)
        assert session.state in STATES
    assert session.closing or session.state != UPDATE


@given(st.lists(client_octets, max_size=20), st.data())
def test_answers_do_not_depend_on_how_octets_are_cut(pieces, data):
    octets = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=8)))
    whole, cut = player(), player()
    whole.send(octets)
    for start, end in pairwise([0, *cuts, len(octets)]):
        cut.send(octets[start:end])
    assert cut.output == whole.output


# Command sequences against a small model of a maildrop

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("DELE"), st.integers(0, 4)),
        st.tuples(st.just("RETR"), st.integers(0, 4)),
        st.sampled_from([("RSET", 0), ("STAT", 0), ("LIST", 0)]),
    ),
    max_size=15,
)


class Model:
    """The maildrop of RFC 1939 in a dozen lines."""

    def __init__(self):
        self.marked = set()

    def do(self, verb, number):
        good = 1 <= number <= len(MAILS) and number not in self.marked
        left = {n: size for n, size in enumerate(SIZES, 1) if n not in self.marked}
        match verb:
            case "DELE" if good:
                self.marked.add(number)
            case "RSET":
                self.marked.clear()
            case "STAT":
                return f"+OK {len(left)} {sum(left.values())}"
            case "LIST":
                return "".join(f"{n} {size}\r\n" for n, size in left.items())
        return "+OK" if good or verb == "RSET" else "-ERR"


@given(STEPS, st.booleans())
def test_maildrop_behaves_as_its_model(steps, quits):
    client, model = player(), Model()
    for verb, number in steps:
        answer = client.command(f"{verb} {number}" if number or verb in ("DELE", "RETR") else verb)
        expected = model.do(verb, number)
        match verb:
            case "STAT":
                assert answer == expected + "\r\n"
            case "LIST":
                assert answer.partition("\r\n")[2] == expected + ".\r\n"
            case _:
                assert answer.split(" ")[0] == expected
    if quits:
        client.command("QUIT")
    else:
        client.hang_up()
    deleted = model.marked if quits else set()
    assert [m.uid for m in account(client).inbox.messages] == [
        n for n in range(1, len(MAILS) + 1) if n not in deleted
    ]
    assert account(client).maildrop is None


# The maildrop and others


def test_numbers_stay_while_others_deliver_and_expunge():
    client = player()
    inbox = account(client).inbox
    run(client.host.store.deliver([account(client)], [HELLO]))
    run(inbox.expunge(inbox.messages[:1]))
    assert client.command("STAT") == f"+OK 3 {sum(SIZES)}\r\n"
    assert client.command("RETR 1") == "-ERR message 1 was removed by another session\r\n"
    assert client.command("LIST 2") == f"+OK 2 {SIZES[1]}\r\n"
    assert client.command("RETR 4") == "-ERR no such message, only 3 in mailbox\r\n"


def test_quit_leaves_what_came_later():
    client = player()
    run(client.host.store.deliver([account(client)], [HELLO]))
    client.send(b"DELE 1\r\nDELE 2\r\nDELE 3\r\nQUIT\r\n")
    assert [m.uid for m in account(client).inbox.messages] == [4]


@pytest.mark.parametrize("secret", ["PASS geheim", "PASS wrong"])
def test_second_session_is_refused_only_if_it_knows_the_password(secret):
    first = player()
    second = player(logged_in=False, host=first.host)
    second.command("USER ann@lab.example")
    code = "[IN-USE]" if secret == "PASS geheim" else "[AUTH]"
    assert second.command(secret).split(" ")[1] == code
    second.hang_up()
    assert account(first).maildrop is first.session.maildrop


def test_unknown_name_is_refused_even_with_the_proof_of_an_empty_password():
    client = player(logged_in=False)
    digest = hashlib.md5(client.session.stamp.encode()).hexdigest()
    answer = client.command(f"APOP nobody@lab.example {digest}")
    assert answer == "-ERR [AUTH] invalid user name or digest\r\n"


def test_lock_is_free_after_quit():
    first = player()
    first.command("QUIT")
    assert player(host=first.host).session.state == TRANSACTION


def test_account_listeners_hear_of_marks():
    client = player()
    heard = []

    class Ear:
        def changed(self):
            heard.append(len(account(client).maildrop.marked))

    account(client).listeners.add(Ear())
    client.send(b"DELE 1\r\nDELE 2\r\nRSET\r\n")
    assert heard == [1, 2, 0]


def test_realm_goes_first():
    client = player(logged_in=False)
    client.host.store.add_account("ann@lab.example", "own", [], "guest")
    client.conversation.realm = "guest"
    client.command("USER ann@lab.example")
    assert client.command("PASS own") == "+OK mailbox locked and ready\r\n"
    assert client.conversation.account.realm == "guest"
    assert account(client).maildrop is None


class BrokenStore(MemoryStore):
    async def account(self, address, realm=""):
        raise StoreUnavailable(address)


def test_store_out_of_order_at_login():
    host = MailHost(BrokenStore(), NoAudience(), lambda: 0.0)
    client = player(logged_in=False, host=host)
    client.command("USER ann@lab.example")
    answer = client.command("PASS geheim")
    assert answer == "-ERR [SYS/TEMP] mailbox is not available now, try again\r\n"
    assert client.session.state == AUTHORIZATION


def test_store_out_of_order_at_quit(monkeypatch):
    client = player()

    async def expunge(messages):
        raise StoreUnavailable("INBOX")

    monkeypatch.setattr(account(client).inbox, "expunge", expunge)
    client.command("DELE 1")
    assert client.command("QUIT") == ("-ERR [SYS/TEMP] some marked messages were not deleted\r\n")
    assert (client.session.closing, account(client).maildrop) == (True, None)


# Logins by AUTH


def test_scram_sha_256():
    client = player(logged_in=False)
    bare = "n=ann@lab.example,r=abc"
    challenge = auth_step(client, f"AUTH SCRAM-SHA-256 {b64('n,,' + bare)}")
    salt = b64decode(challenge.split(",")[1].removeprefix("s="))
    final = f"c=biws,{challenge.split(',')[0]}"
    proof, verifier = signatures("geheim", salt, f"{bare},{challenge},{final}".encode())
    assert auth_step(client, b64(f"{final},p={b64(proof)}")) == f"v={b64(verifier)}"
    assert client.session.state == AUTHORIZATION
    assert client.command("") == "+OK mailbox locked and ready\r\n"
    assert client.session.state == TRANSACTION


def auth_step(client, line):
    answer = client.command(line)
    assert answer.startswith("+ ")
    return b64decode(answer[2:]).decode()


def b64(text):
    return b64encode(text.encode() if isinstance(text, str) else text).decode()


def test_auth_obeys_the_lock():
    first = player()
    second = player(logged_in=False, host=first.host)
    assert second.command(f"AUTH PLAIN {LOGIN}").startswith("-ERR [IN-USE] ")
    assert second.session.state == AUTHORIZATION


def test_response_may_be_longer_than_a_command():
    client = player(logged_in=False)
    client.command("AUTH PLAIN")
    longest = b64(b"\0x\0" + b"y" * 9210)
    assert len(longest + "\r\n") == MAX_RESPONSE_LINE - 2
    assert client.command(longest).startswith("-ERR [AUTH] ")
    client.command("AUTH PLAIN")
    assert client.command(longest + "=" * 4) == "-ERR line too long\r\n"
    assert client.command("CAPA").startswith("+OK ")


def test_account_with_as_many_logins_as_it_may_have():
    limits = Limits(per_account=1)
    host = MailHost(MemoryStore(), NoAudience(), lambda: 0.0, limits=limits)
    host.store.add_account("ann@lab.example", "geheim")
    player(host=host)
    for line in ("PASS geheim", f"AUTH PLAIN {LOGIN}"):
        client = player(logged_in=False, host=host)
        client.command("USER ann@lab.example")
        assert client.command(line) == (
            "-ERR [SYS/TEMP] too many connections are logged in to this mailbox\r\n"
        )


# Sizes


def test_list_and_stat_count_what_retr_sends():
    """RFC 1939 11: also for a message without a final line end, as IMAP may append it."""
    contents = [SLIDES, DOTS, BARE, UNENDED, b"\n"]
    client = player(mails=contents)
    sent = []
    for n in range(1, len(contents) + 1):
        lines = client.command(f"RETR {n}").removesuffix(".\r\n").split("\r\n")[1:-1]
        sent.append(sum(len(line) - line.startswith(".") + 2 for line in lines))
        assert client.command(f"LIST {n}") == f"+OK {n} {sent[-1]}\r\n"
    listed = client.command("LIST").split("\r\n")[1:-2]
    assert listed == [f"{n} {octets}" for n, octets in enumerate(sent, 1)]
    assert client.command("STAT") == f"+OK {len(sent)} {sum(sent)}\r\n"
    assert sent[3] == len(UNENDED) + 2


# Many commands at once


def test_hundreds_of_retrs_at_once():
    client = player(mails=[HELLO])
    answer = client.send(b"RETR 1\r\n" * 303 + b"TOP 1 99999999\r\nQUIT\r\n")
    message = HELLO + b".\r\n"
    assert answer == (
        (b"+OK message follows\r\n" + message) * 303
        + b"+OK top of message follows\r\n"
        + message
        + b"+OK bye\r\n"
    )


# Limits and farewells


def test_one_good_command_forgives_the_wrong_ones():
    client = player()
    for _ in range(3):
        client.send(b"WRONG\r\n" * (MAX_BAD_COMMANDS - 1))
        client.send(b"NOOP\r\n")
    assert not client.session.closing
    client.send(b"WRONG\r\n" * MAX_BAD_COMMANDS)
    assert client.session.closing


@pytest.mark.parametrize(
    ("ending", "farewell"),
    [
        (Ending.IDLE, b""),
        (Ending.SHUTDOWN, b"-ERR [SYS/TEMP] server is shutting down, nothing was deleted\r\n"),
        (Ending.FAILURE, b"-ERR [SYS/TEMP] server error, nothing was deleted, bye\r\n"),
    ],
)
def test_farewells(ending, farewell):
    assert player().session.farewell(ending) == farewell


def test_idle_limit_is_at_least_ten_minutes():
    assert Pop3Session.idle_limit >= 600
