"""The data folder: the database, keys and secrets of one lab. Only its owner may look into it."""

import os
import secrets
import stat
import sys
import tempfile
from pathlib import Path

DATABASE = "mailedu.sqlite3"
# What a file's mode allows to everybody but its owner.
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def writable(folder: Path) -> Path:
    """`folder`, made if missing; one clear line and exit code 1 where that is refused."""
    try:
        folder.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()  # what os.access says is no proof on Windows
    except OSError as error:
        sys.exit(f"mailedu: the data folder {folder} cannot be written: {error.strerror}")
    keep_private(folder, *folder.glob(f"{DATABASE}*"))
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
    keep_private(path)
    return path.read_text()


def keep_new_files_private() -> None:
    """From now on, for this process. Windows keeps a user's files private by their folder."""
    if os.name == "posix":
        os.umask(OTHERS)


def keep_private(*paths: Path) -> None:
    """Take from others what they may do with `paths`, as far as these exist and are ours."""
    for path in paths if os.name == "posix" else ():
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            # A sticky folder, as /tmp is, belongs to all
            if mode & OTHERS and not mode & stat.S_ISVTX:
                path.chmod(mode & ~OTHERS)
        except FileNotFoundError:
            continue
        except OSError as error:
            print(
                f"mailedu: others on this machine may use {path}: {error.strerror}", file=sys.stderr
            )


def open_to_others(path: Path) -> bool:
    """Whether anybody but the owner may do anything with `path`, as far as its mode tells."""
    return os.name == "posix" and bool(path.stat().st_mode & OTHERS)
