"""What must hold of users, and the conditions of a log-in via eHealth, one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hilum.services.ehealth_conditions import (
    certificate_condition,
    inami_condition,
    niss_condition,
)
from hilum.services.user_passwords import password_expiry
from hilum.services.user_rules import check_administrators, check_record, user_key
from hilum_hookspecs import (
    ActiveCertificate,
    InamiPeriod,
    Profession,
    Provider,
    RecordError,
    User,
)
from hilum_hookspecs.words import show

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def user(user_name="anna", **more):
    return User(id=user_name, name="Anna", user_name=user_name, **more)


def admin(user_name="anna", **more):
    return user(user_name, administrator=True, **more)


def provider(**more):
    return Provider(id="7", last_name="Example", **more)


def certificate(tmp_path, *, start, end):
    return ActiveCertificate(
        provider_id="7",
        environment="test",
        keystore=tmp_path / "x.p12",
        certificate=b"x",
        not_before=NOW + timedelta(days=start),
        not_after=NOW + timedelta(days=end),
        stage="complete",
    )


def test_capitals_accents_typed_in_two_ways_and_spaces_make_no_other_user_name():
    assert user_key(" Zoé ") == user_key("zoe\u0301") == user_key("ZOÉ")
    assert user_key("zoe") != user_key("zoé")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": ""}, "user.name-missing"),
        ({"user_name": " "}, "user.user-name-missing"),
        ({"valid_from": TODAY, "valid_until": TODAY - timedelta(days=1)}, "user.dates-reversed"),
        ({"password_months": 121}, "user.password-months"),
        ({"providers": ("7",), "mailboxes": ("8",)}, "user.mailbox-not-linked"),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(wrong, code):
    values = {"id": "1", "name": "Anna", "user_name": "anna", **wrong}
    with pytest.raises(RecordError) as caught:
        check_record(User(**values))
    assert caught.value.code == code


def test_both_days_of_the_validity_count():
    one_day = user(valid_from=TODAY, valid_until=TODAY)
    assert one_day.is_valid(TODAY)
    assert not one_day.is_valid(TODAY + timedelta(days=1))
    assert not one_day.is_valid(TODAY - timedelta(days=1))


@pytest.mark.parametrize(
    "after",
    [
        [],
        [user()],
        [admin(valid_until=TODAY - timedelta(days=1))],
        [admin(valid_from=TODAY + timedelta(days=1))],
        [admin(valid_until=TODAY + timedelta(days=365))],
        [user(), admin("ben", valid_until=TODAY)],
    ],
)
def test_the_last_administrator_remains(after):
    with pytest.raises(RecordError) as caught:
        check_administrators([admin()], after, TODAY)
    assert caught.value.code == "user.last-administrator"
    assert caught.value.details == {"user": "anna"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([admin(), admin("ben")], [admin("ben")]),
        ([user()], []),
        ([admin(valid_until=TODAY - timedelta(days=1))], []),
        ([admin()], [user(), admin("ben")]),
    ],
)
def test_another_administrator_or_none_before_allows_the_change(before, after):
    check_administrators(before, after, TODAY)


@pytest.mark.parametrize(
    ("changed", "months", "expiry"),
    [
        (date(2026, 1, 15), 6, date(2026, 7, 15)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2026, 1, 15), 0, None),
    ],
)
def test_a_password_expires_after_so_many_months(changed, months, expiry):
    assert password_expiry(changed, months) == expiry


@pytest.mark.parametrize(
    ("start", "end", "code", "words"),
    [
        (-1, 1, None, "active until 24/11/2026"),
        (-2, -1, "certificate.expired", "expired (22/11/2026)"),
        (1, 2, "certificate.not-yet-valid", "not valid before 24/11/2026"),
    ],
)
def test_the_certificate_is_judged_by_its_dates(tmp_path, start, end, code, words):
    condition = certificate_condition("7", certificate(tmp_path, start=start, end=end), NOW)
    assert (condition.code, condition.met) == (code, code is None)
    assert words in show(condition.message)
    assert (condition.fix is None) == condition.met


def test_no_certificate_is_another_refusal_than_an_expired_one():
    condition = certificate_condition("7", None, NOW)
    assert condition.code == "certificate.missing"
    assert "--provider 7" in show(condition.fix)


@pytest.mark.parametrize(
    ("niss", "code"),
    [
        ("", "record.niss-missing"),
        ("85073003329", "identifier.check-digits"),
        ("85073003328", None),
    ],
)
def test_the_niss_must_be_there_and_right(niss, code):
    condition = niss_condition(provider(niss=niss))
    assert condition.code == code
    assert niss == "" or niss not in show(condition.message)


@pytest.mark.parametrize(
    ("professions", "code"),
    [
        ((), "record.inami-missing"),
        ((Profession(name="nurse"),), "record.inami-missing"),
        (
            (Profession(name="nurse", inami=(InamiPeriod(number="1", end=date(2020, 1, 1)),)),),
            "record.inami-missing",
        ),
        ((Profession(name="nurse", inami=(InamiPeriod(number="1"),)),), None),
    ],
)
def test_an_inami_number_must_hold_today(professions, code):
    assert inami_condition(provider(professions=professions), NOW).code == code
