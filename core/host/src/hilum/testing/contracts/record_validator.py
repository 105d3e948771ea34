# ruff: noqa: S101, D102  # these are tests: asserts, and names that are sentences
"""What every check of provider records must do."""

from __future__ import annotations

from collections.abc import Sequence

from hilum_hookspecs import Finding, Provider, Purpose, RecordValidator

from .common import CODE, SLUG, shows_in_every_language


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
                shows_in_every_language(finding.message)


def _errors(
    validator: RecordValidator, records: Sequence[Provider], purpose: Purpose
) -> list[Finding]:
    return [f for f in validator.check(records, purpose) if f.severity.value == "error"]


def _codes(findings: object) -> list[tuple[str, str]]:
    assert not isinstance(findings, Finding)
    return [(f.provider_id, f.code) for f in findings]  # type: ignore[attr-defined]  # iterable
