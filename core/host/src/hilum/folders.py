"""The data folder: private to the user, its owner and modes checked."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from hilum_hookspecs import StorageError

_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OPEN = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def choose_data_folder(option: str | None, environ: Mapping[str, str]) -> Path:
    """Return the data folder's path: the option, else ``HILUM_DATA_DIR``, else the user's own."""
    chosen = option or environ.get("HILUM_DATA_DIR")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform.startswith("linux"):  # as the library below says, without its 8 ms
        return Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "hilum"
    import platformdirs

    return Path(platformdirs.user_data_dir("hilum", appauthor=False))


def private_folder(path: Path) -> Path:
    """Return *path* as a folder of ours, made 0700 when it is new, or empty and others may read it.

    Raises ``storage.foreign-owner`` for a folder of somebody else, ``storage.unsafe-mode`` for one
    that others may write to, be it empty: they may have opened it already,
    ``storage.not-a-folder`` when something else stands there, and ``storage.write-failed`` when it
    cannot be made.
    """
    try:
        for folder in (*reversed(path.parents), path):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)
        if os.name == "posix":
            _check_folder(path)
    except FileExistsError as error:
        raise not_a_folder(path) from error
    except OSError as error:
        raise StorageError(
            "storage.write-failed", path=str(path), problem=os.strerror(error.errno or 0)
        ) from error
    return path


def check_private_file(path: Path, status: os.stat_result) -> None:
    """Refuse a file that is not ours alone (regular, our own, 0600 or stricter).

    *status* is of the opened file, so that it cannot be exchanged in between. Raises
    ``storage.not-a-file``, ``storage.foreign-owner``, ``storage.unsafe-mode``.
    """
    if os.name != "posix":
        return
    if not stat.S_ISREG(status.st_mode):
        raise not_a_file(path)
    check_owner(path, status)
    if status.st_mode & _OPEN_TO_OTHERS:
        raise unsafe_mode(path, status)


def read_private(path: Path, largest: int) -> bytes | None:
    """Read a file of ours; ``None`` when it is not there or larger than it can be (bytes).

    Raises what :func:`check_private_file` raises, and ``storage.*`` for what the disk refuses.
    """
    try:
        descriptor = os.open(path, _OPEN)
    except FileNotFoundError:
        return None
    except OSError as error:
        if path.is_symlink():
            raise not_a_file(path) from error
        from hilum_ehealth.files import storage_error

        raise storage_error(error, path) from error
    with os.fdopen(descriptor, "rb") as file:
        check_private_file(path, os.fstat(descriptor))
        data = file.read(largest + 1)
    return data if len(data) <= largest else None


def check_owner(path: Path, status: os.stat_result) -> None:
    """Refuse what belongs to another account (POSIX alone).

    Raises ``storage.foreign-owner`` (``path``, ``owner``: its name, or its number without one).
    """
    if status.st_uid != os.getuid():
        raise StorageError("storage.foreign-owner", path=str(path), owner=_account(status.st_uid))


def not_a_file(path: Path) -> StorageError:
    """Return the error for a link, a folder or a pipe where a file of ours must stand."""
    return StorageError("storage.not-a-file", path=str(path))


def not_a_folder(path: Path) -> StorageError:
    """Return the error for a link or a file where a folder of ours must stand."""
    return StorageError("storage.not-a-folder", path=str(path))


def unsafe_mode(path: Path, status: os.stat_result) -> StorageError:
    """Return the error for what is open to others (``path``, ``mode``: four octal digits)."""
    mode = f"{stat.S_IMODE(status.st_mode):04o}"
    return StorageError("storage.unsafe-mode", path=str(path), mode=mode)


def write_atomically(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write *data* to *path* so that a crash leaves the old or the new content.

    Raises ``storage.disk-full`` and ``storage.write-failed``.
    """
    from hilum_ehealth.files import write_atomically as write

    write(path, data, mode=mode)


def _check_folder(path: Path) -> None:
    status = path.stat()
    check_owner(path, status)
    if status.st_mode & _WRITABLE_BY_OTHERS:
        raise unsafe_mode(path, status)
    if status.st_mode & _OPEN_TO_OTHERS and not any(path.iterdir()):
        path.chmod(0o700)


def _account(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
