"""The lock on a state folder: one simulator at a time runs on it.

The operating system holds it for the process and lets it go however the process ends.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hilum_hookspecs import ConfigurationError

from .words import _

_NAME: Final = "lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of *folder*; raises ``simulator.already-running`` (``state``)."""
    descriptor = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _taken(descriptor):
            raise ConfigurationError(
                "simulator.already-running",
                message=_.message("A simulator runs on {state} already.", state=str(folder)),
                remedy=_.message(
                    "Use that one, or stop it with Ctrl-C in its terminal. `--state` with another "
                    "folder starts a second one beside it."
                ),
                state=str(folder),
            )
        yield
    finally:
        os.close(descriptor)


def is_locked(folder: Path) -> bool:
    """Tell whether a simulator runs on *folder*; makes nothing there."""
    try:
        descriptor = os.open(folder / _NAME, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _taken(descriptor)
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _taken(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _taken(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
