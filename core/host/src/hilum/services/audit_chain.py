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

    HEAD_UNKNOWN = "head-unknown"
    """The note of the newest entry is gone, so that entries after this one may be gone too."""


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


def examine(
    entries: Iterable[Entry], genesis: str, own: str | None, noted: Head | None
) -> Sequence[Chain]:
    """Examine *entries*, sorted by writer and sequence.

    *own* is the name of this installation, ``None`` when it wrote nothing yet, and *noted* the
    newest entry that it knows to have written.
    """
    chains = [
        _chain(writer, list(group), genesis)
        for writer, group in groupby(entries, key=lambda entry: entry.writer)
    ]
    if own is None:
        return [chain for chain, _ in chains]
    return _with_end(chains, own, genesis, noted)


def is_there(noted: Head, genesis: str, found: str | None) -> bool:
    """Tell whether *found*, the hash at the noted sequence, is that of the noted entry.

    Before the first entry nothing is to be found.
    """
    return noted.hash == (genesis if noted.sequence == 0 else found)


def _with_end(
    chains: list[tuple[Chain, dict[int, str]]], own: str, genesis: str, noted: Head | None
) -> Sequence[Chain]:
    """Add to the chain of *own* what is wrong with its end, even when nothing is left of it."""
    nothing = Chain(writer=own, entries=0, head=genesis, last_at="")
    if own not in {chain.writer for chain, _ in chains}:
        chains.append((nothing, {}))
    examined = []
    for chain, hashes in chains:
        problem = _end(hashes, genesis, own, noted) if chain.writer == own else None
        ended = chain if problem is None else replace(chain, problems=(*chain.problems, problem))
        if ended != nothing:
            examined.append(ended)
    return examined


def _end(hashes: dict[int, str], genesis: str, own: str, noted: Head | None) -> Problem | None:
    if noted is None or noted.writer != own:
        return Problem(sequence=max(hashes, default=0), flaw=Flaw.HEAD_UNKNOWN)
    if is_there(noted, genesis, hashes.get(noted.sequence)):
        return None
    return Problem(sequence=noted.sequence, flaw=Flaw.HEAD_MISSING)


def _chain(writer: str, entries: list[Entry], genesis: str) -> tuple[Chain, dict[int, str]]:
    chain = Chain(
        writer=writer,
        entries=len(entries),
        head=entries[-1].hash,
        last_at=entries[-1].at,
        problems=tuple(_flaws(entries, genesis)),
    )
    return chain, {entry.sequence: entry.hash for entry in entries}


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
