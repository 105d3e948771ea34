"""Importing many records from a file, beside the same rows put into a bare table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from .measuring import in_turn
from .rows import Row, ratio_row
from .stage import PROFESSION

ROUNDS = 5
COUNT = 2_000

Record = tuple[str, str, str, str]
"""Last name, first names, NISS, INAMI number."""


def rows(folder: Path) -> list[Row]:
    """Import new records each round, every number checked; SQLite on both sides."""
    from hilum.clock import SystemClock
    from hilum.testing.cli import CliRunner

    hilum = CliRunner(folder / "data", SystemClock())
    hilum.plugins = None
    if hilum("db", "upgrade").exit_code:
        raise RuntimeError("no database")
    database = _bare_database(folder / "bare.db")
    ours, theirs = map(_batches, (folder / "ours.csv", folder / "theirs.csv"))

    def import_file() -> None:
        file, _records = next(ours)
        result = hilum("--quiet", "provider", "import", str(file))
        if result.exit_code:
            raise RuntimeError(result.errors)

    def insert() -> None:
        _file, records = next(theirs)
        with database:
            database.executemany("insert into provider values (?, ?, ?, ?)", records)

    times = in_turn({"ours": import_file, "theirs": insert}, rounds=ROUNDS, warm_up=1)
    database.close()
    return [
        ratio_row(
            "import a provider from a file",
            times["ours"].per(COUNT),
            times["theirs"].per(COUNT),
            beside="sqlite3 executemany, unchecked",
        )
    ]


def _bare_database(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute(
        "create table provider (last_name text, first_names text, niss text unique, inami text)"
    )
    database.execute("create index by_inami on provider (inami)")
    return database


def _batches(file: Path) -> Iterator[tuple[Path, list[Record]]]:
    """Write the next records into *file* each time; returns them too."""
    for start in count(step=COUNT):
        records = [_record(start + place) for place in range(COUNT)]
        lines = [
            f"{last},{first},{niss},{PROFESSION}:{inami}" for last, first, niss, inami in records
        ]
        file.write_text("\n".join(["last_name,first_names,niss,inami", *lines, ""]))
        yield file, records


def _record(place: int) -> Record:
    year, month, day = 50 + place % 50, place // 50 % 12 + 1, place // 600 % 28 + 1
    nine = f"{year}{month:02}{day:02}{place // 16_800 % 997 + 1:03}"
    six = 500_000 + place
    niss = f"{nine}{97 - int(nine) % 97:02}"
    return f"Example {place}", "Alice", niss, f"{six}{97 - six % 97:02}501"
