"""Tables that cannot be made or changed are missing to their plugin alone."""

from __future__ import annotations

import json

import pytest
from hilum.storage.database import Database
from hilum.testing.plugins import offering, raising
from hilum_hookspecs import (
    HilumError,
    StorageError,
    StorageSpec,
)
from sqlalchemy import Column, Integer, MetaData, Table, text

REVISION = """
revision, down_revision = "{name}", {parent}
def upgrade():
    {action}
"""


def tables(*names):
    def make():
        metadata = MetaData()
        for name in names:
            Table(name, metadata, Column("id", Integer, primary_key=True))
        return metadata

    return make


@pytest.fixture
def database(tmp_path):
    """Open the database with the tables of ``acme``; its trouble is excused."""
    excused = []
    opened = []

    def make(metadata, head, *, revisions=("a1", "a2"), action="pass"):
        for number, name in enumerate(revisions):
            parent = repr(revisions[number - 1]) if number else None
            body = REVISION.format(name=name, parent=parent, action=action if number else "pass")
            (tmp_path / f"{name}.py").write_text(body)
        spec = StorageSpec(metadata=metadata, migrations=tmp_path, head=head)
        url = f"sqlite:///{tmp_path / 'data' / 'hilum.db'}"
        database = Database(
            url,
            lambda: [("acme", spec)],
            tmp_path / "data",
            excuse=lambda plugin, error: excused.append((plugin, error.code)) is None,
        )
        opened.append(database)
        return database, excused

    yield make
    for each in opened:
        each.close()


@pytest.mark.parametrize(
    ("metadata", "head", "code"),
    [
        (raising(KeyError()), "a1", "plugin.failed"),
        (lambda: None, "a1", "plugin.failed"),
        (tables("visit"), "a1", "storage.foreign-table"),
        (tables("acme_visit"), "a9", "storage.head-missing"),
        (tables("acme_visit", "hilum_audit"), "a1", "storage.foreign-table"),
    ],
)
def test_tables_that_cannot_be_made_are_missing_to_their_plugin_alone(
    database, metadata, head, code
):
    made, excused = database(metadata, head)

    with made.begin() as connection:
        assert connection.execute(text("select count(*) from hilum_audit")).scalar() == 0
    with pytest.raises((HilumError, StorageError)) as raised, made.of("acme").begin():
        pass

    assert excused == [("acme", code)]
    assert raised.value.code == code


@pytest.mark.parametrize("action", ["1 / 0", "raise SystemExit", "from nowhere import x"])
def test_a_broken_migration_stops_no_other_plugin(database, action):
    first, _excused = database(tables("acme_visit"), "a1")
    with first.begin():
        pass
    second, excused = database(tables("acme_visit"), "a2", action=action)

    with second.begin():
        pass
    host, acme = second.upgrade()

    assert excused == [("acme", "storage.schema-old")]
    assert (host.problem, acme.problem.code) == (None, "storage.migrations")


def test_an_upgrade_that_fails_for_some_is_exit_9_and_one_document(hilum_cli, tmp_path):
    spec = StorageSpec(metadata=tables("visit"), migrations=tmp_path, head="a1")
    bad = {"acme": offering("hilum_storage", lambda: [spec])}

    result = hilum_cli("--json", "db", "upgrade", plugins=bad)
    document = json.loads(result.output)["error"]

    assert (result.exit_code, document["code"]) == (9, "storage.upgrade-failed")
    assert document["details"]["failed"] == ["acme"]
    assert [
        each["problem"] and each["problem"]["code"] for each in document["details"]["plugins"]
    ] == [
        None,
        "storage.foreign-table",
    ]


def of_acme(upgrades):
    return next(each for each in upgrades if each.plugin == "acme")


def test_a_head_without_a_file_is_said_alike_whatever_revision_is_there(database):
    made, _excused = database(tables("acme_visit"), "a2")
    made.upgrade()
    newer, excused = database(tables("acme_visit"), "a9")

    planned = of_acme(newer.upgrade(dry_run=True))
    done = of_acme(newer.upgrade())
    with newer.begin():
        pass

    assert planned.problem.code == done.problem.code == "storage.head-missing"
    assert excused == [("acme", "storage.head-missing")]


def test_tables_that_cannot_be_made_are_planned_as_such_where_no_database_is_yet(
    database, tmp_path
):
    made, _excused = database(tables("visit"), "a1")

    planned = of_acme(made.upgrade(dry_run=True))

    assert planned.problem.code == "storage.foreign-table"
    assert not (tmp_path / "data").exists()
