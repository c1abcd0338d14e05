"""The data folder: the database, keys and secrets of one lab."""

import os
import secrets
import sys
import tempfile
from pathlib import Path


def writable(folder: Path) -> Path:
    """`folder`, made if missing; one clear line and exit code 1 where that is refused."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()  # what os.access says is no proof on Windows
    except OSError as error:
        sys.exit(f"mailedu: the data folder {folder} cannot be written: {error.strerror}")
    return folder.resolve()


def secret_key(folder: Path) -> str:
    """The lab's secret key, made on first use and readable by its owner only."""
    path = folder / "secret_key"
    if not path.exists():
        # By renaming, so that a crash never leaves half a key; mkstemp gives mode 0600.
        handle, draft = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(50))
        os.replace(draft, path)
    return path.read_text()
