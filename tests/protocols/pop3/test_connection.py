"""POP3 over a real socket: poplib, and clients that are clumsy, slow or hostile."""

import poplib

import pytest

from protocols.conversation import Ending
from tests.protocols.conftest import PATIENCE
from tests.protocols.mails import DOTS, SLIDES, mail

BIG = mail("Subject: big\n\n" + ("x" * 70 + "\n") * 300_000)


@pytest.fixture
def wire(mail_lab):
    wire = mail_lab.connect("pop3")
    assert wire.line().startswith(b"+OK mailedu POP3 server ready <")
    yield wire
    wire.close()


def log_in(wire, name=b"ann@lab.example", password=b"geheim"):
    assert wire.ask(b"USER " + name).startswith(b"+OK")
    assert wire.ask(b"PASS " + password).startswith(b"+OK")


def inbox(mail_lab, address="ann@lab.example"):
    return mail_lab.run(mail_lab.store.account(address)).inbox


def test_poplib(mail_lab):
    mail_lab.store.add_account("pop@lab.example", "geheim", [SLIDES, DOTS])
    pop = poplib.POP3(*mail_lab.ports["pop3"], timeout=PATIENCE)
    assert pop.capa()["EXPIRE"] == ["NEVER"]
    pop.user("pop@lab.example")
    pop.pass_("geheim")
    assert pop.stat() == (2, 290)
    assert pop.list()[1] == [b"1 241", b"2 49"]
    assert pop.uidl(2) == b"+OK 2 1.2"
    assert b"\r\n".join(pop.retr(2)[1]) + b"\r\n" == DOTS
    assert b"\r\n".join(pop.top(1, 0)[1]) + b"\r\n" == SLIDES.partition(b"Dies")[0]
    assert pop.dele(1) == b"+OK message marked for delete"
    assert pop.rset() == b"+OK mailbox has 2 messages (290 octets)"
    pop.dele(2)
    assert pop.quit() == b"+OK bye"
    assert [m.uid for m in inbox(mail_lab, "pop@lab.example").messages] == [1]


def test_apop(mail_lab):
    pop = poplib.POP3(*mail_lab.ports["pop3"], timeout=PATIENCE)
    assert pop.apop("ann@lab.example", "geheim") == b"+OK mailbox locked and ready"
    pop.quit()


def test_timestamps_differ(mail_lab):
    wires = [mail_lab.connect("pop3") for _ in range(3)]
    assert len({wire.line() for wire in wires}) == 3
    for wire in wires:
        wire.close()


def test_lock_holds_until_the_connection_ends(mail_lab, wire):
    log_in(wire)
    other = mail_lab.connect("pop3")
    other.line()
    other.ask(b"USER ann@lab.example")
    assert other.ask(b"PASS geheim").startswith(b"-ERR [IN-USE]")
    wire.close()
    account = mail_lab.run(mail_lab.store.account("ann@lab.example"))
    mail_lab.until(lambda: account.maildrop is None)
    log_in(other)
    other.close()


def test_lost_connection_deletes_nothing(mail_lab, wire):
    log_in(wire)
    assert wire.ask(b"DELE 1").startswith(b"+OK")
    wire.close()
    mail_lab.until(lambda: not mail_lab.host.conversations)
    assert [m.uid for m in inbox(mail_lab).messages] == [1, 2]


def test_connection_cut_within_quit_deletes_nothing(mail_lab, wire):
    log_in(wire)
    assert wire.ask(b"DELE 1").startswith(b"+OK")
    wire.send(b"QUI")
    wire.close()
    mail_lab.until(lambda: not mail_lab.host.conversations)
    assert [m.uid for m in inbox(mail_lab).messages] == [1, 2]


def test_half_a_line_and_silence_disturbs_nobody(mail_lab, wire):
    wire.send(b"USER an")
    other = mail_lab.connect("pop3")
    other.line()
    log_in(other)
    assert other.ask(b"QUIT") == b"+OK bye\r\n"
    other.close()
    wire.send(b"n@lab.example\r\n")
    assert wire.line() == b"+OK Please enter password\r\n"


def test_line_of_a_megabyte_gets_one_answer(wire):
    wire.send(b"x" * 1_000_000 + b"\r\nUSER ann@lab.example\r\n")
    assert wire.line() == b"-ERR line too long\r\n"
    assert wire.line() == b"+OK Please enter password\r\n"


def test_longest_line_that_is_allowed(wire):
    name = b"n" * (255 - len("USER \r\n"))
    assert wire.ask(b"USER " + name) == b"+OK Please enter password\r\n"
    assert wire.ask(b"USER n" + name) == b"-ERR line too long\r\n"


def test_two_hundred_wrong_commands_end_the_connection(wire):
    wire.send(b"WRONG\r\n" * 200)
    lines = wire.rest().splitlines()
    assert lines == [b"-ERR unknown command"] * 29 + [b"-ERR too many wrong commands, bye"]


def test_lock_ends_with_the_servers_patience(mail_lab, wire):
    log_in(wire)
    wire.send(b"nonsense\r\n" * 30)
    answers = [wire.line() for _ in range(30)]
    assert answers[-1] == b"-ERR too many wrong commands, bye\r\n"
    other = mail_lab.connect("pop3")  # while the first client has not hung up
    other.line()
    log_in(other)
    other.close()


def test_junk_gets_answers_and_a_close(wire):
    wire.send(bytes(range(256)) * 200 + b"\r\n")
    lines = wire.rest().splitlines()
    assert lines[-1] == b"-ERR too many wrong commands, bye"
    assert {line[:5] for line in lines} == {b"-ERR "}


def test_half_closed_client_still_gets_its_answers(wire):
    wire.send(b"USER ann@lab.example\r\nPASS geheim\r\nSTAT\r\nQUIT\r\n")
    wire.socket.shutdown(1)
    assert wire.rest().splitlines()[-2:] == [b"+OK 2 314", b"+OK bye"]


def test_pipelined_commands_are_answered_in_order(wire):
    log_in(wire)
    wire.send(b"NOOP\r\nSTAT\r\n" * 5000 + b"QUIT\r\n")
    lines = wire.rest().splitlines()
    assert lines == [b"+OK nothing done", b"+OK 2 314"] * 5000 + [b"+OK bye"]


def test_slow_reader_holds_one_message_at_most(mail_lab):
    mail_lab.store.add_account("big@lab.example", "geheim", [BIG])
    slow = mail_lab.connect("pop3", receive_buffer=4096)
    slow.line()
    log_in(slow, b"big@lab.example")
    slow.send(b"RETR 1\r\n" * 20 + b"QUIT\r\n")
    [conversation] = mail_lab.host.conversations
    transport = conversation.end.__self__._transport
    mail_lab.until(lambda: transport.get_write_buffer_size() > 0)
    other = mail_lab.connect("pop3")
    other.line()
    log_in(other)
    assert mail_lab.call(transport.get_write_buffer_size) < len(BIG) + 1000
    other.close()
    slow.close()


def test_shutdown_says_farewell(mail_lab, wire):
    log_in(wire)
    assert wire.ask(b"DELE 1").startswith(b"+OK")
    mail_lab.run(mail_lab.listeners.close())
    assert wire.rest() == b"-ERR [SYS/TEMP] server is shutting down, nothing was deleted\r\n"
    assert [m.uid for m in inbox(mail_lab).messages] == [1, 2]


def test_idle_connection_is_closed_without_a_word(mail_lab, wire):
    log_in(wire)
    [conversation] = mail_lab.host.conversations
    mail_lab.call(lambda: conversation.end(Ending.IDLE))
    assert wire.rest() == b""
