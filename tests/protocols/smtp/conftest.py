import pytest

from tests.protocols.conftest import MailLab


@pytest.fixture
def lab(mail_lab: MailLab) -> MailLab:
    """The mail ports, with the slides' recipient."""
    mail_lab.store.add_account("receiver@example.com", "geheim")
    return mail_lab
