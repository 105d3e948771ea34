"""Walking the history of a plugin's tables up, down and up again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hilum_hookspecs import StorageSpec

from hilum.storage.schema import declared_tables, migrate, version_table

if TYPE_CHECKING:
    from alembic.script import Script
    from sqlalchemy import Column, Connection, MetaData, Table

_VALUES: Final[dict[type, object]] = {
    str: "1",
    int: 1,
    float: 1.0,
    bool: True,
    bytes: b"1",
    date: date(2022, 4, 1),
    datetime: datetime(2022, 4, 1, tzinfo=UTC),
    dict: {},
    object: [],
}
"""By what SQLAlchemy says a column holds; JSON may be anything."""


def walk(plugin: str, spec: StorageSpec, folder: Path) -> None:
    """Go up the revisions of *plugin* from nothing, down to each earlier one, and up again.

    Each time the tables must be those that *spec* declares, no row of a table may be lost that the
    earlier revision has too, and at the base no table may be left; each revision has ``upgrade()``
    and ``downgrade()``. ``AssertionError`` says what is not so; the database is made in *folder*.
    """
    from sqlalchemy import create_engine, inspect

    engine = create_engine(f"sqlite:///{folder / plugin}-history.db")
    metadata = declared_tables(plugin, spec)
    try:
        with engine.begin() as connection:
            _check_both_ways(plugin, spec)
            version_table(plugin).create(connection)
            migrate(connection, plugin, spec, spec.head, back=False)
            _check(connection, plugin, metadata)
            for revision in _earlier(spec):
                _fill(connection, metadata)
                migrate(connection, plugin, spec, revision, back=True)
                there = set(inspect(connection).get_table_names())
                migrate(connection, plugin, spec, spec.head, back=False)
                _check(connection, plugin, metadata)
                _check_rows(connection, metadata, there, revision)
            migrate(connection, plugin, spec, "base", back=True)
            left = set(inspect(connection).get_table_names()) - {version_table(plugin).name}
            _require(not left, f"{plugin}: the way back to nothing leaves {sorted(left)}")
    finally:
        engine.dispose()


def _check_both_ways(plugin: str, spec: StorageSpec) -> None:
    """Hold that each revision has both functions: alembic would only miss an attribute."""
    for script in _scripts(spec):
        for way in ("upgrade", "downgrade"):
            there = callable(getattr(script.module, way, None))
            _require(there, f"{plugin}: the revision {script.revision} has no {way}()")


def _earlier(spec: StorageSpec) -> list[str]:
    return [each.revision for each in _scripts(spec)][1:]


def _scripts(spec: StorageSpec) -> list[Script]:
    """Return the revisions, the newest first."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(spec.migrations), version_locations=[str(spec.migrations)])
    return list(scripts.iterate_revisions(spec.head, "base"))


def _check(connection: Connection, plugin: str, metadata: MetaData) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    options = {"compare_type": True, "version_table": version_table(plugin).name}
    found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    _require(not found, f"{plugin}: the revisions make other tables than it declares: {found}")


def _fill(connection: Connection, metadata: MetaData) -> None:
    """Put one row into each table that has none."""
    for table in metadata.sorted_tables:
        if not _count(connection, table):
            connection.execute(table.insert().values({c.name: _value(c) for c in table.columns}))


def _check_rows(
    connection: Connection, metadata: MetaData, there: Collection[str], revision: str
) -> None:
    for table in metadata.sorted_tables:
        kept = table.name not in there or _count(connection, table) == 1
        _require(kept, f"{table.name}: rows are lost on the way to {revision} and back")


def _count(connection: Connection, table: Table) -> int:
    from sqlalchemy import func, select

    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


def _value(column: Column[Any]) -> object:
    from sqlalchemy import TypeDecorator

    kept = column.type
    return _VALUES[(kept.impl_instance if isinstance(kept, TypeDecorator) else kept).python_type]
