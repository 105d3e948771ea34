"""What plugin authors get for their tests, on plugins of a few lines."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import click
import pytest
from hilum.cli.tree import HOST_COMMANDS
from hilum.host import StrictFailure
from hilum.testing.contracts import (
    CliCommandContract,
    HealthCheckContract,
    ProviderDirectoryContract,
    RecordValidatorContract,
    StatusIndicatorContract,
)
from hilum.testing.contracts.common import shows_in_every_language
from hilum.testing.fakes import FakeProviders
from hilum.testing.migrations import walk
from hilum.testing.plugins import offering
from hilum_hookspecs import (
    Choice,
    ConfigurationError,
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
    StorageSpec,
    UserCancelled,
    hookimpl,
)
from hilum_hookspecs.cli import CliCommand

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


@dataclass(frozen=True)
class Reading:
    port: int = field(default=443, metadata={"min": 1, "max": 65535})
    folder: Path | None = None
    readers: tuple[str, ...] = ()
    mode: Literal["", "quick"] = ""


class Reader:
    Settings = Reading


def test_settings_are_given_as_python_has_them(hilum_context, tmp_path):
    given = {"port": 8443, "folder": tmp_path, "readers": ("a", "b"), "mode": "quick"}

    assert hilum_context(Reader, settings=given).settings == Reading(
        8443, tmp_path, ("a", "b"), "quick"
    )
    assert hilum_context(Reader, settings={"folder": None}).settings == Reading()


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ({"port": "x"}, "settings.invalid-value", "number"),
        ({"port": 0}, "settings.invalid-value", "1"),
        ({"port": None}, "settings.invalid-value", "number"),
        ({"prot": 1}, "settings.unknown-key", "prot"),
        ({"mode": "slow"}, "settings.invalid-value", "quick"),
        ({"readers": (1, 2)}, "settings.invalid-value", "readers"),
    ],
)
def test_settings_that_the_host_refuses_fail_the_test_with_a_sentence(
    hilum_context, given, code, said
):
    with pytest.raises(ConfigurationError) as caught:
        hilum_context(Reader, settings=given)

    assert caught.value.code == code
    assert said in caught.value.__notes__[0]


def test_a_default_that_does_not_fit_fails_the_test(hilum_context):
    @dataclass(frozen=True)
    class Wrong:
        port: int = "x"  # type: ignore[assignment]  # that is the mistake

    with pytest.raises(TypeError, match="Wrong: a default does not fit"):
        hilum_context(type("Plugin", (), {"Settings": Wrong}))


def test_settings_that_no_plugin_can_have_fail_the_test(hilum_context):
    with pytest.raises(TypeError, match="frozen dataclass"):
        hilum_context(type("Plugin", (), {"Settings": dict}))


def test_the_strict_host_raises_what_a_hook_prints(hilum_host):
    hilum_host.register(offering("hilum_record_validators", lambda: print("hello"))(), "acme")

    with pytest.raises(StrictFailure, match="hilum_record_validators prints"):
        hilum_host.collect("hilum_record_validators")


@pytest.mark.parametrize(
    ("name", "under", "problem"),
    [
        ("hello", None, None),
        ("hello", "session", None),
        ("session", None, "session is a command of the host"),
        ("status", "session", "session status is a command of the host"),
        ("watch", "session", "session watch is a command of Hilum's own session_liveness"),
        ("provider", None, "provider is a command of Hilum's own provider_records"),
        ("hello", "sesion", "sesion is no group of the host"),
        ("hello", "doctor", "doctor is no group of the host"),
    ],
)
def test_a_command_whose_place_is_not_free_fails_its_contract(name, under, problem):
    command = CliCommand(name=name, under=under, summary=LABEL, build=lambda: click.Command(name))

    assert failure(CliCommandContract().test_its_place_is_free, command) == problem


def failure(test, *arguments):
    """Return the first line of what *test* says; ``None`` when it passes."""
    try:
        test(*arguments)
    except AssertionError as error:
        return str(error).splitlines()[0]
    return None


@pytest.mark.parametrize("name", HOST_COMMANDS)
def test_what_a_group_of_the_host_holds_is_known_without_an_application(name):
    command = CliCommand(name="x", under=name, summary=LABEL, build=lambda: click.Command("x"))
    said = failure(CliCommandContract().test_its_place_is_free, command)

    assert said in (None, f"{name} is no group of the host")


@pytest.mark.parametrize(("name", "free"), [("acme_email", True), ("provider-records", False)])
def test_a_name_that_hilums_own_has_fails_the_contract(name, free):
    validator = RecordValidator(name=name, check=lambda records, purpose: ())
    said = failure(RecordValidatorContract().test_the_name_is_a_slug_and_free, validator)

    assert said == (
        None if free else "provider-records is the name of Hilum's own provider_records"
    )


def test_what_is_no_finding_fails_the_contract():
    validator = RecordValidator(name="acme", check=lambda records, purpose: ["bad"])

    with pytest.raises(TypeError, match="Finding is expected, not str"):
        RecordValidatorContract().test_good_records_have_no_error(validator, [ALICE])


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (Message("acme", "see {there}", {"there": "x"}), None),
        (Message("acme", "{{braces}} and {there!r:>3}", {"there": "x"}), None),
        (Message("acme", "see {nope}"), "'see {nope}' (fr) has no argument for ['nope']"),
        (Message("acme", "{a} {b}", {"a": 1}), "'{a} {b}' (fr) has no argument for ['b']"),
    ],
)
def test_a_message_without_an_argument_for_its_name_fails_the_contract(message, problem):
    assert failure(shows_in_every_language, message) == problem


def test_a_revision_without_a_way_back_fails_the_contract_with_a_sentence(tmp_path):
    (tmp_path / "acme_0001.py").write_text(
        'revision = "acme_0001"\ndown_revision = None\n\n\ndef upgrade() -> None:\n    pass\n'
    )
    tables = StorageSpec(metadata=acme_tables, migrations=tmp_path, head="acme_0001")

    with pytest.raises(AssertionError, match=r"acme: the revision acme_0001 has no downgrade\(\)"):
        walk("acme", tables, tmp_path)


def acme_tables():
    from sqlalchemy import Column, Integer, MetaData, Table

    metadata = MetaData()
    Table("acme_visit", metadata, Column("id", Integer, primary_key=True))
    return metadata
