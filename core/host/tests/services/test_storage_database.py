"""The common database: made by itself, private, and every refusal an error of ours."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hilum.storage.database import Database
from hilum.storage.errors import storage_error
from hilum.storage.tables import AUDIT, host_tables
from hilum_hookspecs import StorageError
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

TABLE = host_tables().tables[AUDIT]


def add(database: Database, sequence: int) -> None:
    with database.begin() as connection:
        connection.execute(TABLE.insert().values(row(sequence)))


def row(sequence: int) -> dict[str, object]:
    texts = ("at", "environment", "actor", "action", "data", "previous", "hash")
    return {"writer": "w", "sequence": sequence, **dict.fromkeys(texts, "x")}


def sequences(database: Database) -> list[int]:
    with database.begin() as connection:
        return list(connection.execute(select(TABLE.c.sequence)).scalars())


def refusal(database: Database) -> StorageError:
    with pytest.raises(StorageError) as raised, database.begin():
        pytest.fail("it was opened")
    return raised.value


def fail_after(database: Database, action: Callable[[], None]) -> None:
    with pytest.raises(ZeroDivisionError):
        _fail_after(database, action)


def _fail_after(database: Database, action: Callable[[], None]) -> None:
    with database.begin():
        action()
        raise ZeroDivisionError


def test_a_new_database_is_made_with_its_tables_and_is_private(database, data_folder):
    add(database, 1)

    assert sequences(database) == [1]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in data_folder.glob("hilum.db*")}
    assert set(modes.values()) == {0o600}
    assert "hilum.db-wal" in modes


def test_nothing_is_made_before_the_first_transaction(database, data_folder):
    assert list(data_folder.iterdir()) == []


def test_what_was_committed_is_seen_by_the_next_process(make_database):
    add(make_database(), 1)

    assert sequences(make_database()) == [1]


def test_a_block_that_raises_leaves_nothing_also_of_the_transactions_inside_it(database):
    fail_after(database, lambda: add(database, 1))

    assert sequences(database) == []


def test_an_inner_transaction_can_be_undone_alone(database):
    with database.begin() as connection:
        add(database, 1)
        with pytest.raises(StorageError):
            add(database, 1)
        connection.execute(TABLE.insert().values(row(2)))

    assert sequences(database) == [1, 2]


def test_what_waits_for_the_commit_runs_after_it_and_never_without_it(database):
    heard = []
    fail_after(database, lambda: database.after_commit(lambda: heard.append("undone")))
    with database.begin():
        database.after_commit(lambda: heard.append("done"))
        assert heard == []

    assert heard == ["done"]


@pytest.mark.attack("D7")
def test_a_file_that_others_may_read_is_refused_and_not_repaired(make_database, data_folder):
    add(make_database(), 1)
    (data_folder / "hilum.db").chmod(0o644)

    error = refusal(make_database())

    assert error.code == "storage.unsafe-mode"
    assert error.details["mode"] == "0644"


@pytest.mark.attack("D7")
def test_a_link_in_the_place_of_the_file_is_refused(database, data_folder, tmp_path):
    (tmp_path / "elsewhere.db").touch(mode=0o600)
    (data_folder / "hilum.db").symlink_to(tmp_path / "elsewhere.db")

    assert refusal(database).code == "storage.not-a-file"


@pytest.mark.attack("H1")
def test_a_file_that_is_no_database_is_an_error_of_ours(database, data_folder):
    path = data_folder / "hilum.db"
    path.touch(mode=0o600)
    path.write_bytes(b"not a database, whatever its name says" * 100)

    error = refusal(database)

    assert (error.code, error.details["path"]) == ("storage.database", str(path))
    assert "not a database" in str(error.details["problem"])


@pytest.mark.attack("H1")
def test_a_database_in_use_elsewhere_is_locked_after_the_time_limit(make_database, data_folder):
    add(make_database(), 1)
    other = sqlite3.connect(data_folder / "hilum.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        error = refusal(make_database(busy_timeout=timedelta(milliseconds=20)))
    finally:
        other.close()

    assert error.code == "storage.locked"


@pytest.mark.attack("H1")
def test_a_full_disk_is_named_and_what_was_there_stays(database):
    add(database, 1)
    with database.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError) as raised, database.begin() as connection:
        connection.execute(TABLE.insert().values({**row(2), "data": "x" * 1_000_000}))

    assert raised.value.code == "storage.disk-full"
    assert sequences(database) == [1]


@pytest.mark.attack("C2")
def test_values_of_a_statement_that_fails_are_in_no_error(database):
    canary = "85073003328"
    with pytest.raises(StorageError) as raised, database.begin() as connection:
        connection.execute(text("insert into nowhere values (:niss)"), {"niss": canary})

    seen: BaseException | None = raised.value
    while seen is not None:
        assert canary not in f"{seen!s} {seen!r} {getattr(seen, 'details', '')}"
        seen = seen.__cause__


@pytest.mark.parametrize(
    "url", ["not a url", "sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"]
)
def test_what_names_no_lasting_database_is_refused(data_folder, url):
    assert refusal(Database(url, lambda: (), data_folder)).code == "storage.url"
    assert list(data_folder.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("SQLITE_IOERR_SHMSIZE", "storage.disk-full"),
        ("SQLITE_IOERR_FSYNC", "storage.disk-full"),
        ("SQLITE_CANTOPEN", "storage.disk-full"),
        ("SQLITE_IOERR_WRITE", "storage.disk-full"),
        ("SQLITE_CORRUPT", "storage.database"),
    ],
)
def test_what_fails_because_the_disk_is_full_is_no_damage(tmp_path, monkeypatch, name, said):
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=0))

    assert said_of(name, tmp_path).code == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("SQLITE_IOERR_SHMSIZE", "storage.database"),
        ("SQLITE_CANTOPEN", "storage.not-readable"),
        ("SQLITE_READONLY_DBMOVED", "storage.not-writable"),
    ],
)
def test_with_room_on_the_disk_the_same_is_something_else(tmp_path, monkeypatch, name, said):
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=10**9))

    assert said_of(name, tmp_path).code == said


def said_of(name: str, folder: Path) -> StorageError:
    cause = sqlite3.OperationalError("disk I/O error")
    cause.sqlite_errorname = name
    return storage_error(OperationalError("", {}, cause), str(folder / "hilum.db"))


def test_a_database_whose_driver_is_not_installed_is_named(data_folder):
    database = Database("oracle+oracledb://desk@host/hilum", lambda: (), data_folder)

    error = refusal(database)

    assert (error.code, error.details["driver"]) == ("storage.driver-missing", "oracle+oracledb")


@pytest.mark.attack("H1")
def test_processes_that_begin_at_once_all_write(make_database, data_folder):
    script = (
        "import sys; from pathlib import Path; from hilum.storage.database import Database\n"
        "from hilum.storage.tables import host_tables, AUDIT\n"
        "folder = Path(sys.argv[1]); texts = 'at environment actor action data previous hash'\n"
        "database = Database(f'sqlite:///{folder / \"hilum.db\"}', lambda: (), folder)\n"
        "row = {**dict.fromkeys(texts.split(), 'x'), 'writer': 'w', 'sequence': sys.argv[2]}\n"
        "with database.begin() as c: c.execute(host_tables().tables[AUDIT].insert().values(row))\n"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", script, str(data_folder), str(number)])
        for number in range(4)
    ]

    assert [child.wait(60) for child in children] == [0, 0, 0, 0]
    assert sorted(sequences(make_database())) == [0, 1, 2, 3]


def test_a_database_that_may_not_be_written_is_read_and_left_alone(
    make_database, data_folder, monkeypatch
):
    from hilum.storage import engine

    writing = make_database()
    add(writing, 1)
    writing.close()
    before = sorted(path.name for path in data_folder.iterdir())
    monkeypatch.setattr(engine, "may_write", lambda path: False)

    reading = make_database()

    assert sequences(reading) == [1]
    with pytest.raises(StorageError) as raised:
        add(reading, 2)
    assert raised.value.code == "storage.not-writable"
    assert sorted(path.name for path in data_folder.iterdir()) == before
