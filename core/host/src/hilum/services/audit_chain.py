"""Audit entries, how they are hashed, and what is wrong with a chain of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .audit_files import Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry, as it is kept."""

    writer: str
    sequence: int
    at: str
    """ISO 8601 UTC with six decimals."""

    environment: str
    actor: str
    action: str
    provider_id: str | None
    written: str
    """The data, JSON as it was hashed."""

    previous: str
    hash: str

    @property
    def moment(self) -> datetime:
        """When it was written, aware, UTC."""
        return datetime.fromisoformat(self.at)

    @property
    def data(self) -> Mapping[str, Any]:
        """The data; what cannot be read any more is empty."""
        try:
            data = json.loads(self.written)
        except ValueError:
            return {}
        return data if isinstance(data, dict) else {}

    def sealed(self, hash_: str) -> Entry:
        """Return the entry with its hash."""
        return replace(self, hash=hash_)

    def columns(self) -> dict[str, object]:
        """Return the row to keep."""
        return {**self._hashed(), "hash": self.hash}

    def _hashed(self) -> dict[str, object]:
        return {
            "writer": self.writer,
            "sequence": self.sequence,
            "at": self.at,
            "environment": self.environment,
            "actor": self.actor,
            "action": self.action,
            "provider_id": self.provider_id,
            "data": self.written,
            "previous": self.previous,
        }


def digest(entry: Entry) -> str:
    """Hash *entry*, the hash of the one before it included (SHA-256 over canonical JSON)."""
    from hashlib import sha256

    hashed = json.dumps(entry._hashed(), sort_keys=True, separators=(",", ":"))
    return sha256(hashed.encode()).hexdigest()


class Flaw(Enum):
    """What is wrong at one place of a chain."""

    CHANGED = "changed"
    """The entry is not as it was written."""

    MISSING = "missing"
    """Entries before this one are gone."""

    UNLINKED = "unlinked"
    """The entry does not follow the one before it: one of the two was exchanged or rewritten."""

    HEAD_MISSING = "head-missing"
    """The newest entry that this installation wrote is gone, or is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One place of a chain where something is wrong."""

    sequence: int
    flaw: Flaw


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The entries of one writer."""

    writer: str
    entries: int
    head: str
    """Hash of the newest entry: note it elsewhere, and a later chain can be compared with it."""

    last_at: str
    problems: tuple[Problem, ...] = ()


def examine(entries: Iterable[Entry], genesis: str, noted: Head | None) -> Sequence[Chain]:
    """Examine *entries*, sorted by writer and sequence; *noted* is this installation's own head."""
    chains = [
        _chain(writer, list(group), genesis, noted if noted and noted.writer == writer else None)
        for writer, group in groupby(entries, key=lambda entry: entry.writer)
    ]
    if noted is not None and noted.writer not in {chain.writer for chain in chains}:
        gone = Problem(sequence=noted.sequence, flaw=Flaw.HEAD_MISSING)
        chains.append(
            Chain(writer=noted.writer, entries=0, head=genesis, last_at="", problems=(gone,))
        )
    return chains


def _chain(writer: str, entries: list[Entry], genesis: str, noted: Head | None) -> Chain:
    problems = [*_flaws(entries, genesis)]
    if noted is not None and not any(
        (entry.sequence, entry.hash) == (noted.sequence, noted.hash) for entry in entries
    ):
        problems.append(Problem(sequence=noted.sequence, flaw=Flaw.HEAD_MISSING))
    return Chain(
        writer=writer,
        entries=len(entries),
        head=entries[-1].hash,
        last_at=entries[-1].at,
        problems=tuple(problems),
    )


def _flaws(entries: list[Entry], genesis: str) -> Iterator[Problem]:
    expected, previous = 1, genesis
    for entry in entries:
        if digest(entry) != entry.hash:
            yield Problem(sequence=entry.sequence, flaw=Flaw.CHANGED)
        elif entry.sequence != expected:
            yield Problem(sequence=entry.sequence, flaw=Flaw.MISSING)
        elif entry.previous != previous:
            yield Problem(sequence=entry.sequence, flaw=Flaw.UNLINKED)
        expected, previous = entry.sequence + 1, entry.hash
