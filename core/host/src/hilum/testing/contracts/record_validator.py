# ruff: noqa: S101, D102  # these are tests: asserts, and names that are sentences
"""What every check of provider records must do."""

from __future__ import annotations

from collections.abc import Sequence

from hilum_hookspecs import Finding, Provider, Purpose, RecordValidator

from hilum.contributions import returning_many

from .common import CODE, is_free, shows_in_every_language


class RecordValidatorContract:
    """For ``hilum_record_validators``. Define ``validator``, ``good`` and ``bad``.

    ``good`` are records without an error for any purpose of the validator, ``bad`` records that
    each have one for every purpose.
    """

    def test_the_name_is_a_slug_and_free(self, validator: RecordValidator) -> None:
        is_free(validator, "hilum_record_validators")

    def test_it_has_a_purpose(self, validator: RecordValidator) -> None:
        assert validator.purposes

    def test_an_empty_batch_has_no_findings(self, validator: RecordValidator) -> None:
        for purpose in validator.purposes:
            assert _found(validator, [], purpose) == ()

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
            together = _codes(_found(validator, records, purpose))
            alone = [f for record in records for f in _codes(_found(validator, [record], purpose))]
            assert sorted(together) == sorted(alone)

    def test_findings_can_be_shown(
        self, validator: RecordValidator, bad: Sequence[Provider]
    ) -> None:
        for purpose in validator.purposes:
            for finding in _found(validator, bad, purpose):
                assert CODE.fullmatch(finding.code)
                shows_in_every_language(finding.message)


def _found(
    validator: RecordValidator, records: Sequence[Provider], purpose: Purpose
) -> tuple[Finding, ...]:
    """Return what the validator finds; ``TypeError`` for what is no finding, as in the host."""
    return returning_many(Finding, validator.check)(records, purpose)


def _errors(
    validator: RecordValidator, records: Sequence[Provider], purpose: Purpose
) -> list[Finding]:
    return [f for f in _found(validator, records, purpose) if f.severity.value == "error"]


def _codes(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(f.provider_id, f.code) for f in findings]
