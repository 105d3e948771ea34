from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from hilum.testing.contracts import CliCommandContract, StorageSpecContract
from hilum_ehealthbox.cli import CliPlugin
from hilum_ehealthbox.plugin import HEAD, Plugin
from hilum_ehealthbox.tables import metadata
from sqlalchemy import create_engine, inspect


def test_a_strict_host_takes_the_plugin(hilum_host, context):
    hilum_host.register(Plugin(context), "ehealthbox")
    (spec,) = hilum_host.collect("hilum_storage")
    assert spec.head == HEAD


def test_every_table_bears_the_plugins_name():
    assert all(name.startswith("ehealthbox_") for name in metadata.tables)


def test_the_migrations_make_the_tables_of_now_and_take_them_away(context):
    (spec,) = Plugin(context).hilum_storage()
    scripts = ScriptDirectory(str(spec.migrations), version_locations=[str(spec.migrations)])
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        up = lambda revision, _context: scripts._upgrade_revs(HEAD, revision)  # noqa: E731
        down = lambda revision, _context: scripts._downgrade_revs("base", revision)  # noqa: E731
        for steps in (up, down):
            with EnvironmentContext(Config(), scripts, fn=steps) as environment:
                environment.configure(connection=connection)
                environment.run_migrations()
            if steps is up:
                options = {"include_name": lambda name, kind, _: name != "alembic_version"}
                found = compare_metadata(
                    MigrationContext.configure(connection, opts=options), metadata
                )
        left = inspect(connection).get_table_names()
    engine.dispose()

    assert scripts.get_current_head() == HEAD
    assert found == []
    assert left == ["alembic_version"]


class TestTables(StorageSpecContract):
    plugin_name = "ehealthbox"

    @pytest.fixture
    def tables(self, hilum_context):
        (tables,) = Plugin(hilum_context(Plugin)).hilum_storage()
        return tables


class TestCommand(CliCommandContract):
    @pytest.fixture
    def command(self, hilum_context):
        (command,) = CliPlugin(hilum_context(Plugin)).hilum_cli_commands()
        return command
