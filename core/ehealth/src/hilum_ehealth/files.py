"""Writing small private files so that a crash leaves the old or the new one, never a mixture."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

from .errors import EhealthError


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

    Raises ``storage.write-failed`` (``path``, ``problem``). For systems with such modes.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
        try:
            folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
            os.fchmod(descriptor, 0o700 if folder else 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise storage_error(error, path) from error


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
