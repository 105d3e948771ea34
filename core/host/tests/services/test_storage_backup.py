"""Copies of databases, one in the place of another, and what was left half-written."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hilum.storage import backup, engine
from hilum.storage.backup import checked_copy, put_in_place, used_alone
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

WRITING = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0.1)
try:
    database.execute("insert into note values ('late')")
    print("written")
except sqlite3.OperationalError as error:
    print(error)
"""

HALF = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("pragma cache_size = 5")
database.execute("begin")
database.execute("update note set text = 'half'")
os._exit(0)
"""


@pytest.fixture
def present(tmp_path):
    return make(tmp_path / "present.db", ["one"])


def make(path: Path, notes: list[str]) -> Path:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table note (text)")
        database.executemany("insert into note values (?)", [(note,) for note in notes])
    return path


def notes(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return [text for (text,) in database.execute("select text from note")]


def run(source: str, path: Path) -> str:
    command = [sys.executable, "-c", source, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.attack("H1")
def test_on_a_disk_without_links_nobody_writes_to_what_is_about_to_be_replaced(
    present, tmp_path, monkeypatch
):
    source, kept = make(tmp_path / "source.db", ["two"]), tmp_path / "kept.db"
    said = []
    replace = backup.os.replace

    def replacing(old, new):
        if new == present:
            said.append(run(WRITING, present))
        replace(old, new)

    monkeypatch.setattr(backup, "_linked", lambda source, target: False)
    monkeypatch.setattr(backup.os, "replace", replacing)

    with checked_copy(source, present, at_rest=True) as copy, used_alone(present) as alone:
        put_in_place(copy, present, kept, alone=alone)

    assert said == ["database is locked"]
    assert (notes(present), notes(kept)) == (["two"], ["one"])
    assert kept.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "kept.db",
        "present.db",
        "source.db",
    ]


def test_on_a_disk_without_links_what_cannot_be_read_is_kept_as_it_is(tmp_path, monkeypatch):
    present, kept = tmp_path / "present.db", tmp_path / "kept.db"
    present.write_bytes(b"no database" * 1000)
    source = make(tmp_path / "source.db", ["two"])
    monkeypatch.setattr(backup, "_linked", lambda source, target: False)

    with checked_copy(source, present, at_rest=True) as copy, used_alone(present) as alone:
        put_in_place(copy, present, kept, alone=alone)

    assert notes(present) == ["two"]
    assert kept.read_bytes() == b"no database" * 1000


@pytest.mark.attack("H1")
def test_what_a_program_that_was_ended_wrote_in_part_is_not_in_the_copy(tmp_path):
    source = make(tmp_path / "source.db", ["whole" * 100] * 3000)
    run(HALF, source)
    assert (tmp_path / "source.db-journal").exists()

    with checked_copy(source, tmp_path / "new.db", at_rest=True) as copy:
        copied = set(notes(copy))

    assert copied == {"whole" * 100}


@pytest.mark.attack("H1")
def test_nor_is_it_read_where_nothing_may_be_written(tmp_path, monkeypatch):
    source = make(tmp_path / "source.db", ["whole" * 100] * 3000)
    run(HALF, source)
    monkeypatch.setattr(engine, "may_write", lambda path: False)
    reading = engine.make_engine(make_url(f"sqlite:///{source}"), busy_timeout=timedelta(0))

    with pytest.raises(OperationalError, match="readonly"), reading.connect() as connection:
        connection.exec_driver_sql("select text from note").fetchall()

    assert (tmp_path / "source.db-journal").exists()
