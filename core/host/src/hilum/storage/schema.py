"""Whether the tables in the database are those of the plugins, and bringing them there.

Each plugin has its own tables, its own folder of revisions and its own version table, so that one
can be removed without stopping the others. The version tables are the host's
(``hilum_schema_PLUGIN``), so that they collide with no table of a plugin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import ConfigurationError, HilumError, StorageError, StorageSpec

from hilum.failures import CodedError

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory
    from sqlalchemy import Connection, MetaData, Table

VERSION_TABLE: Final = "hilum_schema_"
"""How the name of the table starts that notes the revision of a plugin's tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """What an upgrade, or its way back, does or did to the tables of one plugin."""

    plugin: str
    found: str | None
    """The revision before; ``None`` when the plugin had no tables."""

    head: str
    """The revision after."""

    revisions: tuple[str, ...] = ()
    """The revisions applied, or taken back, in order; none when all tables are new or nothing is
    to be done."""

    problem: CodedError | None = None
    """Why nothing was done, when it could not be."""


def ensure(connection: Connection, plugin: str, spec: StorageSpec) -> None:
    """Make the tables of a *plugin* that has none; refuse those of another revision.

    Raises ``storage.schema-old`` and ``storage.schema-new`` (``plugin``, ``found``, ``head``).
    """
    found = found_revision(connection, plugin)
    if found is None:
        create(connection, plugin, spec)
    elif found != spec.head:
        revisions_after(plugin, spec, found)
        raise StorageError("storage.schema-old", plugin=plugin, found=found, head=spec.head)


def found_revision(connection: Connection, plugin: str) -> str | None:
    """Return the revision of the plugin's tables: ``None`` without tables, empty at the base."""
    from sqlalchemy import inspect, select

    version = version_table(plugin)
    if not inspect(connection).has_table(version.name):
        return None
    rows = connection.execute(select(version.c.version_num)).scalars().all()
    return ", ".join(sorted(rows))


def create(connection: Connection, plugin: str, spec: StorageSpec) -> None:
    """Make the plugin's tables as they are now and note their revision.

    Raises ``storage.foreign-table`` (``table``) for one that does not bear the plugin's name and
    ``storage.head-missing`` (``head``).
    """
    version = version_table(plugin)
    tables = _checked_tables(plugin, spec)
    tables.create_all(connection)
    version.create(connection)
    connection.execute(version.insert().values(version_num=spec.head))


def plan(
    connection: Connection, plugin: str, spec: StorageSpec, back_to: str | None = None
) -> Upgrade:
    """Say what :func:`apply` would do.

    Raises ``storage.schema-new``, ``storage.head-missing``, ``storage.foreign-table`` and
    ``plugin.failed`` for tables that could not be made, and ``usage.unknown-revision``
    (``known``) when there is no revision *back_to* before the one that was found.
    """
    found = found_revision(connection, plugin)
    if back_to is not None:
        steps = _taken_back(plugin, spec, found, back_to)
        return Upgrade(plugin=plugin, found=found, head=back_to, revisions=steps)
    if found is None:
        _checked_tables(plugin, spec)
    steps = () if found in (None, spec.head) else revisions_after(plugin, spec, found)
    return Upgrade(plugin=plugin, found=found, head=spec.head, revisions=steps)


def check_new(plugin: str, spec: StorageSpec) -> Upgrade:
    """Say what :func:`apply` would do in a database that is not there yet; raises as it."""
    _checked_tables(plugin, spec)
    return Upgrade(plugin=plugin, found=None, head=spec.head)


def apply(
    connection: Connection, plugin: str, spec: StorageSpec, back_to: str | None = None
) -> Upgrade:
    """Bring the plugin's tables to the newest revision, or *back_to* an earlier one.

    All of it happens inside the open transaction.
    """
    planned = plan(connection, plugin, spec, back_to)
    if planned.found is None:
        create(connection, plugin, spec)
    elif planned.revisions:
        declared_tables(plugin, spec)
        migrate(connection, plugin, spec, planned.head, back=back_to is not None)
    return planned


def migrate(
    connection: Connection, plugin: str, spec: StorageSpec, target: str, *, back: bool
) -> None:
    """Run the revisions between the one that is there and *target* (``base``: no tables).

    Foreign keys must be off: SQLite changes a table by making it anew.
    """
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    scripts = _scripts(spec)

    def steps(revision: tuple[str, ...], _context: object) -> object:
        chosen = scripts._downgrade_revs if back else scripts._upgrade_revs
        return chosen(target, revision)  # type: ignore[arg-type]  # as alembic's own commands do

    with EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(
            connection=connection, version_table=version_table(plugin).name, render_as_batch=True
        )
        environment.run_migrations()


def _taken_back(plugin: str, spec: StorageSpec, found: str | None, target: str) -> tuple[str, ...]:
    """List the revisions to take back, the newest first."""
    if found not in (None, spec.head):
        revisions_after(plugin, spec, found)
    scripts = _scripts(spec)
    known = [each.revision for each in scripts.iterate_revisions(found or "base", "base")]
    if target not in known:
        raise ConfigurationError(
            "usage.unknown-revision", plugin=plugin, revision=target, known=known[1:]
        )
    return tuple(known[: known.index(target)])


def revisions_after(plugin: str, spec: StorageSpec, found: str) -> tuple[str, ...]:
    """List the revisions between *found* and the head.

    Raises ``storage.schema-new`` and ``storage.head-missing``.
    """
    scripts = _scripts(spec)
    known = _known_revisions(plugin, spec, scripts)
    if found and found not in known:
        raise StorageError("storage.schema-new", plugin=plugin, found=found, head=spec.head)
    between = list(scripts.iterate_revisions(spec.head, found or "base"))
    return tuple(script.revision for script in reversed(between))


def _checked_tables(plugin: str, spec: StorageSpec) -> MetaData:
    """Return the tables of now, whose revision is known."""
    tables = declared_tables(plugin, spec)
    _known_revisions(plugin, spec, _scripts(spec))
    return tables


def _known_revisions(plugin: str, spec: StorageSpec, scripts: ScriptDirectory) -> set[str]:
    """Return the revisions that have a file.

    Raises ``storage.head-missing`` when the head has none: nobody could ever upgrade tables whose
    revision is unknown.
    """
    known = {script.revision for script in scripts.walk_revisions()}
    if spec.head not in known:
        raise StorageError("storage.head-missing", plugin=plugin, head=spec.head)
    return known


def _scripts(spec: StorageSpec) -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    folder = str(spec.migrations)
    return ScriptDirectory(folder, version_locations=[folder])


def declared_tables(plugin: str, spec: StorageSpec) -> MetaData:
    """Return the tables of now; raises ``plugin.failed`` and ``storage.foreign-table``."""
    try:
        metadata = spec.metadata()
        names = list(metadata.tables)
    except Exception as error:
        # Foreign code: whatever it raises is that plugin's defect.
        raise HilumError("plugin.failed", plugin=plugin) from error
    for name in names:
        if not name.startswith(f"{plugin}_") and name != plugin:
            raise StorageError("storage.foreign-table", plugin=plugin, table=name)
    return metadata


def version_table(plugin: str) -> Table:
    """Return the table that notes the revision of the plugin's tables."""
    from sqlalchemy import Column, MetaData, String, Table

    name = f"{VERSION_TABLE}{plugin}"
    return Table(name, MetaData(), Column("version_num", String(32), primary_key=True))
