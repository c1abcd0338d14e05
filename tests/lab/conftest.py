import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def language_of_one_test_only():
    """A request leaves its language behind in the test's thread."""
    yield
    translation.deactivate()
