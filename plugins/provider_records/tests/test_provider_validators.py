from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hilum_ehealth.sts.claims import PROFESSIONS
from hilum_hookspecs import InamiPeriod, Profession, Purpose, Severity
from hilum_provider_records.professions import LABELS
from hilum_provider_records.validators import RecordChecks

TODAY = date(2030, 1, 2)


@pytest.fixture
def codes():
    def codes(*records, purpose=Purpose.SAVE, saved=None):
        checks = RecordChecks(lambda numbers: saved or {}, lambda: TODAY)
        return [(f.code, f.severity.value) for f in checks.check(records, purpose)]

    return codes


def with_numbers(record, *periods, name="physiotherapist"):
    return replace(record, professions=(Profession(name=name, inami=periods),))


def test_every_profession_of_the_protocol_has_a_name():
    assert set(LABELS) == set(PROFESSIONS)


def test_a_good_record_has_no_finding(codes, alice):
    assert codes(alice) == []
    assert codes(alice, purpose=Purpose.EHEALTH_LOGIN) == []


@pytest.mark.parametrize(
    ("niss", "code"),
    [
        ("8507300332", "record.niss-length"),
        ("8507300332A", "record.niss-characters"),
        ("85073003329", "record.niss-check-digits"),
        ("85673003360", "record.niss-birth-date"),
        ("85073000061", "record.niss-sequence"),
    ],
)
@pytest.mark.parametrize("purpose", list(Purpose))
def test_each_reason_against_a_niss_has_its_own_sentence(codes, alice, niss, code, purpose):
    record = replace(alice, niss=niss, birth_date=None, gender="")

    assert codes(record, purpose=purpose) == [(code, "error")]


@pytest.mark.parametrize("number", ["53886171521", "53886134521", "54123426", "54123464501"])
def test_inami_numbers_follow_modulus_97_or_89(codes, alice, number):
    assert codes(with_numbers(alice, InamiPeriod(number=number))) == []


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("53886172521", "record.inami-check-digits"),
        ("538861715", "record.inami-length"),
        ("5388617152X", "record.inami-characters"),
    ],
)
def test_each_reason_against_an_inami_number_has_its_own_sentence(codes, alice, number, code):
    assert codes(with_numbers(alice, InamiPeriod(number=number))) == [(code, "error")]


def test_a_number_of_another_profession_is_doubted(codes, alice):
    doctor = InamiPeriod(number="10000205004")

    assert codes(with_numbers(alice, doctor)) == [("record.inami-profession", "warning")]


def test_periods_of_one_profession_do_not_overlap(codes, alice):
    first = InamiPeriod(number="53886171521", end=date(2024, 12, 31))
    touching = InamiPeriod(number="54123426501", start=date(2024, 12, 31))
    following = InamiPeriod(number="54123426501", start=date(2025, 1, 1))

    assert codes(with_numbers(alice, first, following)) == []
    assert codes(with_numbers(alice, first, touching)) == [
        ("record.inami-periods-overlap", "error")
    ]


def test_a_period_does_not_end_before_it_starts(codes, alice):
    period = InamiPeriod(number="53886171521", start=date(2025, 1, 1), end=date(2024, 1, 1))

    assert ("record.inami-period-reversed", "error") in codes(with_numbers(alice, period))


def test_a_profession_that_the_protocol_does_not_know_is_refused(codes, alice):
    record = with_numbers(alice, InamiPeriod(number="53886171521"), name="physio")

    assert codes(record) == [("record.profession-unknown", "error")]


def test_only_one_profession_is_the_default(codes, alice):
    both = (*alice.professions, Profession(name="nurse", default=True))

    assert codes(replace(alice, professions=both)) == [("record.professions-default", "error")]


def test_a_niss_of_another_record_is_refused_but_not_ones_own(codes, alice):
    assert codes(alice, saved={alice.niss: alice.id}) == []
    assert codes(alice, saved={alice.niss: "other"}) == [("record.niss-duplicate", "error")]


def test_a_niss_twice_in_one_batch_is_refused(codes, alice):
    assert codes(alice, replace(alice, id="other")) == [("record.niss-duplicate", "error")] * 2


def test_duplicates_do_not_stop_a_session(codes, alice):
    found = codes(alice, purpose=Purpose.EHEALTH_LOGIN, saved={alice.niss: "other"})

    assert found == []


def test_what_contradicts_the_niss_is_a_warning(codes, alice):
    record = replace(alice, birth_date=date(1985, 7, 31), gender="F")

    assert codes(record) == [
        ("record.birth-date-contradicts-niss", "warning"),
        ("record.gender-contradicts-niss", "warning"),
    ]


@pytest.mark.parametrize("niss", ["98472899765", "01490700185"])
def test_bis_numbers_are_good(codes, alice, niss):
    assert codes(replace(alice, niss=niss, birth_date=None, gender="")) == []


def test_contact_data_are_checked_lightly(codes, alice):
    assert codes(replace(alice, email="alice")) == [("record.email-wrong", "error")]
    assert codes(replace(alice, phone="ask Bob")) == [("record.phone-doubtful", "warning")]
    assert codes(replace(alice, phone="+32 (0)2 123.45.67", mobile="0475/12-34-56")) == []


def test_a_record_needs_a_name(codes, alice):
    assert codes(replace(alice, last_name="")) == [("record.name-missing", "error")]


def test_a_session_needs_the_niss(codes, alice):
    found = codes(replace(alice, niss=""), purpose=Purpose.EHEALTH_LOGIN)

    assert found == [("record.niss-missing", "error")]


@pytest.mark.parametrize(
    "period",
    [
        InamiPeriod(number="53886171521", end=date(2030, 1, 1)),
        InamiPeriod(number="53886171521", start=date(2030, 1, 3)),
    ],
)
def test_a_session_needs_a_number_that_holds_today(codes, alice, period):
    found = codes(with_numbers(alice, period), purpose=Purpose.EHEALTH_LOGIN)

    assert found == [("record.inami-missing", "error")]


def test_a_record_for_a_session_may_lack_everything_else(codes, alice):
    record = replace(alice, email="wrong", phone="?", last_name="")

    assert codes(record, purpose=Purpose.EHEALTH_LOGIN) == []


def test_today_is_the_day_in_belgium(context, plugin, alice, hilum_clock):
    hilum_clock.set(hilum_clock.now().replace(hour=23, minute=30))
    period = InamiPeriod(number="53886171521", start=date(2030, 1, 3))
    (validator,) = plugin.hilum_record_validators()

    findings = validator.check([with_numbers(alice, period)], Purpose.EHEALTH_LOGIN)

    assert [f for f in findings if f.severity is Severity.ERROR] == []
