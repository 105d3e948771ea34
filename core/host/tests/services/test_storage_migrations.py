"""One history of tables per plugin."""

from __future__ import annotations

from pathlib import Path

import pytest
from hilum.storage.tables import HOST_TABLES
from hilum_hookspecs import HilumError, StorageError, StorageSpec
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, text

FIRST = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "acme_0001", None
def upgrade():
    op.create_table("acme_person", sa.Column("id", sa.Integer, primary_key=True))
    op.create_table(
        "acme_visit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person", sa.ForeignKey("acme_person.id", ondelete="CASCADE"), nullable=False),
    )
"""
SECOND = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "acme_0002", "acme_0001"
def upgrade():
    with op.batch_alter_table("acme_person", recreate="always") as table:
        table.add_column(sa.Column("name", sa.String, nullable=False, server_default="?"))
"""
BROKEN = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "acme_0003", "acme_0002"
def upgrade():
    op.add_column("acme_person", sa.Column("half", sa.Integer))
    op.execute("insert into nowhere values (1)")
"""


def acme(folder: Path, revisions: int) -> tuple[str, StorageSpec]:
    """A plugin as it was after so many revisions."""
    migrations = folder / f"acme-{revisions}"
    migrations.mkdir(exist_ok=True)
    for number, source in enumerate((FIRST, SECOND, BROKEN)[:revisions], start=1):
        (migrations / f"acme_{number:04}.py").write_text(source)

    def tables() -> MetaData:
        metadata = MetaData()
        later = [Column("name", String, nullable=False, server_default="?")] * (revisions > 1)
        Table("acme_person", metadata, Column("id", Integer, primary_key=True), *later)
        owner = ForeignKey("acme_person.id", ondelete="CASCADE")
        Table(
            "acme_visit",
            metadata,
            Column("id", Integer, primary_key=True),
            Column("person", owner, nullable=False),
        )
        return metadata

    return "acme", StorageSpec(metadata=tables, migrations=migrations, head=f"acme_{revisions:04}")


@pytest.fixture
def old(make_database, tmp_path):
    """A database with a person and a visit, in the tables of the first revision."""
    database = make_database(acme(tmp_path, 1))
    with database.begin() as connection:
        connection.execute(text("insert into acme_person (id) values (7)"))
        connection.execute(text("insert into acme_visit (id, person) values (1, 7)"))
    database.close()


def rows(database, table: str) -> list[tuple[object, ...]]:
    with database.begin() as connection:
        return [tuple(row) for row in connection.execute(text(f"select * from {table}"))]


def refusal(database) -> StorageError:
    with pytest.raises(StorageError) as raised, database.begin():
        pytest.fail("it was opened")
    return raised.value


def test_a_plugin_new_on_an_old_database_gets_its_tables_at_once(make_database, tmp_path):
    with make_database().begin():
        pass

    assert rows(make_database(acme(tmp_path, 2)), "acme_person") == []


@pytest.mark.attack("H1")
def test_older_tables_are_refused_until_they_are_upgraded(old, make_database, tmp_path):
    error = refusal(make_database(acme(tmp_path, 2)))

    assert error.code == "storage.schema-old"
    assert error.details == {"plugin": "acme", "found": "acme_0001", "head": "acme_0002"}


@pytest.mark.attack("H1")
def test_newer_tables_are_refused(make_database, tmp_path):
    with make_database(acme(tmp_path, 2)).begin():
        pass

    assert refusal(make_database(acme(tmp_path, 1))).code == "storage.schema-new"
    *_, upgrade = make_database(acme(tmp_path, 1)).upgrade()
    assert upgrade.problem.code == "storage.schema-new"


def test_an_upgrade_keeps_every_row_also_of_tables_that_refer_to_it(old, make_database, tmp_path):
    database = make_database(acme(tmp_path, 2))

    host, plugin = database.upgrade()

    assert (host.found, host.revisions) == (HOST_TABLES.head, ())
    assert (plugin.found, plugin.revisions) == ("acme_0001", ("acme_0002",))
    assert rows(database, "acme_person") == [(7, "?")]
    assert rows(database, "acme_visit") == [(1, 7)]


@pytest.mark.attack("H1")
def test_an_upgrade_can_be_repeated(old, make_database, tmp_path):
    make_database(acme(tmp_path, 2)).upgrade()

    assert [each.revisions for each in make_database(acme(tmp_path, 2)).upgrade()] == [(), ()]


def test_a_dry_run_says_what_would_be_done_and_does_nothing(old, make_database, tmp_path):
    _host, plugin = make_database(acme(tmp_path, 2)).upgrade(dry_run=True)

    assert plugin.revisions == ("acme_0002",)
    assert refusal(make_database(acme(tmp_path, 2))).code == "storage.schema-old"


def test_a_dry_run_without_a_database_makes_none(make_database, data_folder, tmp_path):
    planned = make_database(acme(tmp_path, 2)).upgrade(dry_run=True)

    assert [(each.plugin, each.found) for each in planned] == [("hilum", None), ("acme", None)]
    assert list(data_folder.iterdir()) == []


@pytest.mark.attack("H1")
def test_an_upgrade_that_fails_half_way_leaves_the_tables_as_they_were(
    old, make_database, tmp_path
):
    *_, upgrade = make_database(acme(tmp_path, 3)).upgrade()

    assert upgrade.problem.code == "storage.database"
    assert rows(make_database(acme(tmp_path, 1)), "acme_visit") == [(1, 7)]
    make_database(acme(tmp_path, 2)).upgrade()


def test_without_the_plugin_the_others_are_still_upgraded_and_its_rows_stay(
    old, make_database, tmp_path
):
    database = make_database()

    assert [each.plugin for each in database.upgrade()] == ["hilum"]
    assert rows(database, "acme_visit") == [(1, 7)]


def test_tables_that_cannot_be_declared_are_their_plugins_failure(make_database, tmp_path):
    broken = StorageSpec(metadata=lambda: 1 / 0, migrations=tmp_path, head="acme_0001")

    with pytest.raises(HilumError) as raised, make_database(("acme", broken)).begin():
        pytest.fail("it was opened")

    assert (raised.value.code, raised.value.details) == ("plugin.failed", {"plugin": "acme"})


def test_the_hosts_migrations_make_the_tables_that_it_declares(make_database):
    """A new database and an upgraded one are the same."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    database = make_database()
    with database.begin() as connection:
        tables = [table.name for table in reversed(HOST_TABLES.metadata().sorted_tables)]
        for table in (*tables, "hilum_schema_hilum"):
            connection.execute(text(f"drop table {table}"))
        connection.execute(
            text("create table hilum_schema_hilum (version_num varchar(32) not null)")
        )
    database.upgrade()

    with database.begin() as connection:
        options = {"compare_type": True, "version_table": "hilum_schema_hilum"}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, HOST_TABLES.metadata()) == []
