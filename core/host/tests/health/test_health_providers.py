"""The doctor's look at the providers: for whom a session could be opened now."""

from __future__ import annotations

import pytest
from hilum.services.health.providers import ProviderHealth
from hilum.storage.database import Database
from hilum_hookspecs import Finding, HealthState, Message, Provider, Severity
from hilum_hookspecs.words import show

ALICE, BOB = Provider(id="alice", last_name="Example"), Provider(id="bob", last_name="Other")


def finding(provider, code, **more):
    text = Message("hilum", f"{code} happened.", {})
    return Finding(provider_id=provider.id, code=code, message=text, **more)


class Providers:
    """The port, over what a test says."""

    def __init__(self, records, findings=()):
        self._records, self._findings = records, findings

    def all(self):
        return self._records

    def check(self, records, purpose):
        return self._findings


@pytest.fixture
def look(tmp_path):
    def look(*arguments, made=True):
        path = tmp_path / "hilum.db"
        database = Database(f"sqlite:///{path}", list, tmp_path)
        try:
            if made:
                database.upgrade()
            health = ProviderHealth(lambda: Providers(*arguments), lambda: database, lambda: path)
            answer = health.check().links[0].look(lambda: False)
        finally:
            database.close()
        assert path.exists() == made
        return answer

    return look


def test_before_anything_was_kept_nothing_is_made(look):
    assert look([ALICE], made=False).state is HealthState.NOT_APPLICABLE


def test_without_providers_there_is_nothing_to_say(look):
    assert look([]).state is HealthState.NOT_APPLICABLE


def test_warnings_stop_no_session(look):
    warned = finding(ALICE, "record.phone-doubtful", severity=Severity.WARNING)

    assert look([ALICE], [warned]).state is HealthState.OK


def test_one_of_several_who_cannot_open_a_session_is_a_warning(look):
    answer = look([ALICE, BOB], [finding(BOB, "record.one"), finding(BOB, "record.two")])

    assert answer.state is HealthState.WARNING
    assert show(answer.cause) == (
        "No session can be opened for bob. First cause (bob): record.one happened."
    )
    assert show(answer.remedy) == "hilum provider check says more."
    assert answer.data["providers"] == [
        {"id": "alice", "cause": None},
        {"id": "bob", "cause": "record.one"},
    ]


def test_when_nobody_can_open_a_session_it_is_a_failure_and_says_what_to_do(look):
    fix = Message("hilum", "Import one.", {})
    answer = look([ALICE], [finding(ALICE, "certificate.missing", fix=fix)])

    assert answer.state is HealthState.FAILED
    assert show(answer.remedy) == "Import one."
