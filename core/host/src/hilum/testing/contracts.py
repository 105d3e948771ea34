# ruff: noqa: S101, D102  # these are tests: asserts, and names that are sentences
"""What every implementation of a hook must do: subclass a contract and pytest runs it.

Each contract wants one fixture that returns the contribution; some want more, said in the class.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hilum_ehealth.environments import Environment
from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import (
    AuthMethod,
    AuthRequest,
    CertificateSource,
    ConfigurationError,
    CredentialRejected,
    EhealthSession,
    Finding,
    HealthAnswer,
    HealthCheck,
    HealthState,
    HilumError,
    LocalLogin,
    Message,
    PasswordRequest,
    PasswordState,
    Provider,
    ProviderDirectory,
    Purpose,
    RecordValidator,
    SessionProbe,
    Status,
    StatusIndicator,
    StatusState,
    StorageSpec,
)
from hilum_hookspecs.cli import CliCommand
from hilum_hookspecs.words import LANGUAGES, language, set_language, show

from hilum.failures import is_ours

from .fakes import FakeProgress, FakePrompter, StillClock

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CODE = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")


def _shows_in_every_language(message: Message) -> None:
    before = language()
    try:
        for each in LANGUAGES:
            set_language(each)
            assert show(message).strip()
    finally:
        set_language(before)


class AuthMethodContract:
    """For ``hilum_auth_methods``. Define the fixture ``method``.

    Its card and platform are fakes or the simulator's. ``request_to_open`` is a request that the
    method can fulfil, its prompter a ``FakePrompter`` with the right answers: by default
    ``hilum_request``.
    """

    @pytest.fixture
    def request_to_open(self, hilum_request: AuthRequest) -> AuthRequest:
        """Return a request that succeeds."""
        return hilum_request

    def test_the_name_is_a_slug(self, method: AuthMethod) -> None:
        assert SLUG.fullmatch(method.name)

    def test_the_label_shows_in_every_language(self, method: AuthMethod) -> None:
        _shows_in_every_language(method.label)

    def test_needs_are_named_with_slugs(self, method: AuthMethod) -> None:
        assert all(SLUG.fullmatch(need) for need in method.needs)

    def test_availability_is_told_without_asking_anybody(
        self, method: AuthMethod, request_to_open: AuthRequest
    ) -> None:
        reason = method.available(request_to_open.provider)

        assert reason is None or show(reason)
        assert getattr(request_to_open.prompter, "asked", []) == []

    def test_the_session_is_the_one_that_was_asked_for(
        self, method: AuthMethod, request_to_open: AuthRequest
    ) -> None:
        session = method.authenticate(request_to_open)

        assert isinstance(session, EhealthSession)
        assert session.method == method.name
        assert session.provider_id == request_to_open.provider.id
        assert session.niss == request_to_open.provider.niss
        assert session.environment == request_to_open.environment.name
        assert session.profession == request_to_open.profession

    def test_the_session_has_an_end_and_its_key(
        self, method: AuthMethod, request_to_open: AuthRequest
    ) -> None:
        session = method.authenticate(request_to_open)

        assert session.opened_at.tzinfo is not None
        assert session.not_before < session.expires_at
        assert session.private_key is not None

    def test_only_secrets_that_are_announced_are_asked(
        self, method: AuthMethod, request_to_open: AuthRequest
    ) -> None:
        method.authenticate(request_to_open)

        asked = set(getattr(request_to_open.prompter, "asked", []))
        assert {name for name in asked if name.endswith(("password", "pin"))} <= set(method.needs)

    def test_the_session_hides_what_is_personal(
        self, method: AuthMethod, request_to_open: AuthRequest
    ) -> None:
        session = method.authenticate(request_to_open)

        assert session.niss not in repr(session)
        assert repr(session.assertion) not in repr(session)


class LocalLoginContract:
    """For ``hilum_local_logins``. Define the fixture ``login``, on the clock ``hilum_clock``.

    ``good`` and ``other`` are two passwords that meet every rule, ``weak`` is one that does not;
    for a log-in without rules of its own ``weak`` is ``None``.
    """

    good = "Sunny-Garden-42"
    other = "Rainy-Meadow-73"
    weak: str | None = "weak"

    def verify(
        self, login: LocalLogin, prompter: FakePrompter, user_id: str | None, password: str
    ) -> None:
        """Log in with *password*."""
        prompter.give("account-password", password)
        login.verify(_asking(prompter, user_id))

    def set_password(
        self,
        login: LocalLogin,
        prompter: FakePrompter,
        password: str,
        *,
        temporary: bool = False,
    ) -> None:
        """Give the user ``u1`` the *password*."""
        prompter.give("new-account-password", password)
        login.set_password(_asking(prompter, "u1", temporary=temporary))

    def refusal(
        self, login: LocalLogin, prompter: FakePrompter, user_id: str | None, password: str
    ) -> str:
        """Be refused with *password*; return the code."""
        with pytest.raises(CredentialRejected) as caught:
            self.verify(login, prompter, user_id, password)
        assert password not in repr(caught.value.details)
        return caught.value.code

    def test_the_name_is_a_slug(self, login: LocalLogin) -> None:
        assert SLUG.fullmatch(login.name)

    def test_the_label_shows_in_every_language(self, login: LocalLogin) -> None:
        _shows_in_every_language(login.label)

    def test_the_right_password_is_accepted(
        self, login: LocalLogin, hilum_secrets: FakePrompter
    ) -> None:
        self.set_password(login, hilum_secrets, self.good)

        self.verify(login, hilum_secrets, "u1", self.good)

        assert hilum_secrets.asked == ["new-account-password", "account-password"]

    def test_wrong_unknown_and_without_password_are_refused_alike(
        self, login: LocalLogin, hilum_secrets: FakePrompter
    ) -> None:
        self.set_password(login, hilum_secrets, self.good)

        codes = {
            self.refusal(login, hilum_secrets, "u1", self.other),
            self.refusal(login, hilum_secrets, "u2", self.good),
            self.refusal(login, hilum_secrets, None, self.good),
        }

        assert codes == {"credential.login-rejected"}

    def test_a_new_password_takes_the_place_of_the_old_one(
        self, login: LocalLogin, hilum_secrets: FakePrompter, hilum_clock: StillClock
    ) -> None:
        self.set_password(login, hilum_secrets, self.good)
        self.set_password(login, hilum_secrets, self.other)

        self.verify(login, hilum_secrets, "u1", self.other)

        assert self.refusal(login, hilum_secrets, "u1", self.good)

    def test_it_tells_when_the_password_was_chosen_and_whether_it_is_temporary(
        self, login: LocalLogin, hilum_secrets: FakePrompter, hilum_clock: StillClock
    ) -> None:
        self.set_password(login, hilum_secrets, self.good, temporary=True)
        first = login.state("u1")
        hilum_clock.advance(days=1)
        self.set_password(login, hilum_secrets, self.other)
        second = login.state("u1")

        assert (first.must_change, second.must_change) == (True, False)
        assert second.changed_at == hilum_clock.now() != first.changed_at

    def test_a_user_who_is_forgotten_has_no_password(
        self, login: LocalLogin, hilum_secrets: FakePrompter
    ) -> None:
        self.set_password(login, hilum_secrets, self.good)

        login.forget("u1")

        assert login.state("u1") == PasswordState()
        assert self.refusal(login, hilum_secrets, "u1", self.good)

    def test_rules_can_be_shown_and_good_passwords_meet_them(self, login: LocalLogin) -> None:
        for rule in login.rules():
            assert SLUG.fullmatch(rule.name)
            _shows_in_every_language(rule.label)
            assert rule.met(self.good)
            assert rule.met(self.other)

    def test_a_password_that_breaks_a_rule_is_not_kept(
        self, login: LocalLogin, hilum_secrets: FakePrompter
    ) -> None:
        if self.weak is None:
            return
        broken = [rule.name for rule in login.rules() if not rule.met(self.weak)]

        with pytest.raises(ConfigurationError) as caught:
            self.set_password(login, hilum_secrets, self.weak)

        assert caught.value.details["rules"] == broken != []
        assert login.state("u1") == PasswordState()


def _asking(
    prompter: FakePrompter, user_id: str | None, *, temporary: bool = False
) -> PasswordRequest:
    return PasswordRequest(
        user_id=user_id, prompter=prompter, progress=FakeProgress(), temporary=temporary
    )


class CertificateSourceContract:
    """For ``hilum_certificate_sources``. Define ``source``, ``known`` and ``environment_name``.

    ``known`` is the id of a provider who has an active certificate in that environment.
    """

    def test_the_name_is_a_slug(self, source: CertificateSource) -> None:
        assert SLUG.fullmatch(source.name)

    def test_the_label_shows_in_every_language(self, source: CertificateSource) -> None:
        _shows_in_every_language(source.label)

    def test_an_unknown_provider_has_no_certificate(
        self, source: CertificateSource, environment_name: str
    ) -> None:
        assert source.active("nobody-has-this-id", environment_name) is None

    def test_another_environment_has_no_certificate(
        self, source: CertificateSource, known: str
    ) -> None:
        assert source.active(known, "nobody-has-this-environment") is None

    def test_the_active_certificate_is_complete(
        self, source: CertificateSource, known: str, environment_name: str
    ) -> None:
        active = source.active(known, environment_name)

        assert active is not None
        assert (active.provider_id, active.environment) == (known, environment_name)
        assert active.keystore.is_file()
        assert active.certificate
        assert active.not_before < active.not_after
        assert active.not_before.tzinfo is not None

    def test_the_active_keystore_is_ours_alone(
        self, source: CertificateSource, known: str, environment_name: str
    ) -> None:
        active = source.active(known, environment_name)

        assert active is not None
        assert active.keystore.stat().st_mode & 0o077 == 0

    def test_an_empty_folder_has_no_keystores(
        self, source: CertificateSource, tmp_path: Path
    ) -> None:
        folder = tmp_path / "empty-folder-of-the-contract"
        folder.mkdir()

        assert list(source.find(folder)) == []


class RecordValidatorContract:
    """For ``hilum_record_validators``. Define ``validator``, ``good`` and ``bad``.

    ``good`` are records without an error for any purpose of the validator, ``bad`` records that
    each have one for every purpose.
    """

    def test_the_name_is_a_slug(self, validator: RecordValidator) -> None:
        assert SLUG.fullmatch(validator.name)

    def test_it_has_a_purpose(self, validator: RecordValidator) -> None:
        assert validator.purposes

    def test_an_empty_batch_has_no_findings(self, validator: RecordValidator) -> None:
        for purpose in validator.purposes:
            assert list(validator.check([], purpose)) == []

    def test_good_records_have_no_error(
        self, validator: RecordValidator, good: Sequence[Provider]
    ) -> None:
        for purpose in validator.purposes:
            assert _errors(validator, good, purpose) == []

    def test_every_bad_record_is_named(
        self, validator: RecordValidator, bad: Sequence[Provider]
    ) -> None:
        for purpose in validator.purposes:
            found = {finding.provider_id for finding in _errors(validator, bad, purpose)}
            assert found == {record.id for record in bad}

    def test_a_batch_finds_what_single_records_find(
        self, validator: RecordValidator, good: Sequence[Provider], bad: Sequence[Provider]
    ) -> None:
        records = [*good, *bad]
        for purpose in validator.purposes:
            together = _codes(validator.check(records, purpose))
            alone = [f for record in records for f in _codes(validator.check([record], purpose))]
            assert sorted(together) == sorted(alone)

    def test_findings_can_be_shown(
        self, validator: RecordValidator, bad: Sequence[Provider]
    ) -> None:
        for purpose in validator.purposes:
            for finding in validator.check(bad, purpose):
                assert CODE.fullmatch(finding.code)
                _shows_in_every_language(finding.message)


def _errors(
    validator: RecordValidator, records: Sequence[Provider], purpose: Purpose
) -> list[Finding]:
    return [f for f in validator.check(records, purpose) if f.severity.value == "error"]


def _codes(findings: object) -> list[tuple[str, str]]:
    assert not isinstance(findings, Finding)
    return [(f.provider_id, f.code) for f in findings]  # type: ignore[attr-defined]  # iterable


class StatusIndicatorContract:
    """For ``hilum_status_indicators``. Define ``indicator``; ``provider_id`` may be overridden."""

    provider_id = "p1"

    def test_the_name_is_a_slug(self, indicator: StatusIndicator) -> None:
        assert SLUG.fullmatch(indicator.name)

    def test_the_label_shows_in_every_language(self, indicator: StatusIndicator) -> None:
        _shows_in_every_language(indicator.label)

    def test_the_state_is_never_told_by_colour_alone(self, indicator: StatusIndicator) -> None:
        status = indicator.read(self.provider_id)

        assert isinstance(status, Status)
        assert isinstance(status.state, StatusState)
        _shows_in_every_language(status.words)

    def test_instants_are_aware(self, indicator: StatusIndicator) -> None:
        status = indicator.read(self.provider_id)

        for instant in (status.since, status.until):
            assert instant is None or instant.tzinfo is not None

    def test_an_unknown_provider_is_answered_without_an_error(
        self, indicator: StatusIndicator
    ) -> None:
        assert indicator.read("nobody-has-this-id").state is not StatusState.ACTIVE


class HealthCheckContract:
    """For ``hilum_health_checks``. Define ``check``, with all that it looks at faked or local."""

    def test_the_name_is_a_slug(self, check: HealthCheck) -> None:
        assert SLUG.fullmatch(check.name)
        assert all(SLUG.fullmatch(link.name) for link in check.links)

    def test_it_has_links_of_different_names(self, check: HealthCheck) -> None:
        names = [link.name for link in check.links]

        assert names
        assert len(names) == len(set(names))

    def test_labels_show_in_every_language(self, check: HealthCheck) -> None:
        for label in (check.label, *(link.label for link in check.links)):
            _shows_in_every_language(label)

    def test_every_answer_has_a_cause_and_what_is_wrong_a_remedy(self, check: HealthCheck) -> None:
        for answer in _answers(check):
            _shows_in_every_language(answer.cause)
            if answer.state in (HealthState.WARNING, HealthState.FAILED):
                assert answer.remedy is not None
            if answer.remedy is not None:
                _shows_in_every_language(answer.remedy)

    def test_facts_are_jsonable(self, check: HealthCheck) -> None:
        for answer in _answers(check):
            assert json.dumps(answer.data)

    def test_looks_can_be_told_to_end(self, check: HealthCheck) -> None:
        looking = threading.Thread(target=_answers, args=(check, True), daemon=True)
        looking.start()
        looking.join(timeout=5)

        assert not looking.is_alive()


def _answers(check: HealthCheck, told_to_end: bool = False) -> list[HealthAnswer]:
    """Look along the chain as the doctor does; an error of ours is the last answer."""
    answers: list[HealthAnswer] = []
    try:
        with suppress(HilumError, EhealthError):
            for link in check.links:
                answers.append(link.look(lambda: told_to_end))
                if answers[-1].state is HealthState.FAILED:
                    break
    finally:
        check.close()
    return answers


class ProviderDirectoryContract:
    """For ``hilum_provider_directories``. Define ``directory`` and ``known``, a record in it."""

    def test_the_name_is_a_slug(self, directory: ProviderDirectory) -> None:
        assert SLUG.fullmatch(directory.name)

    def test_a_record_is_found_by_its_id(
        self, directory: ProviderDirectory, known: Provider
    ) -> None:
        assert [record.id for record in directory.find(known.id)] == [known.id]

    def test_a_record_is_found_by_its_niss_however_written(
        self, directory: ProviderDirectory, known: Provider
    ) -> None:
        digits = known.niss
        written = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}-{digits[6:9]}.{digits[9:]}"
        for text in (digits, written):
            assert [record.id for record in directory.find(text)] == [known.id]

    def test_an_unknown_text_finds_nothing(self, directory: ProviderDirectory) -> None:
        assert list(directory.find("nobody-has-this-id")) == []

    def test_every_record_is_listed_once(
        self, directory: ProviderDirectory, known: Provider
    ) -> None:
        ids = [record.id for record in directory.all()]

        assert known.id in ids
        assert len(ids) == len(set(ids))

    def test_the_listing_shows_no_national_number(
        self, directory: ProviderDirectory, known: Provider
    ) -> None:
        assert known.niss not in repr(list(directory.all()))


class SessionProbeContract:
    """For ``hilum_session_probes``. Define ``probe``.

    ``session`` and ``environment`` are what it is asked about: by default ``hilum_session``, which
    no platform signed, in an environment whose endpoints lead nowhere.
    """

    @pytest.fixture
    def session(self, hilum_session: EhealthSession) -> EhealthSession:
        """Return the session to ask about."""
        return hilum_session

    @pytest.fixture
    def environment(self, hilum_request: AuthRequest) -> Environment:
        """Return the environment to ask in."""
        return hilum_request.environment

    def test_the_name_is_a_slug(self, probe: SessionProbe) -> None:
        assert SLUG.fullmatch(probe.name)

    def test_the_answer_is_nothing_or_an_error_of_ours(
        self, probe: SessionProbe, session: EhealthSession, environment: Environment
    ) -> None:
        code = _refusal(probe, session, environment)

        assert code is None or CODE.fullmatch(code)

    def test_asking_again_has_the_same_answer(
        self, probe: SessionProbe, session: EhealthSession, environment: Environment
    ) -> None:
        first = _refusal(probe, session, environment)

        assert _refusal(probe, session, environment) == first


def _refusal(probe: SessionProbe, session: EhealthSession, environment: Environment) -> str | None:
    """Ask, and return the code of the error of ours that was raised."""
    try:
        probe.ask(session, environment)
    except Exception as error:
        if not is_ours(error):
            raise
        return error.code
    return None


class StorageSpecContract:
    """For ``hilum_storage``. Define ``tables`` and the plugin's name, ``plugin_name``."""

    plugin_name: str

    def test_every_table_bears_the_plugins_name(self, tables: StorageSpec) -> None:
        names = list(tables.metadata().tables)

        assert names
        assert [n for n in names if not f"{n}_".startswith(f"{self.plugin_name}_")] == []

    def test_no_key_leads_to_tables_of_another_plugin(self, tables: StorageSpec) -> None:
        metadata = tables.metadata()

        for table in metadata.tables.values():
            for key in table.foreign_keys:
                assert key.target_fullname.split(".")[0] in metadata.tables

    def test_the_head_is_the_newest_of_one_line_of_revisions(self, tables: StorageSpec) -> None:
        from alembic.script import ScriptDirectory

        folder = str(tables.migrations)
        scripts = ScriptDirectory(folder, version_locations=[folder])

        assert scripts.get_heads() == [tables.head]
        assert len(scripts.get_bases()) == 1


class CliCommandContract:
    """For ``hilum_cli_commands``. Define ``command``."""

    def test_the_name_is_a_slug(self, command: CliCommand) -> None:
        assert SLUG.fullmatch(command.name)

    def test_the_summary_shows_in_every_language(self, command: CliCommand) -> None:
        _shows_in_every_language(command.summary)

    def test_it_is_built_under_its_name(self, command: CliCommand) -> None:
        assert command.build().name == command.name

    def test_its_help_can_be_shown_in_every_language(self, command: CliCommand) -> None:
        before = language()
        try:
            for each in LANGUAGES:
                set_language(each)
                built = command.build()
                with built.make_context(command.name, [], resilient_parsing=True) as context:
                    assert built.get_help(context).strip()
        finally:
            set_language(before)
