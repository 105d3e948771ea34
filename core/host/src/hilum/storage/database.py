"""The common database, made when it is new and checked before its first use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import StorageError, StorageSpec

from .engine import make_engine, own_sqlite_file, sqlite_file
from .errors import storage_error
from .tables import HOST_PLUGIN, HOST_TABLES

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from .schema import Upgrade

BUSY_TIMEOUT: Final = timedelta(seconds=5)
"""How long a transaction waits for another process to end its own."""


@dataclass(slots=True)
class _Transaction:
    connection: Connection
    afterwards: list[Callable[[], None]] = field(default_factory=list)


class Database:
    """The port ``Storage``: transactions on the database at *url* (SQLAlchemy, no password in it).

    *specs* returns the tables of each plugin, asked for when the database is first opened.
    *folder* is the data folder, in which a relative SQLite file stands. Nothing is imported,
    opened or made before the first transaction. Every database error is a ``StorageError``.
    """

    def __init__(
        self,
        url: str,
        specs: Callable[[], Sequence[tuple[str, StorageSpec]]],
        folder: Path,
        *,
        busy_timeout: timedelta = BUSY_TIMEOUT,
    ) -> None:
        self._url = url
        self._specs = specs
        self._folder = folder
        self._busy_timeout = busy_timeout
        self._open = threading.local()
        self._making = threading.Lock()
        self._checked = False

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Open a transaction: committed when the block ends, undone when it raises.

        Inside another transaction of the same thread it is a part of it. Raises
        ``storage.schema-old``, ``storage.schema-new``, ``storage.locked``,
        ``storage.disk-full``, ``storage.unsafe-mode``, ``storage.database``.
        """
        with self._translated():
            outer: _Transaction | None = getattr(self._open, "transaction", None)
            if outer is None:
                with self._outermost() as connection:
                    yield connection
            else:
                with outer.connection.begin_nested():
                    yield outer.connection

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run *action* when the open transaction of this thread has been committed."""
        self._open.transaction.afterwards.append(action)

    def upgrade(self, *, dry_run: bool = False) -> tuple[Upgrade, ...]:
        """Bring the tables of every plugin to their newest revision, each in one transaction.

        With *dry_run* nothing is changed, not even made. A plugin whose tables are newer than it
        is raises ``storage.schema-new``; those before it stay upgraded.
        """
        from .schema import Upgrade

        path = sqlite_file(self._url)
        if dry_run and path is not None and not path.exists():
            return tuple(Upgrade(plugin=p, found=None, head=s.head) for p, s in self._all_specs())
        self._own_file()
        with self._translated():
            return tuple(
                self._upgraded(plugin, spec, dry_run) for plugin, spec in self._all_specs()
            )

    def close(self) -> None:
        """Let go of every connection; the database can be used again afterwards."""
        engine = self.__dict__.pop("_engine", None)
        if engine is not None:
            engine.dispose()

    @contextmanager
    def _outermost(self) -> Iterator[Connection]:
        self._ensure_schema()
        with self._engine.begin() as connection:
            transaction = self._open.transaction = _Transaction(connection)
            try:
                yield connection
            finally:
                self._open.transaction = None
        for action in transaction.afterwards:
            action()

    def _ensure_schema(self) -> None:
        from .schema import ensure

        with self._making:
            if self._checked:
                return
            self._own_file()
            with self._engine.begin() as connection:
                for plugin, spec in self._all_specs():
                    ensure(connection, plugin, spec)
            self._checked = True

    def _upgraded(self, plugin: str, spec: StorageSpec, dry_run: bool) -> Upgrade:
        """Upgrade with foreign keys off: SQLite changes a table by making it anew."""
        from .schema import apply, plan

        engine = make_engine(self._url, busy_timeout=self._busy_timeout, foreign_keys=False)
        try:
            with engine.begin() as connection:
                if dry_run:
                    return plan(connection, plugin, spec)
                done = apply(connection, plugin, spec)
                self._check_foreign_keys(connection)
                return done
        finally:
            engine.dispose()

    def _check_foreign_keys(self, connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchone()
            if broken is not None:
                raise StorageError(
                    "storage.database", path=self._place, problem=f"foreign key of {broken[0]}"
                )

    def _all_specs(self) -> tuple[tuple[str, StorageSpec], ...]:
        return ((HOST_PLUGIN, HOST_TABLES), *self._specs())

    def _own_file(self) -> None:
        path = sqlite_file(self._url)
        if path is not None:
            own_sqlite_file(path)

    @cached_property
    def _engine(self) -> Engine:
        return make_engine(self._url, busy_timeout=self._busy_timeout)

    @property
    def _place(self) -> str:
        return self._url.removeprefix("sqlite:///")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except SQLAlchemyError as error:
            raise storage_error(error, self._place) from error
