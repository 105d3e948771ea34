"""The audit as a file for whoever wants to look at it elsewhere."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hilum_hookspecs import ConfigurationError
from hilum_hookspecs.csv_files import csv_bytes

from hilum.folders import write_atomically

from .audit import AuditLog, Query
from .audit_chain import Chain, Entry

FORMAT: Final = "hilum-audit-1"
HEAD: Final = "audit.head"
"""The action of the rows of a CSV file that tell the heads."""

COLUMNS: Final = (
    *("at", "environment", "actor", "action", "provider", "data"),
    *("writer", "sequence", "previous", "hash"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    entries: int
    chains: Sequence[Chain]

    @property
    def whole(self) -> bool:
        """Whether nothing was changed or removed."""
        return not any(chain.problems for chain in self.chains)


def export(audit: AuditLog, query: Query, path: Path, form: str, now: datetime) -> Exported:
    """Write the entries that *query* wants, and every chain's head, to the new file *path* (0600).

    *form* is ``csv`` or ``jsonl`` (JSON lines; the first one tells the heads). The export itself
    is written down first. Raises ``usage.file-exists`` and ``storage.*``.
    """
    if os.path.lexists(path):
        raise ConfigurationError("usage.file-exists", path=str(path))
    audit.record("audit.exported", form=form)
    entries, chains = audit.snapshot(query)
    write = _csv if form == "csv" else _lines
    write_atomically(path, write(entries, chains, now))
    return Exported(entries=len(entries), chains=chains)


def _lines(entries: Sequence[Entry], chains: Sequence[Chain], now: datetime) -> bytes:
    return "".join(
        json.dumps(document, ensure_ascii=False) + "\n"
        for document in _documents(entries, chains, now)
    ).encode()


def _documents(
    entries: Sequence[Entry], chains: Sequence[Chain], now: datetime
) -> Iterator[dict[str, object]]:
    yield {
        "format": FORMAT,
        "exported_at": now.astimezone(UTC).isoformat(),
        "chains": [
            {
                "writer": chain.writer,
                "entries": chain.entries,
                "head": chain.head,
                "problems": _problems(chain),
            }
            for chain in chains
        ],
    }
    for entry in entries:
        yield {**_common(entry), "data": entry.data, "sequence": entry.sequence}


def _csv(entries: Sequence[Entry], chains: Sequence[Chain], now: datetime) -> bytes:
    rows = [
        {**_common(entry), "data": entry.written, "sequence": str(entry.sequence)}
        for entry in entries
    ]
    heads = [
        {
            "at": now.astimezone(UTC).isoformat(),
            "action": HEAD,
            "data": json.dumps({"entries": chain.entries, "problems": _problems(chain)}),
            "writer": chain.writer,
            "hash": chain.head,
        }
        for chain in chains
    ]
    return csv_bytes(COLUMNS, [*rows, *heads])


def _common(entry: Entry) -> dict[str, str]:
    return {
        "at": entry.at,
        "environment": entry.environment,
        "actor": entry.actor,
        "action": entry.action,
        "provider": entry.provider_id or "",
        "writer": entry.writer,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _problems(chain: Chain) -> list[dict[str, object]]:
    return [{**asdict(problem), "flaw": problem.flaw.value} for problem in chain.problems]
