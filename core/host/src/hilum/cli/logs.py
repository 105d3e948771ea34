"""The log of one run of the command line: the file, and standard error with ``--verbose``."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from hilum.logs import LEVELS, KeptFormatter, LogFile, RedactingFormatter, attached, problem_of
from hilum.words import _

if TYPE_CHECKING:
    from .app import App


@contextmanager
def log_to(stream: TextIO, app: App) -> Iterator[None]:
    """Write every record of ours, and the serious ones of others, to *stream*, redacted."""
    handler = logging.StreamHandler(stream)
    form = "%(levelname)s %(name)s: %(message)s"
    handler.setFormatter(RedactingFormatter(form, app.redactor, app.clock))
    with attached(handler, logging.DEBUG):
        yield


@contextmanager
def kept_log(app: App) -> Iterator[None]:
    """Keep the records that the settings ask for in the log file while the block runs."""
    level = LEVELS.get(app.log_level)
    if level is None:
        yield
        return

    def say(error: Exception) -> None:
        app.output.note(
            _(
                "The log {path} cannot be written ({problem}).",
                path=app.log_path,
                problem=problem_of(error),
            )
        )

    handler = LogFile(app.log_path, say)
    form = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
    handler.setFormatter(KeptFormatter(form, app.redactor, app.clock))
    with attached(handler, level):
        yield
