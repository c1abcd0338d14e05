"""The real process for tests."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings
from lab_process import Lab, running_lab

# Only the machine's load would break a limit on time.
settings.register_profile("lab", deadline=None)
settings.load_profile("lab")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One real process for all tests that may share it; it must end with exit code 0."""
    with running_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running
        assert running.stop() == 0


@pytest.fixture
def start_lab(tmp_path: Path) -> Iterator:
    """Start a process of one's own: `data_dir` may be given again."""
    with ExitStack() as stack:

        def start(data_dir: Path = tmp_path / "data", **more: str) -> Lab:
            return stack.enter_context(running_lab(data_dir, **more))

        yield start
