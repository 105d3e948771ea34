"""Showing results: words for a person, one JSON document for a script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from enum import Enum
from pathlib import PurePath
from typing import TextIO

from hilum.failures import ContractError
from hilum.plain import jsonable as jsonable_or_text
from hilum.plain import printable


class OutputLost(OSError):
    """Standard output takes no more: what it leads to is full, or fails."""


class CliOutput:
    """The port ``Output`` on the standard streams.

    An environment other than production is named in every result.
    """

    def __init__(
        self,
        *,
        stdout: TextIO,
        stderr: TextIO,
        as_json: bool = False,
        quiet: bool = False,
    ) -> None:
        self._stdout = stdout
        self._stderr = stderr
        self.as_json = as_json
        self._quiet = quiet
        self._named = False
        self._streamed = False
        self._complete = False
        self.environment: str | None = None
        """Name of the environment that must be told, ``None`` for production."""

        self.shown = False
        """Whether a result went out."""

    def show(self, document: Mapping[str, object], lines: Iterable[str]) -> None:
        """Show the result of a command, once; ``RuntimeError`` for a second one.

        ``TypeError`` for a document that JSON cannot hold.
        """
        if self._complete:
            raise RuntimeError("the result was shown already")
        self._complete = self.shown = True
        if self.as_json:
            self._write_json(self._with_environment(document), indent=2)
            return
        self._name_environment()
        with _telling_loss():
            for line in lines:
                print(printable(line), file=self._stdout)
            self._stdout.flush()

    def stream(self, document: Mapping[str, object], line: str) -> None:
        """Show one of many results at once, one JSON document a line."""
        self.shown = self._streamed = True
        if self.as_json:
            self._write_json(self._with_environment(document), indent=None)
            return
        self._name_environment()
        with _telling_loss():
            print(printable(line), file=self._stdout, flush=True)

    def note(self, text: str) -> None:
        """Say something beside the result, unless all must be quiet."""
        if not self._quiet:
            print(printable(text), file=self._stderr, flush=True)

    def trace(self, line: str) -> None:
        """Say what was asked to be traced, however quiet all else must be."""
        print(printable(line), file=self._stderr, flush=True)

    def error(self, document: Mapping[str, object], lines: Iterable[str]) -> None:
        """Show what went wrong: the JSON document on standard output, else words on the other.

        After a result, which must stay the only document, words are all there is.
        """
        self.shown = True
        if self.as_json and not self._complete:
            error = jsonable_or_text(document, jsonable)
            self._write_json({"error": error}, indent=None if self._streamed else 2)
            return
        self._name_environment()
        for line in lines:
            print(printable(line), file=self._stderr)
        self._stderr.flush()

    def _name_environment(self) -> None:
        from hilum.words import _

        if self.environment and not self._named:
            self._named = True
            self.note(_("Environment: {name}", name=self.environment))

    def _with_environment(self, document: Mapping[str, object]) -> Mapping[str, object]:
        if self.environment is None or "environment" in document:
            return document
        return {"environment": self.environment, **document}

    def _write_json(self, document: Mapping[str, object], *, indent: int | None) -> None:
        import json

        plain = "utf" not in (self._stdout.encoding or "utf-8").lower()
        try:
            text = json.dumps(document, indent=indent, ensure_ascii=plain, default=jsonable)
        except (TypeError, ValueError, RecursionError):
            self._complete = self.shown = False
            raise
        with _telling_loss():
            print(text, file=self._stdout, flush=True)


@contextmanager
def _telling_loss() -> Iterator[None]:
    """Tell a standard output that fails from whatever else fails; a reader who left is neither."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputLost(error.errno, error.strerror) from error


def jsonable(value: object) -> object:
    """Return *value* as something JSON has: instants in ISO 8601 with offset, enums by value."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return list(value)
    raise ContractError(f"{type(value).__name__} has no form in JSON")
