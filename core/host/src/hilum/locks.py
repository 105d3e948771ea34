"""One process at a time: a lock on a file, which the system lets go of when its holder dies."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hilum_ehealth.files import storage_error

from .folders import check_private_file

_OPEN: Final = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock on the file *path*, made 0600 when it is new, in a folder that is there.

    Waits for whoever holds it, in this process or another; not to be taken twice by one thread.
    Raises ``storage.write-failed`` and what :func:`~hilum.folders.check_private_file` raises.
    """
    try:
        descriptor = os.open(path, _OPEN, 0o600)
    except OSError as error:
        raise storage_error(error, path) from error
    try:
        check_private_file(path, os.fstat(descriptor))
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)
