import pytest

from protocols.smtp import PROTOCOL
from protocols.smtp.session import SmtpSession
from tests.protocols.dialogs import dialog_files, play


@pytest.mark.parametrize("path", dialog_files("smtp"), ids=lambda path: path.stem)
def test_dialog(path):
    play(path.read_text(), PROTOCOL, SmtpSession)
