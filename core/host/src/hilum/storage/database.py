"""The common database, made when it is new and checked before its first use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import ConfigurationError, HilumError, StorageError, StorageSpec

from .engine import make_engine, own_sqlite_file
from .errors import storage_error
from .tables import HOST_PLUGIN, HOST_TABLES
from .urls import parsed, place, placed, sqlite_file

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

    from .schema import Upgrade

BUSY_TIMEOUT: Final = timedelta(seconds=5)
"""How long a transaction waits for another process to end its own."""


_EVERYBODYS: Final = (
    "storage.locked",
    "storage.disk-full",
    "storage.not-writable",
    "storage.not-readable",
)
"""Trouble of the database as a whole, whichever plugin's tables meet it."""


@dataclass(slots=True)
class _Transaction:
    connection: Connection
    afterwards: list[Callable[[], None]] = field(default_factory=list)


class PluginStorage:
    """The port ``Storage`` of one plugin, which needs its own tables."""

    def __init__(self, database: Database, plugin: str) -> None:
        self._database = database
        self._plugin = plugin

    def begin(self) -> AbstractContextManager[Connection]:
        """Open a transaction, see :meth:`Database.begin`."""
        return self._database.begin(plugin=self._plugin)


class UncheckedStorage:
    """Transactions on a database whose tables nobody looked at, for its care."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Open a transaction on what is there; raises the ``storage.*`` of the database."""
        with self._database.opened() as connection:
            yield connection

    def after_commit(self, action: Callable[[], None]) -> None:
        """See :meth:`Database.after_commit`."""
        self._database.after_commit(action)


class Database:
    """The port ``Storage``: transactions on the database at *url* (SQLAlchemy, no password in it).

    *specs* returns the tables of each plugin, asked for when the database is first opened.
    *folder* is the data folder, in which a relative SQLite file stands. Nothing is imported,
    opened or made before the first transaction. Every database error is a ``StorageError``.

    *excuse* hears that the tables of a plugin cannot be used and why; it returns whether the
    database may be used by the others. By default it may not. *password* is asked, once, when
    the URL names a user of a database server.
    """

    def __init__(
        self,
        url: str | URL,
        specs: Callable[[], Sequence[tuple[str, StorageSpec]]],
        folder: Path,
        *,
        busy_timeout: timedelta = BUSY_TIMEOUT,
        excuse: Callable[[str, Exception], bool] = lambda plugin, error: False,
        password: Callable[[], str] | None = None,
    ) -> None:
        self._given_url = url
        self._specs = specs
        self._folder = folder
        self._busy_timeout = busy_timeout
        self._excuse = excuse
        self._password = password and cache(password)
        self._unusable: dict[str, Exception] = {}
        self._open = threading.local()
        self._making = threading.Lock()
        self._checked = False

    def of(self, plugin: str) -> PluginStorage:
        """Return the port ``Storage`` of *plugin*."""
        return PluginStorage(self, plugin)

    @contextmanager
    def begin(self, *, plugin: str | None = None) -> Iterator[Connection]:
        """Open a transaction: committed when the block ends, undone when it raises.

        Inside another transaction of the same thread it is a part of it. What is wrong with the
        tables of the *plugin* that asks is raised, whether excused or not. Raises
        ``storage.schema-old``, ``storage.schema-new``, ``storage.locked``,
        ``storage.disk-full``, ``storage.unsafe-mode``, ``storage.database``.
        """
        with self._translated():
            self._ensure_schema()
            if plugin in self._unusable:
                raise self._unusable[plugin]
            with self._transaction() as connection:
                yield connection

    @contextmanager
    def opened(self) -> Iterator[Connection]:
        """Open a transaction as :meth:`begin` does, whatever tables there are."""
        with self._translated():
            self._own_file()
            with self._transaction() as connection:
                yield connection

    def unchecked(self) -> UncheckedStorage:
        """Return what opens transactions whatever tables there are."""
        return UncheckedStorage(self)

    @property
    def file(self) -> Path | None:
        """The SQLite file; ``None`` for a database server."""
        return sqlite_file(self._url)

    @property
    def place(self) -> str:
        """Where the database is: the file, or the URL without password and parameters."""
        return place(self._url)

    def specs(self) -> tuple[tuple[str, StorageSpec], ...]:
        """Return the tables of the host and of every plugin that takes part."""
        return ((HOST_PLUGIN, HOST_TABLES), *self._specs())

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run *action* when the open transaction of this thread has been committed."""
        self._open.transaction.afterwards.append(action)

    def upgrade(self, *, dry_run: bool = False) -> tuple[Upgrade, ...]:
        """Bring the tables of every plugin to their newest revision, each in one transaction.

        With *dry_run* nothing is changed, not even made. A plugin whose tables cannot be upgraded
        stops no other one; its :class:`~hilum.storage.schema.Upgrade` has the ``problem``.
        """
        from .schema import check_new

        path = sqlite_file(self._url)
        if dry_run and path is not None and not path.exists():
            return tuple(self._tried(*each, check_new) for each in self.specs())
        self._own_file()
        return tuple(
            self._tried(*each, lambda plugin, spec: self._migrated(plugin, spec, dry_run))
            for each in self.specs()
        )

    def downgrade(self, plugin: str, revision: str, *, dry_run: bool = False) -> Upgrade:
        """Bring the tables of *plugin* back to an earlier *revision*, in one transaction.

        Raises ``usage.unknown-revision`` (``plugin``, ``revision``, ``known``) and ``storage.*``.
        """
        spec = dict(self.specs()).get(plugin)
        if spec is None:
            raise ConfigurationError("usage.no-tables", plugin=plugin)
        self._own_file()
        with self._plugins_own(plugin):
            return self._migrated(plugin, spec, dry_run, back_to=revision)

    def check_driver(self) -> None:
        """Raise ``storage.driver-missing`` when nothing here speaks with this kind of database."""
        _ = self._engine

    def close(self) -> None:
        """Let go of every connection; the database can be used again afterwards."""
        engine = self.__dict__.pop("_engine", None)
        if engine is not None:
            engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        outer: _Transaction | None = getattr(self._open, "transaction", None)
        with self._outermost() if outer is None else _inner(outer) as connection:
            yield connection

    @contextmanager
    def _outermost(self) -> Iterator[Connection]:
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
                for plugin, spec in self.specs():
                    try:
                        with connection.begin_nested(), self._plugins_own(plugin):
                            ensure(connection, plugin, spec)
                    except (HilumError, EhealthError) as error:
                        if error.code in _EVERYBODYS or not self._excuse(plugin, error):
                            raise
                        self._unusable[plugin] = error
            self._checked = True

    def _tried(
        self, plugin: str, spec: StorageSpec, work: Callable[[str, StorageSpec], Upgrade]
    ) -> Upgrade:
        from .schema import Upgrade

        try:
            with self._plugins_own(plugin):
                return work(plugin, spec)
        except (HilumError, EhealthError) as error:
            if error.code in _EVERYBODYS:
                raise
            return Upgrade(plugin=plugin, found=None, head=spec.head, problem=error)

    @contextmanager
    def _plugins_own(self, plugin: str) -> Iterator[None]:
        """Turn whatever a plugin's tables and revisions raise into an error of ours."""
        try:
            with self._translated():
                yield
        except (Exception, SystemExit) as error:
            if isinstance(error, HilumError | EhealthError):
                raise
            raise StorageError(
                "storage.migrations", plugin=plugin, problem=type(error).__name__
            ) from error

    def _migrated(
        self, plugin: str, spec: StorageSpec, dry_run: bool, *, back_to: str | None = None
    ) -> Upgrade:
        """Migrate with foreign keys off: SQLite changes a table by making it anew."""
        from .schema import apply, plan

        engine = self._made_engine(foreign_keys=False)
        try:
            with engine.begin() as connection:
                if dry_run:
                    return plan(connection, plugin, spec, back_to)
                done = apply(connection, plugin, spec, back_to)
                self._check_foreign_keys(connection)
                return done
        finally:
            engine.dispose()

    def _check_foreign_keys(self, connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchone()
            if broken is not None:
                raise StorageError(
                    "storage.database", path=self.place, problem=f"foreign key of {broken[0]}"
                )

    def _own_file(self) -> None:
        path = sqlite_file(self._url)
        if path is not None:
            own_sqlite_file(path)

    @cached_property
    def _engine(self) -> Engine:
        return self._made_engine()

    def _made_engine(self, *, foreign_keys: bool = True) -> Engine:
        return make_engine(
            self._url,
            busy_timeout=self._busy_timeout,
            foreign_keys=foreign_keys,
            password=self._password,
        )

    @cached_property
    def _url(self) -> URL:
        return placed(parsed(self._given_url), self._folder)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except SQLAlchemyError as error:
            raise storage_error(error, self.place) from error


@contextmanager
def _inner(outer: _Transaction) -> Iterator[Connection]:
    """Open a part of *outer*: undone alone, it also takes back what was to run afterwards."""
    waiting = len(outer.afterwards)
    try:
        with outer.connection.begin_nested():
            yield outer.connection
    except BaseException:
        del outer.afterwards[waiting:]
        raise
