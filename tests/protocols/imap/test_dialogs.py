import pytest

from protocols.imap import PROTOCOL
from protocols.imap.session import ImapSession
from tests.protocols.dialogs import dialog_files, play


@pytest.mark.parametrize("path", dialog_files("imap"), ids=lambda path: path.stem)
def test_dialog(path):
    play(path.read_text(), PROTOCOL, ImapSession)
