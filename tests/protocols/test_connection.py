"""Connection and Listeners, with a session that waits, fails and speaks unasked as told."""

import asyncio
import errno
import logging
from socket import SO_SNDBUF, SOL_SOCKET

import pytest

from protocols.commands import CommandTable
from protocols.connection import BLOCK, MAX_WAITING
from protocols.conversation import Ending, MailHost, NoAudience
from protocols.listeners import Listeners
from protocols.memory import MemoryStore
from protocols.observer import Observer
from protocols.protocol import MailProtocol, Service
from protocols.replies import ReplyCatalogue
from protocols.session import Session
from protocols.transcript import Entry, Kind, printable
from tests.protocols.conftest import MailLab


class PlainObserver(Observer):
    state = "S"

    def explain(self, side, line, in_literal):
        return Entry(side, Kind.COMMAND, printable(line), "x")


class TestSession(Session):
    """Says back each line; `wait`, `turn`, `boom`, `bye`, `big` and `part` are special."""

    __test__ = False
    idle_limit = 600

    def __init__(self, host, conversation):
        super().__init__(host, conversation)
        self.waiting = None
        self.unasked = b""
        self.is_lost = False
        conversation.session = self

    def greeting(self):
        return b"hello\r\n"

    async def answers(self):
        while not self.closing and (line := self.reader.line(1000)) is not None:
            if line == b"wait\r\n":
                self.waiting = asyncio.get_running_loop().create_future()
                line = await self.waiting
            elif line == b"turn\r\n":
                await asyncio.sleep(0)
            elif line == b"boom\r\n":
                raise RuntimeError("boom")
            elif line == b"big\r\n":
                line = b"x" * 1_000_000 + b"\r\n"
            self.closing, self.amid = line == b"bye\r\n", line == b"part\r\n"
            yield b""  # the others' turn
            yield line

    def farewell(self, ending):
        return f"farewell {ending}\r\n".encode()

    def tls_refused(self):
        return b"no\r\n"

    def updates(self):
        said, self.unasked = self.unasked, b""
        return said

    def lost(self):
        self.is_lost = True


TOY = MailProtocol(
    name="toy",
    title="TOY",
    services=(Service("toy", "TOY", 4),),
    rfcs=(),
    table=CommandTable(("S",)),
    replies=ReplyCatalogue(),
    observer=PlainObserver,
    session=TestSession,
)


@pytest.fixture
def toy():
    lab = MailLab([TOY])
    yield lab
    lab.close()
    assert lab.errors == []


@pytest.fixture
def wire(toy):
    wire = toy.connect("toy")
    assert wire.line() == b"hello\r\n"
    yield wire
    wire.close()


@pytest.fixture
def conversation(toy, wire):
    [conversation] = toy.host.conversations
    return conversation


@pytest.fixture
def session(conversation):
    return conversation.session


def texts(toy, conversation):
    return toy.call(lambda: [(e.side.value, e.text or e.id) for e in conversation.recorder.entries])


def test_conversation_is_recorded_in_order(toy, wire, conversation):
    assert wire.ask(b"a") == b"a\r\n"
    wire.send(b"b\r\nbye\r\n")
    assert wire.rest() == b"b\r\nbye\r\n"
    toy.until(lambda: conversation.closed)
    assert texts(toy, conversation) == [
        ("-", "wire.opened"),
        ("S", "hello"),
        ("C", "a"),
        ("S", "a"),
        ("C", "b"),
        ("C", "bye"),
        ("S", "b"),
        ("S", "bye"),
        ("-", "wire.closed"),
    ]


def test_peer_is_the_clients_address(wire, conversation):
    assert conversation.peer == wire.socket.getsockname()


def test_audience_hears_of_everything():
    heard = []

    class Audience(NoAudience):
        def opened(self, conversation):
            heard.append("opened")

        def heard(self, conversation):
            heard.append("heard")

        def closed(self, conversation):
            heard.append("closed")

    lab = MailLab([TOY])
    lab.host.audience = Audience()
    wire = lab.connect("toy")
    wire.line()
    wire.ask(b"a")
    wire.close()
    lab.close()
    assert heard == ["opened", "heard", "heard", "heard", "closed"]


def test_commands_wait_for_the_one_before(toy, wire, session):
    wire.send(b"wait\r\nb\r\n")
    toy.until(lambda: session.waiting)
    wire.send(b"c\r\n")
    toy.until(lambda: len(session.reader) == len(b"b\r\nc\r\n"))
    toy.call(lambda: session.waiting.set_result(b"a\r\n"))
    assert [wire.line() for _ in range(3)] == [b"a\r\n", b"b\r\n", b"c\r\n"]


def test_other_connections_go_on_meanwhile(toy, wire, session):
    wire.send(b"wait\r\n")
    toy.until(lambda: session.waiting)
    other = toy.connect("toy")
    assert (other.line(), other.ask(b"x")) == (b"hello\r\n", b"x\r\n")
    other.close()
    toy.call(lambda: session.waiting.set_result(b"a\r\n"))
    assert wire.line() == b"a\r\n"


def test_session_may_give_way_for_a_turn_of_the_loop(wire):
    wire.send(b"turn\r\na\r\n")
    assert (wire.line(), wire.line()) == (b"turn\r\n", b"a\r\n")


def test_who_sends_ahead_does_not_hold_up_others(toy, wire, conversation, session):
    toy.tick()
    wire.send(b"wait\r\n" + b"x\r\n" * 1000)
    toy.until(lambda: session.waiting and len(session.reader) == 3000)
    other = toy.connect("toy")
    other.line()
    [its] = toy.host.conversations - {conversation}
    transport = its.end.__self__._transport
    toy.call(transport.pause_reading)
    other.send(b"a\r\n")

    def begin_together():
        session.waiting.set_result(b"a\r\n")
        transport.resume_reading()
        heard = its.recorder.record
        its.recorder.record = lambda *said: (left.append(len(session.reader)), heard(*said))

    left = []  # of what was sent ahead, when the other's line is heard and answered
    toy.call(begin_together)
    assert other.line() == b"a\r\n"
    assert [octets > 2900 for octets in left] == [True, True], left
    other.close()


def test_client_that_sends_too_much_ahead_has_to_wait(toy, wire, conversation, session):
    transport = conversation.end.__self__._transport
    wire.send(b"wait\r\n" + b"x\r\n" * (MAX_WAITING // 3))
    toy.until(lambda: session.waiting)
    toy.until(lambda: len(session.reader) > 0)
    wire.send(b"x\r\n" * 1000)
    toy.until(lambda: not transport.is_reading())
    toy.call(lambda: session.waiting.set_result(b"a\r\n"))
    wire.send(b"bye\r\n")
    assert wire.rest() == b"a\r\n" + b"x\r\n" * (MAX_WAITING // 3 + 1000) + b"bye\r\n"


def test_gate_holds_each_answer_back(toy, wire, conversation):
    gates = []

    async def gate():
        gates.append(asyncio.get_running_loop().create_future())
        await gates[-1]

    conversation.gate = gate
    wire.send(b"a\r\nb\r\n")
    toy.until(lambda: len(gates) == 1)
    assert texts(toy, conversation)[-1] == ("C", "b")
    toy.call(lambda: gates[0].set_result(None))
    assert wire.line() == b"a\r\n"
    toy.until(lambda: len(gates) == 2)
    conversation.gate = None
    toy.call(lambda: gates[1].set_result(None))
    assert wire.line() == b"b\r\n"


def test_session_speaks_unasked(toy, wire, session):
    def speak():
        session.unasked = b"news\r\n"
        session.notify()

    toy.call(speak)
    assert wire.line() == b"news\r\n"


def test_unasked_words_wait_for_the_answer_under_way(toy, wire, session):
    wire.send(b"wait\r\n")
    toy.until(lambda: session.waiting)

    def speak():
        session.unasked = b"news\r\n"
        session.notify()

    toy.call(speak)
    toy.call(lambda: session.waiting.set_result(b"a\r\n"))
    assert (wire.line(), wire.line()) == (b"a\r\n", b"news\r\n")


@pytest.mark.parametrize("ending", Ending)
def test_ending_says_farewell_and_closes(toy, wire, conversation, session, ending):
    toy.call(lambda: conversation.end(ending))
    toy.call(lambda: conversation.end(ending))
    assert wire.rest() == f"farewell {ending}\r\n".encode()
    toy.until(lambda: session.is_lost)


def test_silence_is_told_before_the_farewell(toy, wire, conversation):
    toy.call(lambda: conversation.end(Ending.IDLE))
    wire.rest()
    said = toy.call(lambda: conversation.recorder.entries)[2:4]
    assert [(e.id, e.text) for e in said] == [("wire.idle", ""), ("x", "farewell idle")]
    assert said[0].params == {"minutes": "10"}


def test_failure_in_a_session_is_logged_and_ends_only_its_connection(toy, wire, caplog):
    other = toy.connect("toy")
    other.line()
    with caplog.at_level(logging.ERROR):
        wire.send(b"a\r\nboom\r\n")
        assert wire.rest() == b"a\r\nfarewell failure\r\n"
    assert [record.getMessage() for record in caplog.records] == ["TOY session failed"]
    assert other.ask(b"x") == b"x\r\n"
    other.close()


def test_half_closed_client_gets_the_answer_under_way(toy, wire, session):
    wire.send(b"wait\r\nbye\r\n")
    toy.until(lambda: session.waiting)
    wire.socket.shutdown(1)
    toy.call(lambda: session.waiting.set_result(b"a\r\n"))
    assert wire.rest() == b"a\r\nbye\r\n"


def test_half_closed_client_does_not_stay(toy, wire, session):
    wire.send(b"wait\r\n")
    toy.until(lambda: session.waiting)
    wire.socket.shutdown(1)
    toy.call(lambda: session.waiting.set_result(b"a\r\n"))
    assert wire.rest() == b"a\r\n"
    toy.until(lambda: session.is_lost)


def test_session_is_lost_only_after_what_it_is_busy_with(toy, wire, conversation, session):
    wire.send(b"wait\r\n")
    toy.until(lambda: session.waiting)
    wire.close()
    toy.call(lambda: conversation.end.__self__._transport.abort())
    toy.until(lambda: conversation.closed)
    assert not session.is_lost
    toy.call(lambda: session.waiting.set_result(b"a\r\n"))
    toy.until(lambda: session.is_lost)


def test_unread_input_does_not_eat_the_last_reply(wire):
    wire.send(b"bye\r\n" + b"x" * 1_000_000)
    assert wire.rest() == b"bye\r\n"


def test_slow_reader_holds_one_block_at_most(toy):
    slow = toy.connect("toy", receive_buffer=4096)
    slow.line()
    [conversation] = toy.host.conversations
    transport = conversation.end.__self__._transport
    slow.send(b"big\r\n" * 50 + b"bye\r\n")
    toy.until(lambda: transport.get_write_buffer_size() > 0)
    assert toy.call(transport.get_write_buffer_size) <= BLOCK
    assert len(slow.rest()) == 50 * 1_000_002 + 5
    slow.close()


def test_farewell_is_not_said_into_a_long_answer(toy):
    slow = toy.connect("toy", receive_buffer=4096)
    slow.line()
    [conversation] = toy.host.conversations
    transport = conversation.end.__self__._transport
    transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
    slow.send(b"big\r\n")
    toy.until(lambda: transport.get_write_buffer_size() > 0)
    toy.call(lambda: conversation.end(Ending.TOO_LONG))
    assert slow.rest().strip(b"x") == b""
    slow.close()


def test_farewell_is_not_said_into_an_answer_of_several_pieces(toy, wire, conversation):
    wire.send(b"part\r\n")
    assert wire.line() == b"part\r\n"
    toy.call(lambda: conversation.end(Ending.TOO_LONG))
    assert wire.rest() == b""


def test_taken_port_is_named(toy):
    _, port = toy.ports["toy"]
    host = MailHost(MemoryStore(), NoAudience(), lambda: 0.0)
    second = Listeners(host, [TOY], "127.0.0.1", port - 4)
    with pytest.raises(OSError, match=rf"port {port} \(TOY\) on 127.0.0.1 is taken") as caught:
        toy.run(second.open())
    assert caught.value.errno == errno.EADDRINUSE


def test_no_new_connections_after_the_close(toy, wire):
    toy.run(toy.listeners.close())
    assert wire.rest() == b"farewell shutdown\r\n"
    with pytest.raises(OSError):
        toy.connect("toy")


def test_every_protocol_greets(mail_lab):
    greetings = {name: mail_lab.connect(name) for name in mail_lab.ports}
    starts = {name: wire.line()[:4] for name, wire in greetings.items()}
    assert starts == {
        "pop3": b"+OK ",
        "smtp": b"220 ",
        "submission": b"220 ",
        "aiosmtpd": b"220 ",
        "imap": b"* OK",
    }
    for wire in greetings.values():
        wire.close()
