"""Looking at a database without changing it: is it whole, are the tables as declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import HilumError, StorageSpec

from .schema import VERSION_TABLE, declared_tables, found_revision, revisions_after

if TYPE_CHECKING:
    from sqlalchemy import Connection, Inspector

    from .database import Database


class TablesState(Enum):
    """How the tables of a plugin are."""

    GOOD = "good"
    ABSENT = "absent"
    """Not made yet; they are at the first use."""

    OLD = "old"
    NEW = "new"
    DAMAGED = "damaged"
    """A table or a column is missing."""

    FAILED = "failed"
    """The plugin cannot say which tables it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginTables:
    """The tables of one plugin."""

    plugin: str
    found: str | None
    head: str
    state: TablesState
    missing: tuple[str, ...] = ()
    """``table`` or ``table.column``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftTables:
    """Tables of a plugin that takes no part: they stay until it is back."""

    plugin: str
    found: str | None
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found in a database."""

    damage: tuple[str, ...]
    """What SQLite says is broken; empty when nothing is, or for a server, which checks itself."""

    plugins: tuple[PluginTables, ...]
    left: tuple[LeftTables, ...]
    rows: Mapping[str, int]
    """How many rows each table has."""

    @property
    def good(self) -> bool:
        """Whether nothing is to be done."""
        fine = (TablesState.GOOD, TablesState.ABSENT)
        return not self.damage and all(each.state in fine for each in self.plugins)


def examine(database: Database) -> Examined:
    """Look at *database*, which is there. Raises ``storage.*`` when it cannot be read at all."""
    from sqlalchemy import inspect

    specs = database.specs()
    with database.opened() as connection:
        inspector = inspect(connection)
        return Examined(
            damage=damage(connection),
            plugins=tuple(_of_plugin(connection, inspector, *each) for each in specs),
            left=_left(connection, inspector, [plugin for plugin, _spec in specs]),
            rows=_rows(connection, inspector),
        )


def damage(connection: Connection) -> tuple[str, ...]:
    """Return what is broken in a SQLite database: pages, indexes, references between tables."""
    if connection.dialect.name != "sqlite":
        return ()
    said = connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars().all()
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(20)
    references = [f"foreign key of {row[0]}" for row in broken]
    return (*(str(each) for each in said if each != "ok"), *dict.fromkeys(references))


def _of_plugin(
    connection: Connection, inspector: Inspector, plugin: str, spec: StorageSpec
) -> PluginTables:
    found = found_revision(connection, plugin)
    state, missing = TablesState.ABSENT, tuple[str, ...]()
    if found is not None:
        try:
            state, missing = _state(inspector, plugin, spec, found)
        except (HilumError, EhealthError) as error:
            new = error.code == "storage.schema-new"
            state = TablesState.NEW if new else TablesState.FAILED
    return PluginTables(plugin=plugin, found=found, head=spec.head, state=state, missing=missing)


def _state(
    inspector: Inspector, plugin: str, spec: StorageSpec, found: str
) -> tuple[TablesState, tuple[str, ...]]:
    if found != spec.head:
        revisions_after(plugin, spec, found)
        return TablesState.OLD, ()
    missing: list[str] = []
    for table in declared_tables(plugin, spec).tables.values():
        if not inspector.has_table(table.name):
            missing.append(table.name)
            continue
        there = {column["name"] for column in inspector.get_columns(table.name)}
        missing += [f"{table.name}.{each.name}" for each in table.columns if each.name not in there]
    return (TablesState.DAMAGED if missing else TablesState.GOOD), tuple(missing)


def _left(
    connection: Connection, inspector: Inspector, plugins: Sequence[str]
) -> tuple[LeftTables, ...]:
    names = inspector.get_table_names()
    noted = [name.removeprefix(VERSION_TABLE) for name in names if name.startswith(VERSION_TABLE)]
    return tuple(
        LeftTables(
            plugin=plugin,
            found=found_revision(connection, plugin),
            tables=tuple(n for n in names if n == plugin or n.startswith(f"{plugin}_")),
        )
        for plugin in sorted(set(noted) - set(plugins))
    )


def _rows(connection: Connection, inspector: Inspector) -> dict[str, int]:
    from sqlalchemy import func, select, table

    names = sorted(n for n in inspector.get_table_names() if not n.startswith(VERSION_TABLE))
    return {
        name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        for name in names
    }
