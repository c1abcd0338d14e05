"""The data folder: the database, keys and secrets of one lab."""

import os
import secrets
import sys
from pathlib import Path


def writable(folder: Path) -> Path:
    """`folder`, made if missing; one clear line and exit code 1 where that is refused."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(13, "no permission to write")
    except OSError as error:
        sys.exit(f"mailedu: the data folder {folder} cannot be used: {error.strerror}")
    return folder.resolve()


def secret_key(folder: Path) -> str:
    """The lab's secret key, made on first use and readable by its owner only."""
    path = folder / "secret_key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()
