"""Copies of a SQLite database, made whole and checked before they get their name."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from hilum_ehealth.files import storage_error as file_error
from hilum_ehealth.files import sync_folder, write_atomically
from hilum_hookspecs import ConfigurationError, StorageError

from .engine import is_whole
from .errors import storage_error
from .schema import VERSION_TABLE

_WAIT: Final = 5.0
"""Seconds that a copy waits for whoever is writing."""

_NO_LINKS: Final = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)
"""What a disk says on which a file has one name only."""

_BROKEN: Final = ("SQLITE_NOTADB", "SQLITE_CORRUPT")

_BESIDE: Final = ("-journal", "-wal", "-shm")
"""How the files end that SQLite keeps beside a database."""


@contextlib.contextmanager
def checked_copy(source: Path, target: Path, *, at_rest: bool) -> Iterator[Path]:
    """Copy the database *source* to a file beside *target*, gone again when the block ends.

    The copy is a single file 0600, on the disk, and was opened and checked. *at_rest* says that
    nobody writes to *source*, which may then stand where we cannot write. Raises
    ``storage.not-found``, ``storage.not-a-database`` (``path``), ``storage.damaged`` (``path``,
    ``problem``) and the ``storage.*`` of a full disk and the like.
    """
    if not source.is_file():
        raise StorageError("storage.not-found", path=str(source))
    with _new_file(target) as copy:
        _copy(source, copy, at_rest=at_rest)
        _check(copy, source)
        _sync(copy)
        yield copy


def files_of(path: Path) -> tuple[Path, ...]:
    """Return the database file *path* and those that SQLite may keep beside it."""
    return (path, *(path.with_name(f"{path.name}{end}") for end in _BESIDE))


def is_one_of(path: Path, database: Path) -> bool:
    """Tell whether *path* is the file *database* or one that SQLite may keep beside it."""
    return any(_same_file(path, each) for each in files_of(database))


def take_name(copy: Path, target: Path, *, replace: bool) -> None:
    """Give *copy* its name at once; raises ``usage.file-exists`` unless it may *replace*."""
    try:
        if not replace and _linked(copy, target):
            pass
        elif not replace and os.path.lexists(target):
            raise FileExistsError
        else:
            os.replace(copy, target)
        sync_folder(target.parent)
    except FileExistsError:
        raise ConfigurationError("usage.file-exists", path=str(target), option="--force") from None
    except OSError as error:
        raise file_error(error, target) from error


def revisions(path: Path) -> dict[str, str]:
    """Return the revision of each plugin's tables in the database at *path*."""
    with _opened(f"{path.absolute().as_uri()}?mode=ro", path) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        tables = [name for (name,) in names if name.startswith(VERSION_TABLE)]
        return {table.removeprefix(VERSION_TABLE): _revision(connection, table) for table in tables}


@contextlib.contextmanager
def used_alone(path: Path) -> Iterator[sqlite3.Connection | None]:
    """Keep every other process out of the database at *path* while the block runs.

    It is then a single file. ``None`` stands for one that is too damaged to be opened. Raises
    ``storage.locked``.
    """
    with _opened(path.absolute().as_uri(), path) as connection:
        alone: sqlite3.Connection | None = connection
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.DatabaseError as error:
            if not str(getattr(error, "sqlite_errorname", "")).startswith(_BROKEN):
                raise
            alone = None
        yield alone


def carry_rows(
    connection: sqlite3.Connection,
    copy: Path,
    table: str,
    columns: Sequence[str],
    key: Sequence[str],
) -> bool:
    """Add the rows of *table* that *copy* lacks, by *key*; tells whether both could be read."""
    connection.execute("ATTACH ? AS copy", (str(copy),))
    try:
        for schema in ("main", "copy"):
            there = connection.execute(f"PRAGMA {schema}.table_info({table})").fetchall()
            if not set(columns) <= {row[1] for row in there}:
                return False
        names = ", ".join(columns)
        same = " AND ".join(f"there.{each} = here.{each}" for each in key)
        connection.execute(
            f"INSERT INTO copy.{table} ({names}) SELECT {names} FROM main.{table} AS here "  # noqa: S608  # our own names
            f"WHERE NOT EXISTS (SELECT 1 FROM copy.{table} AS there WHERE {same}) ORDER BY id"
        )
    except sqlite3.DatabaseError as error:
        if not str(getattr(error, "sqlite_errorname", "")).startswith(_BROKEN):
            raise storage_error(error, str(copy)) from error
        return False
    finally:
        connection.execute("DETACH copy")
    return True


def put_in_place(
    copy: Path, present: Path, kept: Path, *, alone: sqlite3.Connection | None
) -> None:
    """Put *copy* in the place of *present*, which goes on to be *kept*, in one step.

    Nobody else may have *present* open: *alone* is what :func:`used_alone` gave. What SQLite left
    beside one that is too damaged to be opened may belong to it and is kept with it.
    """
    try:
        if not _linked(present, kept):
            _copy_present(present, kept, alone)
        # A journal that stays behind would be taken for that of the new file.
        for end in _BESIDE:
            with contextlib.suppress(FileNotFoundError):
                if alone is None:
                    os.replace(f"{present}{end}", f"{kept}{end}")
                else:
                    os.unlink(f"{present}{end}")
        os.replace(copy, present)
        sync_folder(present.parent)
    except OSError as error:
        raise file_error(error, present) from error


def _copy_present(present: Path, kept: Path, alone: sqlite3.Connection | None) -> None:
    """Copy *present* to *kept* and go on keeping the others out.

    A file that we open and close loses the locks that SQLite holds on it in this process, so that
    SQLite itself has to read it. One that it cannot read goes as it is.
    """
    if alone is None:
        write_atomically(kept, present.read_bytes())
        return
    with _new_file(kept) as copy:
        with _opened(copy.absolute().as_uri(), copy) as writing:
            alone.backup(writing)
        _sync(copy)
        os.replace(copy, kept)


@contextlib.contextmanager
def _new_file(target: Path) -> Iterator[Path]:
    """Make an empty file 0600 beside *target*, gone again when the block ends."""
    new = target.with_name(f".{target.name}.{os.urandom(8).hex()}")
    try:
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield new
    except OSError as error:
        raise file_error(error, target) from error
    finally:
        for left in files_of(new):
            with contextlib.suppress(OSError):
                left.unlink()


def _copy(source: Path, copy: Path, *, at_rest: bool) -> None:
    # With a journal beside it SQLite must undo in *source* what was written there in part.
    undo = at_rest and source.with_name(f"{source.name}-journal").exists()
    address = f"{source.absolute().as_uri()}?mode={'rw' if undo else 'ro'}"
    if at_rest and is_whole(source):
        address += "&immutable=1"
    with _opened(address, source) as reading, _opened(copy.absolute().as_uri(), copy) as writing:
        try:
            reading.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.DatabaseError as error:
            raise _refused(error, source) from error
        reading.backup(writing)
        writing.execute("PRAGMA journal_mode = DELETE")


def _check(copy: Path, source: Path) -> None:
    with _opened(f"{copy.absolute().as_uri()}?mode=ro", copy) as connection:
        try:
            said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
        except sqlite3.DatabaseError as error:
            raise _refused(error, source) from error
    problem = said if said != "ok" else broken and f"foreign key of {broken[0]}"
    if problem:
        raise StorageError("storage.damaged", path=str(source), problem=problem)


def _refused(error: sqlite3.DatabaseError, source: Path) -> StorageError:
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith("SQLITE_NOTADB"):
        return StorageError("storage.not-a-database", path=str(source))
    if name.startswith("SQLITE_CORRUPT"):
        return StorageError("storage.damaged", path=str(source), problem=str(error))
    return storage_error(error, str(source))


@contextlib.contextmanager
def _opened(address: str, path: Path) -> Iterator[sqlite3.Connection]:
    try:
        connection = sqlite3.connect(address, timeout=_WAIT, isolation_level=None, uri=True)
        try:
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise storage_error(error, str(path)) from error


def _revision(connection: sqlite3.Connection, table: str) -> str:
    found = connection.execute(f'SELECT version_num FROM "{table}"').fetchall()  # noqa: S608  # a name read from the database
    return ", ".join(sorted(str(row[0]) for row in found))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _same_file(one: Path, other: Path) -> bool:
    """Tell whether two paths name one file, or would when it was there."""
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()


def _linked(source: Path, target: Path) -> bool:
    """Give *source* a second name, never that of a file; tells ``False`` on a disk without links.

    Raises ``FileExistsError``, and ``OSError`` for a disk that is full or fails.
    """
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise
    return True
