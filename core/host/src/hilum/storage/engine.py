"""Opening the database: SQLite in a private file, or whatever a URL names."""

from __future__ import annotations

import contextlib
import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hilum_ehealth.files import storage_error
from hilum_hookspecs import StorageError

from hilum.folders import check_private_file, private_folder

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine


def sqlite_file(url: str) -> Path | None:
    """Return the file that *url* names; ``None`` when the database is no SQLite file.

    Raises ``storage.url`` for what is no SQLAlchemy URL.
    """
    parsed = _parsed(url)
    in_memory = parsed.database in (None, "", ":memory:")
    return (
        None if parsed.get_backend_name() != "sqlite" or in_memory else Path(parsed.database or "")
    )


def make_engine(url: str, *, busy_timeout: timedelta, foreign_keys: bool = True) -> Engine:
    """Make the engine for *url*; connects to nothing yet.

    With SQLite every transaction takes the write lock at its beginning, so that what it read is
    still true when it writes; another process waits *busy_timeout* for it. Raises
    ``storage.url`` and ``storage.driver-missing``.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.exc import NoSuchModuleError

    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed, busy_timeout, foreign_keys)
    try:
        return create_engine(parsed, hide_parameters=True, pool_pre_ping=True)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StorageError("storage.driver-missing", driver=parsed.drivername) from error


def own_sqlite_file(path: Path) -> None:
    """Make *path* an empty file 0600 when it is new, else refuse one that is not ours alone.

    The file is never opened here when it exists: closing it would drop the locks that SQLite holds
    on it elsewhere in this process. Raises ``storage.unsafe-mode``, ``storage.write-failed``.
    """
    private_folder(path.parent)
    try:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        status = path.lstat()
    except OSError as error:
        raise storage_error(error, path) from error
    check_private_file(path, status)


def _parsed(url: str) -> URL:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url)
    except ArgumentError as error:
        raise StorageError("storage.url") from error


def _sqlite_engine(url: URL, busy_timeout: timedelta, foreign_keys: bool) -> Engine:
    from sqlalchemy import create_engine, event

    engine = create_engine(
        url,
        connect_args={"timeout": busy_timeout.total_seconds()},
        hide_parameters=True,
    )

    def connected(connection: Any, _record: object) -> None:
        # The sqlite3 module must not begin transactions by itself: it would do so too late.
        connection.isolation_level = None
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode = WAL")

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine
