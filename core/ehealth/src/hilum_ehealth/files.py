"""Small private files: a crash leaves the old or the new one, and one process at a time writes."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from .errors import EhealthError

_LOCK: Final = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def write_atomically(
    path: Path, data: bytes, *, mode: int = 0o600, check: Callable[[Path], None] | None = None
) -> None:
    """Write *data* to *path*: temporary file beside it, fsync, rename, fsync of the folder.

    *check* looks at the temporary file before it takes the place of the old one; what it raises
    stops the change.
    Raises :class:`EhealthError` ``storage.disk-full`` or ``storage.write-failed`` with the path;
    the old content is then still there.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        _write(temporary, data, mode)
        if check is not None:
            check(temporary)
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        raise storage_error(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


@contextlib.contextmanager
def exclusive(
    path: Path, *, check: Callable[[Path, os.stat_result], None] | None = None
) -> Iterator[None]:
    """Hold the lock on the file *path*, made 0600 when it is new, in a folder that is there.

    Waits for whoever holds it, in this process or another; the system lets go of it when its holder
    dies. Not to be taken twice by one thread. *check* looks at the opened file and raises when it
    must not be used. Raises ``storage.write-failed``.
    """
    try:
        descriptor = os.open(path, _LOCK, 0o600)
    except OSError as error:
        raise storage_error(error, path) from error
    try:
        if check is not None:
            check(path, os.fstat(descriptor))
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make a rename in *folder* survive a power cut; systems without folder handles skip it."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def close_to_others(path: Path) -> None:
    """Make a file of ours 0600, a folder 0700; what is a link or another's is left as it is.

    The file is not opened for it: closing it would drop the locks that SQLite, or we, hold on it in
    this process. Raises ``storage.write-failed`` (``path``, ``problem``). For systems with such
    modes.
    """
    try:
        if sys.platform == "linux":
            _close_by_handle(path)
        else:
            os.chmod(path, _closed(path.lstat()), follow_symlinks=False)
    except OSError as error:
        raise storage_error(error, path) from error


def _close_by_handle(path: Path) -> None:
    """Change the file that was looked at, whatever takes its name meanwhile."""
    handle = os.open(path, os.O_PATH | os.O_NOFOLLOW)
    try:
        os.chmod(f"/proc/self/fd/{handle}", _closed(os.fstat(handle)))
    finally:
        os.close(handle)


def _closed(status: os.stat_result) -> int:
    """Return the mode for a file or folder; raises ``OSError`` for a link."""
    if stat.S_ISLNK(status.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return 0o700 if stat.S_ISDIR(status.st_mode) else 0o600


def storage_error(error: OSError, path: Path) -> EhealthError:
    """Name what the operating system refused about *path*."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return EhealthError("storage.disk-full", path=str(path))
    problem = os.strerror(error.errno or 0)
    return EhealthError("storage.write-failed", path=str(path), problem=problem)


def _write(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)
