"""What happens inside, written down without secrets: the log file, and the records for a terminal.

Import this where something is logged: it loads :mod:`logging`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import copy
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import HilumError

from .failures import Trace
from .folders import check_private_file, private_folder
from .locks import exclusive

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Clock

    from .redaction import Redactor

LARGEST: Final = 512 * 1024
"""Bytes of a log file; then it becomes ``NAME.1``, which takes the place of the one before."""

LONGEST: Final = 16 * 1024
"""Characters of one record."""

LEVELS: Final = {
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}

_CUT: Final = 256
"""Characters that go at the end of a record that is too long: half a secret would not be known."""

_APPEND: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)


class RedactingFormatter(logging.Formatter):
    """Redacts the whole of a record: message, trace and all; the one formatter of every handler."""

    def __init__(self, form: str, redactor: Redactor, clock: Clock) -> None:
        super().__init__(form)
        self._redactor = redactor
        self._clock = clock

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of *record* without what must not be seen."""
        text = super().format(record)
        if len(text) <= LONGEST:
            return self._redactor(text)
        return f"{self._redactor(text[:LONGEST])[:-_CUT]}..."

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """Return the instant by our clock, UTC."""
        return self._clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class KeptFormatter(RedactingFormatter):
    """Leaves out what the errors of others say: it may name persons, whom no form gives away."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of *record* as it may lie on the disk."""
        if isinstance(record.args, tuple):
            record = copy(record)
            record.args = tuple(
                each.kept() if isinstance(each, Trace) else each for each in record.args or ()
            )
        return super().format(record)


class LogFile(logging.Handler):
    """A private file (0600) that several processes write to and that stays small.

    It is opened for each record. What keeps it from being written goes, once, to *on_problem*, and
    stops nothing.
    """

    def __init__(self, path: Path, on_problem: Callable[[Exception], None]) -> None:
        super().__init__()
        self._path = path
        self._on_problem: Callable[[Exception], None] | None = on_problem

    def emit(self, record: logging.LogRecord) -> None:
        """Append *record*."""
        try:
            self._append(f"{self.format(record)}\n".encode("utf-8", "backslashreplace"))
        except Exception as error:  # noqa: BLE001  # a log that cannot be written must cost nothing
            say, self._on_problem = self._on_problem, None
            if say is not None:
                say(error)

    def _append(self, data: bytes) -> None:
        private_folder(self._path.parent)
        with exclusive(self._path.with_name(f".{self._path.name}.lock")):
            with suppress(FileNotFoundError):
                if self._path.lstat().st_size + len(data) > LARGEST:
                    self._path.replace(previous(self._path))
            descriptor = os.open(self._path, _APPEND, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                check_private_file(self._path, os.fstat(descriptor))
                file.write(data)


def previous(path: Path) -> Path:
    """Return where the log *path* stands when it became too large."""
    return path.with_name(f"{path.name}.1")


@contextmanager
def attached(handler: logging.Handler, level: int) -> Iterator[None]:
    """Have *handler* write the records from *level* on while the block runs.

    Of other libraries only warnings and worse: what they say besides may hold whole messages.
    """
    root = logging.getLogger()
    before = root.level
    handler.setLevel(level)
    handler.addFilter(_is_ours_or_serious)
    root.addHandler(handler)
    root.setLevel(min(before, level))
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
        handler.close()


def problem_of(error: Exception) -> str:
    """Say in a word what keeps the log from being written."""
    return error.code if isinstance(error, HilumError | EhealthError) else type(error).__name__


def _is_ours_or_serious(record: logging.LogRecord) -> bool:
    return record.name.startswith("hilum") or record.levelno >= logging.WARNING
