"""What plugin authors get for their tests, on plugins of a few lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hilum.host import StrictFailure
from hilum.testing.contracts import (
    HealthCheckContract,
    ProviderDirectoryContract,
    RecordValidatorContract,
    StatusIndicatorContract,
)
from hilum.testing.fakes import FakeProviders
from hilum_hookspecs import (
    Choice,
    Finding,
    HealthAnswer,
    HealthCheck,
    HealthLink,
    HealthState,
    Message,
    Provider,
    ProviderDirectory,
    RecordValidator,
    SecretMissing,
    Status,
    StatusIndicator,
    StatusState,
    UserCancelled,
    hookimpl,
)

ALICE = Provider(id="alice", last_name="Example", niss="85073003328", email="a@example.org")
LABEL = Message("acme", "Label")


class TestDirectory(ProviderDirectoryContract):
    @pytest.fixture
    def known(self):
        return ALICE

    @pytest.fixture
    def directory(self, known):
        def find(text):
            digits = "".join(filter(str.isdigit, text))
            return [known] if known.id == text or known.niss == digits else []

        return ProviderDirectory(name="staff", find=find, all=lambda: [known])


class TestValidator(RecordValidatorContract):
    @pytest.fixture
    def validator(self):
        def check(records, purpose):
            for record in records:
                if not record.email:
                    yield Finding(provider_id=record.id, code="acme.email-missing", message=LABEL)

        return RecordValidator(name="email", check=check)

    @pytest.fixture
    def good(self):
        return [ALICE]

    @pytest.fixture
    def bad(self):
        return [replace(ALICE, id="bob", email="")]


class TestIndicator(StatusIndicatorContract):
    @pytest.fixture
    def indicator(self):
        status = Status(state=StatusState.UNKNOWN, words=LABEL)
        return StatusIndicator(name="lamp", label=LABEL, read=lambda provider_id: status)


class TestHealthCheck(HealthCheckContract):
    @pytest.fixture
    def check(self):
        answer = HealthAnswer(state=HealthState.WARNING, cause=LABEL, remedy=LABEL)
        link = HealthLink(name="server", label=LABEL, look=lambda cancelled: answer)
        return HealthCheck(name="practice", label=LABEL, links=(link,))


@dataclass(frozen=True, slots=True)
class Form:
    reader: str = ""


class Plugin:
    Settings = Form

    def __init__(self, context):
        self.context = context

    @hookimpl
    def hilum_provider_directories(self):
        raise ValueError("broken")


def test_a_context_has_the_plugins_settings_and_a_folder_of_its_own(hilum_context, tmp_path):
    context = hilum_context(Plugin, settings={"reader": "left"}, name="acme")

    assert context.settings == Form(reader="left")
    assert context.folder() == tmp_path / "acme"
    assert context.folder().stat().st_mode & 0o777 == 0o700


def test_a_context_takes_other_ports(hilum_context):
    providers = FakeProviders([ALICE])

    assert hilum_context(Plugin, providers=providers).providers.find("85073003328") is ALICE


def test_a_context_has_a_database_in_memory(hilum_context):
    from sqlalchemy import Column, Integer, MetaData, Table, insert, select

    metadata = MetaData()
    table = Table("acme_visit", metadata, Column("id", Integer, primary_key=True))
    context = hilum_context(Plugin, tables=lambda: metadata)

    with context.storage.begin() as connection:
        connection.execute(insert(table).values(id=7))
    with context.storage.begin() as connection:
        assert connection.scalar(select(table.c.id)) == 7


def test_the_strict_host_raises_what_a_plugin_does_wrong(hilum_host, hilum_context):
    hilum_host.register(Plugin(hilum_context(Plugin)), "acme")

    with pytest.raises(StrictFailure, match="broken"):
        hilum_host.collect("hilum_provider_directories")


def test_the_clock_stands_still_until_it_is_moved(hilum_clock, hilum_context):
    before = hilum_clock.now()
    assert hilum_context(Plugin).clock.now() == before

    hilum_clock.advance(minutes=15)

    assert hilum_clock.now() - before == timedelta(minutes=15)


def test_secrets_are_answered_by_name_and_counted(hilum_secrets):
    hilum_secrets.give("eid-pin", "1111", "2222")

    assert [hilum_secrets.secret("eid-pin", LABEL) for _ in range(2)] == ["1111", "2222"]
    with pytest.raises(SecretMissing):
        hilum_secrets.secret("eid-pin", LABEL)
    assert hilum_secrets.asked == ["eid-pin"] * 3


def test_a_choice_without_an_answer_fails_the_test(hilum_secrets):
    with pytest.raises(LookupError):
        hilum_secrets.choose("reason", LABEL, [Choice("a", LABEL)])


def test_the_audit_counts_by_action_provider_time_and_data(hilum_context, hilum_clock):
    audit = hilum_context(Plugin).audit
    audit.record("fallback.used", provider_id="alice", reason="forgotten")
    hilum_clock.advance(days=1)
    audit.record("fallback.used", provider_id="alice", reason="other")

    def count(**data):
        since = hilum_clock.now() - timedelta(days=2)
        return audit.count("fallback.used", provider_id="alice", since=since, **data)

    assert (count(), count(reason="other")) == (2, 1)
    assert audit.count("fallback.used", provider_id="alice", since=hilum_clock.now()) == 1


def test_every_hook_call_is_kept_by_name_without_values(hilum_host, hilum_context, hilum_calls):
    class Listens:
        @hookimpl
        def hilum_session_opened(self, session):
            pass

    hilum_host.register(Listens(), "acme")
    hilum_host.notify("hilum_session_opened", session="85073003328")

    (call,) = hilum_calls
    assert call == ("hilum_session_opened", "acme", ("session",))
    assert hilum_calls.of("hilum_session_opened") == ["acme"]
    assert "85073003328" not in repr(hilum_calls)


def test_a_session_of_alices_is_open_and_hides_what_is_personal(hilum_session, hilum_clock):
    assert hilum_session.not_before < hilum_clock.now() < hilum_session.expires_at
    assert hilum_session.private_key is not None
    assert hilum_session.niss not in repr(hilum_session)


def test_a_secret_can_be_walked_away_from(hilum_secrets):
    hilum_secrets.cancel("eid-pin")

    with pytest.raises(UserCancelled):
        hilum_secrets.secret("eid-pin", LABEL)
