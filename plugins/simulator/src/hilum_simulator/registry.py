"""Who the simulated platform knows: persons, their professions and INAMI numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from types import MappingProxyType
from typing import Any, Final, Self

from .live_file import LiveFile


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredProvider:
    """A person whom the platform recognises."""

    niss: str = field(repr=False)
    """Eleven digits."""

    surname: str = field(repr=False)
    given_names: tuple[str, ...] = field(repr=False)
    professions: Mapping[str, str] = field(default_factory=dict)
    """The INAMI number of eleven digits per profession."""

    pharmacies: tuple[str, ...] = ()
    """INAMI numbers of the pharmacies that the person holds."""

    @classmethod
    def from_json(cls, niss: str, entry: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        return cls(
            niss=niss,
            surname=str(entry["surname"]),
            given_names=tuple(map(str, entry["given_names"])),
            professions={str(k): str(v) for k, v in entry.get("professions", {}).items()},
            pharmacies=tuple(map(str, entry.get("pharmacies", ()))),
        )

    def to_json(self) -> dict[str, object]:
        """Write all but the NISS, which is the key in the file."""
        return {
            "surname": self.surname,
            "given_names": list(self.given_names),
            "professions": dict(self.professions),
            "pharmacies": list(self.pharmacies),
        }


EXAMPLE: Final = RegisteredProvider(
    niss="85073003328",
    surname="Example",
    given_names=("Alice", "Anne"),
    professions=MappingProxyType({"physiotherapist": "54123426501"}),
)
"""The made-up person whom every new simulator knows."""


class Registry:
    """The persons by NISS; with a *file* (a JSON object by NISS) another process can add to it."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = LiveFile(file)
        self._lock = RLock()

    def add(self, provider: RegisteredProvider) -> None:
        """Put *provider* in, in the place of an entry with the same NISS."""
        with self._lock:
            self._file.write({**self._file.read()[0], provider.niss: provider.to_json()})

    def remove(self, niss: str) -> None:
        """Take the person out."""
        with self._lock:
            self._file.write({k: v for k, v in self._file.read()[0].items() if k != niss})

    def find(self, niss: str) -> RegisteredProvider | None:
        """Return the person, or ``None`` when the platform does not know one."""
        with self._lock:
            entry = self._file.read()[0].get(niss)
        return None if entry is None else RegisteredProvider.from_json(niss, entry)

    def all(self) -> tuple[RegisteredProvider, ...]:
        """Return everybody."""
        with self._lock:
            entries = dict(self._file.read()[0])
        return tuple(RegisteredProvider.from_json(niss, entry) for niss, entry in entries.items())
