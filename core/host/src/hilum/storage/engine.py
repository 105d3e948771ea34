"""Opening the database: SQLite in a private file, or whatever a URL names."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hilum_ehealth.files import storage_error
from hilum_hookspecs import StorageError

from hilum.folders import check_private_file, private_folder

from .urls import SQLITE

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine


def make_engine(
    url: URL,
    *,
    busy_timeout: timedelta,
    foreign_keys: bool = True,
    password: Callable[[], str] | None = None,
) -> Engine:
    """Make the engine for *url*; connects to nothing yet.

    With SQLite every transaction takes the write lock at its beginning, so that what it read is
    still true when it writes; another process waits *busy_timeout* for it. *password* is asked
    whenever a connection is made as a user of a database server. Raises ``storage.url`` and
    ``storage.driver-missing``.
    """
    from sqlalchemy.exc import NoSuchModuleError

    if url.get_backend_name() == SQLITE:
        return _sqlite_engine(url, busy_timeout, foreign_keys)
    try:
        return _server_engine(url, password)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StorageError("storage.driver-missing", driver=url.drivername) from error


def own_sqlite_file(path: Path) -> None:
    """Make *path* an empty file 0600 when it is new, else refuse one that is not ours alone.

    The file is never opened here when it exists: closing it would drop the locks that SQLite holds
    on it elsewhere in this process. Raises what
    :func:`~hilum.folders.check_private_file` raises, and ``storage.write-failed``.
    """
    private_folder(path.parent)
    try:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        status = path.lstat()
    except OSError as error:
        raise storage_error(error, path) from error
    check_private_file(path, status)


def may_write(path: Path) -> bool:
    """Tell whether this process may change the file *path* and make files beside it."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def is_whole(path: Path) -> bool:
    """Tell whether the database *path* is a single file, which says everything.

    A log beside it holds what the database does not yet, a journal what must be undone in it.
    """
    return not any(path.with_name(f"{path.name}{end}").exists() for end in ("-wal", "-journal"))


def _for_reading(url: URL, path: Path) -> URL:
    """Return *url* so that SQLite writes nothing: not even the files beside the database."""
    query = {"mode": "ro", "uri": "true"}
    if is_whole(path):
        query["immutable"] = "1"
    return url.set(database=path.absolute().as_uri(), query=query)


def _server_engine(url: URL, password: Callable[[], str] | None) -> Engine:
    """Make the engine of a server; without a user in *url* the driver knows who connects."""
    from sqlalchemy import create_engine, event

    engine = create_engine(url, hide_parameters=True, pool_pre_ping=True)
    if url.username and password is not None:
        ask = password

        def connecting(_dialect: object, _record: object, _args: object, named: Any) -> None:
            named["password"] = ask()

        event.listen(engine, "do_connect", connecting)
    return engine


def _sqlite_engine(url: URL, busy_timeout: timedelta, foreign_keys: bool) -> Engine:
    from sqlalchemy import create_engine, event

    path = Path(url.database) if url.database and url.database != ":memory:" else None
    reading = path is not None and path.exists() and not may_write(path)
    engine = create_engine(
        _for_reading(url, path) if reading and path is not None else url,
        connect_args={"timeout": busy_timeout.total_seconds()},
        hide_parameters=True,
    )

    def connected(connection: Any, _record: object) -> None:
        # The sqlite3 module must not begin transactions by itself: it would do so too late.
        connection.isolation_level = None
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        if not reading and connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode = WAL")

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine
