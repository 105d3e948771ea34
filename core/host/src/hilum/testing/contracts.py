# ruff: noqa: S101, D102  # these are tests: asserts, and names that are sentences
"""What every implementation of a hook must do: subclass a contract and pytest runs it.

Each contract wants one fixture that returns the contribution; some want more, said in the class.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hilum_hookspecs import (
    AuthMethod,
    AuthRequest,
    CertificateSource,
    EhealthSession,
    Finding,
    Message,
    Provider,
    ProviderDirectory,
    Purpose,
    RecordValidator,
    Status,
    StatusIndicator,
    StatusState,
)
from hilum_hookspecs.words import LANGUAGES, language, set_language, show

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
