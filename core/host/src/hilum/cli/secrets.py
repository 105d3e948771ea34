"""Secrets that a script gives beforehand: ``--secret NAME=fd:N|env:VAR|file:PATH``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import Final

from hilum_hookspecs import ConfigurationError

from hilum.folders import check_private_file

_LIMIT: Final = 65536
"""Bytes that a secret may have; stops an endless pipe."""


class GivenSecrets:
    """Answers by name. What came from the environment was taken out of it when this was made.

    Pipes and files are read at the first use. The representation shows names, never values.
    """

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = dict(values or {})
        self._readers: dict[str, Callable[[], str]] = {}

    @classmethod
    def parse(cls, options: Iterable[str], environ: MutableMapping[str, str]) -> GivenSecrets:
        """Read the *options*, each ``NAME=fd:N``, ``NAME=env:VAR`` or ``NAME=file:PATH``.

        Every variable named is removed from *environ* at once. Raises ``secret.source-invalid``,
        ``secret.given-twice`` and ``secret.unreadable``.
        """
        given = cls()
        taken: dict[str, str] = {}
        for option in options:
            name, equals, source = option.partition("=")
            kind, _, where = source.partition(":")
            if not name or not where or kind not in ("fd", "env", "file"):
                # Without "=" it may be the secret itself, typed by mistake.
                raise ConfigurationError("secret.source-invalid", name=name if equals else "")
            if name in given._values or name in given._readers:
                raise ConfigurationError("secret.given-twice", name=name)
            if kind == "env":
                if where not in taken and where in environ:
                    taken[where] = environ.pop(where)
                given._values[name] = _from_environ(name, where, taken)
            else:
                given._readers[name] = _reader(name, kind, where)
        return given

    @property
    def names(self) -> set[str]:
        """The names of the secrets that were given."""
        return {*self._values, *self._readers}

    def __contains__(self, name: str) -> bool:
        """Tell whether *name* was given."""
        return name in self._values or name in self._readers

    def __getitem__(self, name: str) -> str:
        """Return the secret *name*; one that is empty is refused (``secret.empty``)."""
        if name in self._readers:
            self._values[name] = self._readers.pop(name)()
        if not self._values[name]:
            raise ConfigurationError("secret.empty", name=name)
        return self._values[name]

    def __repr__(self) -> str:
        return f"GivenSecrets({', '.join(sorted(self.names))})"


def _from_environ(name: str, variable: str, taken: Mapping[str, str]) -> str:
    if variable not in taken:
        raise ConfigurationError("secret.unreadable", name=name, source="env", where=variable)
    return taken[variable]


def _reader(name: str, kind: str, where: str) -> Callable[[], str]:
    if kind == "file":
        return lambda: _read_file(name, Path(where).expanduser())
    if not where.isdecimal():
        raise ConfigurationError("secret.source-invalid", name=name)
    return lambda: _read_descriptor(name, int(where))


def _read_file(name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            check_private_file(path, os.fstat(file.fileno()))
            return _text(name, file.read(_LIMIT))
    except OSError as error:
        raise ConfigurationError(
            "secret.unreadable", name=name, source="file", where=str(path)
        ) from error


def _read_descriptor(name: str, descriptor: int) -> str:
    try:
        with os.fdopen(descriptor, "rb") as pipe:
            return _text(name, pipe.read(_LIMIT))
    except OSError as error:
        raise ConfigurationError(
            "secret.unreadable", name=name, source="fd", where=str(descriptor)
        ) from error


def _text(name: str, data: bytes) -> str:
    """Return *data* as text without the line end that an editor or ``echo`` left."""
    try:
        return data.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        # The decoder's error holds the bytes: it must not become a cause.
        raise ConfigurationError("secret.not-text", name=name) from None
