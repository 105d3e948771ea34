"""Copying everything from one database into another, empty one, of whatever kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hilum_hookspecs import StorageError

from .schema import VERSION_TABLE, create, declared_tables

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from .database import Database

_AT_ONCE: Final = 500
"""Rows that are read and written together."""


def copy_rows(source: Connection, database: Database, target: Connection) -> dict[str, int]:
    """Make the tables of *database* in *target* and copy the rows of *source* into them.

    Returns how many by table. Raises ``storage.not-empty`` (``tables``) for a target that has
    tables of ours.
    """
    _refuse_used(target)
    copied = {}
    for plugin, spec in database.specs():
        create(target, plugin, spec)
        for table in declared_tables(plugin, spec).sorted_tables:
            copied[table.name] = _copied(source, target, table)
            _continue_numbers(target, table)
    return copied


def _refuse_used(target: Connection) -> None:
    from sqlalchemy import inspect

    there = [name for name in inspect(target).get_table_names() if name.startswith(VERSION_TABLE)]
    if there:
        raise StorageError("storage.not-empty", tables=sorted(there))


def _copied(source: Connection, target: Connection, table: Table) -> int:
    from sqlalchemy import func, select

    ordered = select(table).order_by(*table.primary_key.columns)
    for rows in source.execute(ordered).mappings().partitions(_AT_ONCE):
        target.execute(table.insert(), [dict(row) for row in rows])
    counts = [
        each.execute(select(func.count()).select_from(table)).scalar_one()
        for each in (source, target)
    ]
    if counts[0] != counts[1]:
        raise StorageError("storage.database", path=table.name, problem=f"rows: {counts}")
    return int(counts[1])


def _continue_numbers(target: Connection, table: Table) -> None:
    """Let PostgreSQL number the next row after those that brought their numbers with them."""
    from sqlalchemy import func, select

    column = table.autoincrement_column
    if column is None or target.dialect.name != "postgresql":
        return
    sequence = func.pg_get_serial_sequence(table.name, column.name)
    highest = target.execute(select(func.max(column))).scalar()
    if highest is not None:
        target.execute(select(func.setval(sequence, highest)))
