from __future__ import annotations

from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from hilum_hookspecs import Profession, RecordInvalid
from hilum_provider_records.identifiers import new_id
from hilum_provider_records.plugin import HEAD
from hilum_provider_records.records import Records
from hilum_provider_records.tables import metadata, retired
from sqlalchemy import create_engine


@pytest.fixture
def records(context, alice, bob):
    kept = Records(context)
    kept.add(alice)
    kept.add(bob)
    return kept


def test_a_record_comes_back_as_it_was_saved(records, alice):
    assert records.find(alice.id) == (alice,)


def test_records_are_listed_by_name(records, alice, bob):
    assert records.all() == (bob, alice)


@pytest.mark.parametrize("text", ["5/38861/71/521", "53886171", "5-38861-71-000", "53886171521"])
def test_a_record_is_found_by_its_inami_number_however_written(records, alice, text):
    assert records.find(text) == (alice,)


def test_the_other_check_digits_are_another_person(records):
    assert records.find("5/38861/34/521") == ()


def test_a_changed_record_keeps_no_old_profession(records, alice):
    records.edit(alice.id, lambda old: {"professions": (Profession(name="nurse"),)})

    (changed,) = records.find(alice.id)
    assert [each.name for each in changed.professions] == ["nurse"]
    assert records.find("53886171521") == ()


def test_a_removed_record_leaves_nothing(records, alice, bob):
    records.remove(alice, confirmed=True)

    assert records.all() == (bob,)
    assert records.find("53886171521") == ()


def test_an_identifier_of_a_record_that_was_removed_is_never_another_persons(records, alice):
    records.remove(alice, confirmed=True)

    for stranger in (replace(alice, niss=""), replace(alice, niss="79021513224")):
        with pytest.raises(RecordInvalid) as refused:
            records.add(stranger)
        assert [each.code for each in refused.value.findings] == ["record.id-retired"]
    records.add(alice)
    assert records.find(alice.id) == (alice,)


def test_of_a_record_that_was_removed_no_number_is_kept(records, context, alice):
    records.remove(alice, confirmed=True)

    with context.storage.begin() as connection:
        (row,) = connection.execute(retired.select()).all()
    assert row.id == alice.id
    assert alice.niss not in str(row)


def test_two_desks_cannot_save_one_person_twice(context, alice, bob):
    from hilum_provider_records import store

    with context.storage.begin() as connection:
        store.add(connection, [alice])
        with pytest.raises(RecordInvalid) as refused:
            store.add(connection, [replace(bob, niss=alice.niss)])

    assert refused.value.findings[0].code == "record.niss-duplicate"
    assert alice.niss not in repr(refused.value.__cause__)


def test_an_identifier_is_made_of_the_name_and_never_looks_like_a_number():
    assert new_id("D'Hoore-Élise").startswith("d-hoore-elise-")
    assert new_id("123").startswith("provider-")
    assert new_id("") != new_id("")


def test_the_migrations_make_the_tables_of_now(plugin):
    (spec,) = plugin.hilum_storage()
    scripts = ScriptDirectory(str(spec.migrations), version_locations=[str(spec.migrations)])
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        steps = lambda revision, _context: scripts._upgrade_revs(HEAD, revision)  # noqa: E731
        with EnvironmentContext(Config(), scripts, fn=steps) as environment:
            environment.configure(connection=connection)
            environment.run_migrations()
        tables = {"include_name": lambda name, kind, _: kind != "table" or "provider" in name}
        found = compare_metadata(MigrationContext.configure(connection, opts=tables), metadata)
    engine.dispose()

    assert scripts.get_current_head() == HEAD
    assert found == []
