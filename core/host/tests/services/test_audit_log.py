"""The audit: append-only, chained, and whole or known not to be."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hilum.services.audit import AuditLog, Query
from hilum.services.audit_chain import Flaw
from hilum_hookspecs import StorageError
from sqlalchemy import text


@pytest.fixture
def audit(database, clock, data_folder):
    return AuditLog(database, clock=clock, environment="acceptance", folder=data_folder)


@pytest.fixture
def four(audit, clock):
    for number in range(1, 5):
        audit.record("session.opened", provider_id="7", number=number)
        clock.move(minutes=1)
    return audit


def tamper(database, statement: str) -> None:
    with database.begin() as connection:
        connection.execute(text(statement))


def flaws(audit) -> list[tuple[int, Flaw]]:
    return [(p.sequence, p.flaw) for chain in audit.verify() for p in chain.problems]


def test_an_entry_says_who_did_what_when_and_where(audit, clock):
    audit.record("session.opened", provider_id="7", method="fallback", reason="damaged")

    (entry,) = audit.entries(Query())
    assert (entry.action, entry.provider_id, entry.environment) == (
        "session.opened",
        "7",
        "acceptance",
    )
    assert entry.data == {"method": "fallback", "reason": "damaged"}
    assert entry.moment == clock.now()
    assert entry.actor


def test_the_account_is_not_taken_from_the_environment(audit, monkeypatch):
    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.setenv("USER", "somebody-else")
    audit.record("session.opened")

    assert audit.entries(Query())[0].actor != "somebody-else"


def test_data_that_is_not_json_is_refused_at_once(audit):
    with pytest.raises(TypeError):
        audit.record("session.opened", what=object())
    with pytest.raises(ValueError, match="JSON"):
        audit.record("session.opened", what=float("nan"))

    assert audit.entries(Query()) == []


def test_entries_are_filtered_and_the_newest_are_kept(four, clock):
    four.record("session.closed", provider_id="8")
    since = clock.now() - timedelta(minutes=2)

    assert [entry.sequence for entry in four.entries(Query(provider_id="7", limit=2))] == [3, 4]
    assert [entry.sequence for entry in four.entries(Query(action="session.closed"))] == [5]
    assert [entry.sequence for entry in four.entries(Query(since=since))] == [3, 4, 5]
    assert [entry.sequence for entry in four.entries(Query(until=since))] == [1, 2]


def test_uses_are_counted_by_action_person_time_data_and_environment(
    four, database, clock, data_folder
):
    elsewhere = AuditLog(database, clock=clock, environment="simulator", folder=data_folder)
    elsewhere.record("session.opened", provider_id="7", number=1)
    long_ago = clock.now() - timedelta(days=30)

    def count(since=long_ago, **data):
        return four.count("session.opened", provider_id="7", since=since, **data)

    assert count() == 4
    assert count(number=1) == 1
    assert count(absent=None) == 0
    assert count(since=clock.now() - timedelta(minutes=1)) == 1
    assert four.count("session.opened", provider_id="8", since=long_ago) == 0


def test_an_untouched_chain_is_whole_and_its_head_is_told(four):
    (chain,) = four.verify()

    assert (chain.entries, chain.problems) == (4, ())
    assert chain.head == four.entries(Query())[-1].hash


def test_the_chain_goes_on_in_the_next_process(four, make_database, clock, data_folder):
    later = AuditLog(make_database(), clock=clock, environment="production", folder=data_folder)
    later.record("session.closed")

    (chain,) = later.verify()
    assert (chain.entries, chain.problems) == (5, ())


def test_every_installation_has_a_chain_of_its_own(four, database, clock, tmp_path):
    other_desk = tmp_path / "other-desk"
    other = AuditLog(database, clock=clock, environment="acceptance", folder=other_desk)
    other.record("session.opened")

    assert sorted(chain.entries for chain in four.verify()) == [1, 4]
    assert flaws(four) == flaws(other) == []


@pytest.mark.parametrize(
    "column",
    ["at", "environment", "actor", "action", "provider_id", "data", "previous", "hash"],
)
def test_a_changed_value_is_found(four, database, column):
    tamper(database, f"update hilum_audit set {column} = '2' where sequence = 2")

    assert (2, Flaw.CHANGED) in flaws(four)


def test_a_value_that_was_taken_away_is_found(four, database):
    tamper(database, "update hilum_audit set provider_id = null where sequence = 2")

    assert flaws(four) == [(2, Flaw.CHANGED)]


def test_a_deleted_entry_is_found(four, database):
    tamper(database, "delete from hilum_audit where sequence = 2")

    assert flaws(four) == [(3, Flaw.MISSING)]


def test_a_deleted_beginning_is_found(four, database):
    tamper(database, "delete from hilum_audit where sequence = 1")

    assert flaws(four) == [(2, Flaw.MISSING)]


def test_a_deleted_end_is_found(four, database):
    tamper(database, "delete from hilum_audit where sequence = 4")

    assert flaws(four) == [(4, Flaw.HEAD_MISSING)]


def test_a_deleted_chain_is_found(four, database):
    tamper(database, "delete from hilum_audit")

    assert flaws(four) == [(4, Flaw.HEAD_MISSING)]


def test_two_entries_that_changed_places_are_found(four, database):
    for old, new in ((2, 9), (3, 2), (9, 3)):
        tamper(database, f"update hilum_audit set sequence = {new} where sequence = {old}")

    assert flaws(four)[:2] == [(2, Flaw.CHANGED), (3, Flaw.CHANGED)]


def test_an_entry_written_anew_with_a_hash_of_its_own_is_found(four, database):
    """Whoever knows how hashes are made must still rewrite everything after, and the head."""
    from hilum.services.audit_chain import digest

    tamper(database, "update hilum_audit set data = '{}' where sequence = 2")
    changed = next(entry for entry in four.entries(Query()) if entry.sequence == 2)
    tamper(database, f"update hilum_audit set hash = '{digest(changed)}' where sequence = 2")

    assert flaws(four) == [(3, Flaw.UNLINKED)]


def test_data_that_cannot_be_read_any_more_is_shown_as_empty(four, database):
    tamper(database, "update hilum_audit set data = '{' where sequence = 2")

    assert four.entries(Query())[1].data == {}
    assert flaws(four) == [(2, Flaw.CHANGED)]


def test_an_entry_that_was_undone_with_its_transaction_is_not_missed(four, database):
    def record_and_fail() -> None:
        with database.begin():
            four.record("session.opened")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        record_and_fail()

    assert flaws(four) == []


def test_a_crash_between_the_database_and_the_noted_head_is_no_flaw(four, data_folder):
    noted = data_folder / "audit-head.json"
    before = noted.read_bytes()
    four.record("session.closed")
    noted.write_bytes(before)

    assert flaws(four) == []


@pytest.mark.parametrize(
    ("cut", "left"),
    [
        ("delete from hilum_audit where sequence = 4", 3),
        ("delete from hilum_audit where sequence > 2", 2),
        ("delete from hilum_audit", 0),
    ],
)
def test_a_deleted_end_stays_found_whatever_is_written_after_it(four, database, cut, left):
    tamper(database, cut)
    four.record("session.closed")
    four.record("session.opened")

    assert [entry.sequence for entry in four.entries(Query())][left:] == [5, 6]
    assert flaws(four) == [(5, Flaw.MISSING)]


def test_a_deleted_database_stays_found(four, make_database, database, clock, data_folder):
    database.close()
    for path in data_folder.glob("hilum.db*"):
        path.unlink()
    later = AuditLog(make_database(), clock=clock, environment="acceptance", folder=data_folder)
    later.record("session.opened")

    assert flaws(later) == [(5, Flaw.MISSING)]


def test_an_end_written_anew_stays_found(four, database):
    from hilum.services.audit_chain import digest

    tamper(database, "update hilum_audit set data = '{}' where sequence = 4")
    changed = next(entry for entry in four.entries(Query()) if entry.sequence == 4)
    tamper(database, f"update hilum_audit set hash = '{digest(changed)}' where sequence = 4")
    assert flaws(four) == [(4, Flaw.HEAD_MISSING)]
    four.record("session.closed")

    assert flaws(four) == [(5, Flaw.UNLINKED)]


@pytest.mark.parametrize("content", [None, "", '["no head"]', '{"writer": 1}'])
def test_a_noted_head_that_was_taken_away_is_found_and_stays_found(four, data_folder, content):
    noted = data_folder / "audit-head.json"
    noted.unlink() if content is None else noted.write_text(content)
    assert flaws(four) == [(4, Flaw.HEAD_UNKNOWN)]
    four.record("session.closed")

    assert flaws(four) == [(6, Flaw.MISSING)]


def test_the_head_of_another_installation_is_none(four, data_folder):
    noted = data_folder / "audit-head.json"
    noted.write_text(json.dumps({**json.loads(noted.read_text()), "writer": "another"}))

    assert flaws(four) == [(4, Flaw.HEAD_UNKNOWN)]


def test_a_name_that_was_taken_away_is_known_from_the_head(four, data_folder, database):
    (data_folder / "installation-id").unlink()
    tamper(database, "delete from hilum_audit where sequence = 4")
    four.record("session.closed")

    assert flaws(four) == [(5, Flaw.MISSING)]


def test_a_first_entry_whose_head_was_not_noted_any_more_is_no_flaw(audit, data_folder):
    audit.record("session.opened")
    noted = json.loads((data_folder / "audit-head.json").read_text())
    before = {**noted, "sequence": 0, "hash": "0" * 64}
    (data_folder / "audit-head.json").write_text(json.dumps(before))
    assert flaws(audit) == []
    audit.record("session.closed")

    assert flaws(audit) == []


def test_nothing_written_is_nothing_missed(audit, database):
    assert audit.verify() == []

    def record_and_fail() -> None:
        with database.begin():
            audit.record("session.opened")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        record_and_fail()
    assert audit.verify() == []


def test_an_entry_that_was_undone_inside_a_transaction_is_not_missed(four, database):
    def record_and_fail() -> None:
        with database.begin():
            four.record("session.opened")
            raise ZeroDivisionError

    with database.begin():
        with pytest.raises(ZeroDivisionError):
            record_and_fail()
        four.record("session.closed")

    assert flaws(four) == []


def test_a_head_noted_late_does_not_replace_a_newer_one(four, data_folder):
    from hilum.services.audit_files import AuditFiles

    files = AuditFiles(data_folder, "0" * 64)
    newest = files.head()
    assert newest is not None
    files.note_head(replace(newest, sequence=newest.sequence - 1, hash="1" * 64))

    assert files.head() == newest


def test_an_entry_that_cannot_be_kept_is_an_error(make_database, clock, data_folder):
    (data_folder / "hilum.db").touch(mode=0o644)
    audit = AuditLog(make_database(), clock=clock, environment="production", folder=data_folder)
    (data_folder / "hilum.db").chmod(0o644)

    with pytest.raises(StorageError):
        audit.record("session.opened")
