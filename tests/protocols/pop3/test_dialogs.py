import pytest

from mailedu.mail.samples import load
from protocols.pop3 import PROTOCOL
from protocols.pop3.session import Pop3Session
from tests.protocols.dialogs import DIALOGS, dialog_files, play, run
from tests.protocols.mails import SLIDES


@pytest.mark.parametrize("path", dialog_files("pop3"), ids=lambda path: path.stem)
def test_dialog(path):
    play(path.read_text(), PROTOCOL, Pop3Session)


def test_slides_session_empties_the_mailbox_and_gives_back_the_lock():
    player = play((DIALOGS / "pop3" / "slides.txt").read_text(), PROTOCOL, Pop3Session)
    account = run(player.host.store.account("wiki@example.com"))
    assert player.session.state == "UPDATE"
    assert account.inbox.messages == []
    assert account.maildrop is None


def test_slides_message_is_the_sample():
    assert [sample.content for sample in load("slides")] == [SLIDES]
