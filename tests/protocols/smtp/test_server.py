"""The server on a real socket."""

import asyncio
import re
import smtplib
import socket
import subprocess
import threading
from pathlib import Path
from shutil import which

import pytest

from protocols.dialog import read_dialog
from protocols.smtp.session import SmtpSession
from tests.protocols.conftest import MailLab, Wire
from tests.protocols.dialogs import accounts_of, dialog_files

ADDRESS = "receiver@example.com"


class Client(Wire):
    """Speaks in text lines and closes at the end of its block."""

    def __init__(self, lab: MailLab, service: str = "smtp") -> None:
        super().__init__(lab.ports[service])

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def say(self, *lines: str) -> None:
        self.send("".join(f"{line}\r\n" for line in lines).encode())

    def read(self) -> str:
        return self.line().decode().removesuffix("\r\n")

    def to_data(self) -> None:
        self.say("HELO c", "MAIL FROM:<a@b.example>", f"RCPT TO:<{ADDRESS}>", "DATA")
        assert [self.read()[:3] for _ in range(5)] == ["220", "250", "250", "250", "354"]


def inbox(lab: MailLab, address: str = ADDRESS) -> list[bytes]:
    account = lab.run(lab.store.account(address))
    return [message.key for message in account.inbox.messages]


def spoken_over_a_socket() -> list[Path]:
    """Without TLS, and without challenges, which are new each time."""
    return [
        path
        for path in dialog_files("smtp")
        if "# tls\n" not in (text := path.read_text()) and "CRAM-MD5\nS: 334" not in text
    ]


@pytest.mark.parametrize("path", spoken_over_a_socket(), ids=lambda path: path.stem)
def test_dialogs_over_a_socket(lab, path):
    text = path.read_text()
    lab.host.store = accounts_of(text)
    service = re.search(r"^# service (\w+)$", text, re.MULTILINE)
    with Client(lab, service[1] if service else "smtp") as client:
        for step in read_dialog(text):
            if step.mark.startswith("C"):
                client.send(step.octets)
            else:
                line = client.read()
                fits = re.fullmatch(step.text, line) if step.mark == "S~" else line == step.text
                assert fits, f"line {step.line}: {line}"


def test_slides_session_stores_the_message(lab):
    with Client(lab) as client:
        client.to_data()
        client.say("Subject: Testmail", "", "Lorem ipsum", ".")
        assert client.read() == "250 OK"
    (content,) = inbox(lab)
    assert content.startswith(b"Return-Path: <a@b.example>\r\nReceived: from c ([127.0.0.1])\r\n")
    assert content.endswith(b"\r\nSubject: Testmail\r\n\r\nLorem ipsum\r\n")


def test_smtplib_logs_in_and_sends(lab):
    with smtplib.SMTP(*lab.ports["smtp"]) as client:
        client.login(ADDRESS, "geheim")
        assert client.sendmail("a@b.example", [ADDRESS], "Subject: x\n\n.dot\n") == {}
    assert inbox(lab)[0].endswith(b"Subject: x\r\n\r\n.dot\r\n")


def test_smtplib_auth_login_with_and_without_initial_response(lab):
    for initial in (True, False):
        with smtplib.SMTP(*lab.ports["smtp"]) as client:
            client.ehlo()
            client.user, client.password = ADDRESS, "geheim"
            assert client.auth("LOGIN", client.auth_login, initial_response_ok=initial)[0] == 235


def test_smtplib_learns_that_the_password_is_wrong(lab):
    with (
        smtplib.SMTP(*lab.ports["smtp"]) as client,
        pytest.raises(smtplib.SMTPAuthenticationError) as raised,
    ):
        client.login(ADDRESS, "falsch")
    assert raised.value.smtp_code == 535


def test_smtplib_smtputf8(lab):
    lab.store.add_account("jörg@example.com", "geheim")
    with smtplib.SMTP(*lab.ports["smtp"]) as client:
        client.sendmail(
            "müller@b.example",
            ["jörg@example.com"],
            "Subject: Grüße\r\n\r\nx\r\n".encode(),
            ["SMTPUTF8", "BODY=8BITMIME"],
        )
    assert "Subject: Grüße".encode() in inbox(lab, "jörg@example.com")[0]


def test_smtplib_big_message_and_refused_size(lab):
    body = ("x" * 76 + "\r\n") * 100_000
    with smtplib.SMTP(*lab.ports["smtp"]) as client:
        client.sendmail("a@b.example", [ADDRESS], body)
        with pytest.raises(smtplib.SMTPSenderRefused) as raised:
            client.sendmail("a@b.example", [ADDRESS], body * 2)
    assert raised.value.smtp_code == 552
    assert inbox(lab)[0].endswith(body.encode())


def test_smtplib_a_hundred_recipients(lab):
    names = [f"pupil{number}@example.com" for number in range(101)]
    for name in names:
        lab.store.add_account(name, "geheim")
    with smtplib.SMTP(*lab.ports["smtp"]) as client:
        refused = client.sendmail("a@b.example", names, "x")
    assert refused == {names[100]: (452, b"4.5.3 too many recipients")}
    assert [len(inbox(lab, name)) for name in names] == [1] * 100 + [0]


def test_connection_cut_in_data_delivers_nothing(lab):
    with Client(lab) as client:
        client.to_data()
        client.say("Subject: half", "", "x", "..")
    with Client(lab) as client:
        client.to_data()
        client.say("whole", ".", "QUIT")
        assert [client.read(), client.read(), client.read()] == [
            "250 OK",
            "221 lab.example closing channel",
            "",
        ]
    assert [content.endswith(b"whole\r\n") for content in inbox(lab)] == [True]


def test_client_that_half_closes_gets_all_answers(lab):
    with Client(lab) as client:
        client.say("HELO c", "MAIL FROM:<a@b.example>", f"RCPT TO:<{ADDRESS}>", "DATA", "x", ".")
        client.socket.shutdown(socket.SHUT_WR)
        codes = [line[:3] for line in client.rest().decode().splitlines()]
    assert codes == ["220", "250", "250", "250", "354", "250"]
    assert len(inbox(lab)) == 1


def test_two_hundred_wrong_commands_end_in_421(lab):
    with Client(lab) as client:
        client.say(*["FROB"] * 200)
        lines = client.rest().decode().splitlines()
    assert [line[:3] for line in lines] == ["220"] + ["500"] * 30 + ["421"]


def test_a_megabyte_without_line_end_disturbs_nobody(lab):
    with Client(lab) as noisy, Client(lab) as other:
        assert noisy.read()[:3] == other.read()[:3] == "220"
        noisy.send(b"x" * 1_000_000)
        assert noisy.read() == "500 line too long"
        other.say("NOOP")
        assert other.read() == "250 OK"
        noisy.say("", "NOOP")
        assert noisy.read() == "250 OK"


def test_a_line_of_a_megabyte_in_data_is_kept(lab):
    line = "x" * 1_000_000
    with Client(lab) as client:
        client.to_data()
        client.say(line, ".")
        assert client.read() == "250 OK"
    assert inbox(lab)[0].endswith(f"\r\n{line}\r\n".encode())


def test_shutdown_says_goodbye(lab):
    with Client(lab) as client:
        client.say("EHLO c")
        while client.read()[:4] != "250 ":
            pass
        lab.run(lab.listeners.close())
        assert client.read() == "421 4.3.2 lab.example closing channel: the lab shuts down"
        assert client.read() == ""


def test_answers_wait_at_the_gate(lab):
    opened = threading.Event()

    async def gate():
        await lab.loop.run_in_executor(None, opened.wait, 10)

    with Client(lab) as client:
        assert client.read()[:3] == "220"
        (conversation,) = lab.host.conversations
        conversation.gate = gate
        client.say("NOOP")
        client.socket.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.socket.recv(1)
        client.socket.settimeout(10)
        opened.set()
        assert client.socket.recv(100) == b"250 OK\r\n"


def test_client_that_leaves_at_the_gate_is_forgotten(lab):
    with Client(lab) as client:
        client.read()
        (conversation,) = lab.host.conversations
        conversation.gate = asyncio.Event().wait
        client.say("NOOP")
    lab.until(lambda: not lab.host.conversations)
    assert conversation.closed is True


def test_silence_ends_in_421(lab, monkeypatch):
    monkeypatch.setattr(SmtpSession, "idle_limit", 0.01)
    with Client(lab) as client:
        assert client.read()[:3] == "220"
        assert client.read() == "421 lab.example closing channel: no command for 5 minutes"
        assert client.read() == ""


def test_conversation_holds_both_sides_and_ends(lab):
    with Client(lab) as client:
        client.read()
        (conversation,) = lab.host.conversations
        client.say("QUIT")
        assert client.rest() == b"221 lab.example closing channel\r\n"
    ids = [entry.id for entry in conversation.recorder.entries]
    assert ids[:4] == ["wire.opened", "smtp.greeting", "smtp.QUIT", "smtp.QUIT.ok"]


@pytest.mark.skipif(not which("swaks"), reason="swaks is not installed")
@pytest.mark.parametrize("service", ["smtp", "submission"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_swaks(lab, service, mechanism):
    server = f"127.0.0.1:{lab.ports[service][1]}"
    command = ["swaks", "--server", server, "--to", ADDRESS, "--from", ADDRESS]
    login = ["--auth", mechanism, "--auth-user", ADDRESS, "--auth-password", "geheim"]
    done = subprocess.run([*command, *login], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout
    assert len(inbox(lab)) == 1


@pytest.mark.skipif(not which("curl"), reason="curl is not installed")
def test_curl(lab, tmp_path):
    mail = tmp_path / "mail"
    mail.write_bytes(b"Subject: x\r\n\r\n.\r\n")
    command = [
        "curl",
        "-sS",
        f"smtp://127.0.0.1:{lab.ports['smtp'][1]}/c.example",
        "--mail-from",
        "a@b.example",
    ]
    rest = ["--mail-rcpt", ADDRESS, "--upload-file", str(mail), "--user", f"{ADDRESS}:geheim"]
    done = subprocess.run([*command, *rest], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert inbox(lab)[0].endswith(b"Subject: x\r\n\r\n.\r\n")
