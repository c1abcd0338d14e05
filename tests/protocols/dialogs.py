"""Plays dialogs against a Session of any protocol on MemoryStore, without an event loop.

A dialog file names its accounts and their mail (see `mails.py`) in comments:

    # account ADDRESS PASSWORD [MAIL...]
    # faults ADDRESS [JSON of its planned faults]

The comment `# tls` makes the host offer TLS, `# no plain logins` lets it take passwords only there,
`# service NAME` chooses the port; the handshake after STARTTLS takes place at once and leaves no
line.
"""

import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from protocols.conversation import Conversation, MailHost, NoAudience
from protocols.dialog import read_dialog
from protocols.faults import FaultPlan, read_faults
from protocols.framing import Octets, joined
from protocols.memory import MemoryStore
from protocols.protocol import MailProtocol
from protocols.session import Session
from protocols.tls import Certificate, Handshake, ServerTls
from protocols.transcript import Entry, Side
from tests.protocols.mails import MAILS

DIALOGS = Path(__file__).parent.parent / "dialogs"
ID = "0123456789abcdef"
CERTIFICATE = Certificate("lab.example", "teaching CA", "2030-01-01", "AB:CD", ("localhost",))
NO_HANDSHAKE = ServerTls(None, CERTIFICATE)
HANDSHAKE = Handshake("TLSv1.3", "TLS_AES_256_GCM_SHA384", 256)

MakeSession = Callable[[MailHost, Conversation], Session]


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("the coroutine waits, but MemoryStore never does")


def dialog_files(protocol: str) -> list[Path]:
    return sorted((DIALOGS / protocol).glob("*.txt"))


def accounts_of(text: str) -> MemoryStore:
    store = MemoryStore()
    for line in text.splitlines():
        if line.startswith("# account "):
            address, password, *mails = line.split()[2:]
            store.add_account(address, password, [MAILS[name] for name in mails])
        elif line.startswith("# faults "):
            address, plan = line.split(" ", 3)[2:]
            run(store.account(address)).faults = FaultPlan(read_faults(plan))
    return store


class Player:
    """One client at one session; `output` is what the session said and nobody has read yet.

    Several players may share a `host`.
    """

    def __init__(
        self,
        protocol: MailProtocol,
        make: MakeSession,
        host: MailHost | None = None,
        service: str = "",
    ):
        self.host = host or MailHost(MemoryStore(), NoAudience(), lambda: 0.0)
        services = {one.name: one for one in protocol.services}
        chosen = services[service or protocol.name]
        self.conversation = self.host.open(protocol, chosen, ("127.0.0.1", 1))
        self.conversation.id = ID
        self.conversation.nonce = self.conversation.unique
        if chosen.tls:
            self.conversation.secured(HANDSHAKE)
        self._make = make
        self.session = make(self.host, self.conversation)
        self.output = b""
        self._heard(self.session.greeting())

    @property
    def entries(self) -> list[Entry]:
        return self.conversation.recorder.entries

    def send(self, octets: bytes) -> bytes:
        """What the session answers to `octets`."""
        before = len(self.output)
        self.conversation.recorder.record(Side.CLIENT, octets)
        self.session.feed(octets)
        run(self._answers())
        self._heard(self.session.updates())
        return self.output[before:]

    def command(self, line: str) -> str:
        """The answer to one command, without the output before it."""
        return self.send(line.encode() + b"\r\n").decode()

    def line(self) -> str:
        """The next line of the output; it must have come whole, with CRLF."""
        line, end, self.output = self.output.partition(b"\r\n")
        assert end, f"no whole line: {line!r}"
        return line.decode("utf-8", "backslashreplace")

    def hang_up(self) -> None:
        """The connection is gone."""
        self.host.close(self.conversation)
        self.session.lost()

    async def _answers(self) -> None:
        async for answer in self.session.answers():
            if self.session.wants_tls and len(self.session.reader):
                self.session.wants_tls = False
                answer = self.session.tls_refused()
            self._heard(answer)
        if self.session.wants_tls:
            self.conversation.secured(HANDSHAKE)
            self.session = self._make(self.host, self.conversation)

    def _heard(self, octets: Octets) -> None:
        self.conversation.recorder.record(Side.SERVER, octets)
        self.output += joined(octets)


def play(text: str, protocol: MailProtocol, make: MakeSession) -> Player:
    """Play a dialog; raises AssertionError that names the first line that differs."""
    tls = NO_HANDSHAKE if re.search(r"^# tls$", text, re.MULTILINE) else None
    plain = "\n# no plain logins\n" not in text
    host = MailHost(accounts_of(text), NoAudience(), lambda: 0.0, tls=tls, plain_logins=plain)
    service = re.search(r"^# service (\w+)$", text, re.MULTILINE)
    player = Player(protocol, make, host, service[1] if service else "")
    asked = False
    for step in read_dialog(text):
        if step.mark.startswith("C"):
            assert asked or not player.output, f"before line {step.line}: {player.output!r}"
            player.send(step.octets)
        else:
            _expect(player, step.mark, step.text, f"line {step.line}: ")
        asked = step.mark.startswith("C")
    assert not player.output, f"at the end: {player.output!r}"
    return player


def _expect(player: Player, mark: str, text: str, where: str) -> None:
    if mark == "S.":
        assert not player.output, f"{where}expected the close, got {player.output!r}"
        assert player.session.closing, f"{where}expected the close"
        player.hang_up()
        return
    assert player.output, f"{where}expected {text!r}, got nothing"
    line = player.line()
    fits = re.fullmatch(text, line) if mark == "S~" else line == text
    assert fits, f"{where}expected {text!r}, got {line!r}"
