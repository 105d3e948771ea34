from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hilum_hookspecs import CheckResult, Liveness, SessionView
from hilum_session_liveness.policy import Policy, next_check

OPENED = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ENDS = OPENED + timedelta(hours=12)


@pytest.fixture
def session():
    return SessionView(
        id="_1",
        provider_id="alice",
        environment="simulator",
        method="eid",
        profession="physiotherapist",
        opened_at=OPENED,
        not_before=OPENED,
        expires_at=ENDS,
    )


def checked(session, at, liveness=Liveness.ALIVE):
    result = CheckResult(liveness=liveness, checked_at=at, expires_at=session.expires_at)
    return replace(session, last_check=result)


def minutes(number):
    return timedelta(minutes=number)


def test_the_first_check_is_due_fifteen_minutes_after_opening(session):
    assert next_check(session, OPENED) == OPENED + minutes(15)


def test_each_check_is_fifteen_minutes_after_the_last(session):
    assert next_check(checked(session, OPENED + minutes(40)), OPENED + minutes(41)) == (
        OPENED + minutes(55)
    )


@pytest.mark.attack("F4")
def test_after_a_sleep_the_check_is_due_at_once(session):
    now = OPENED + timedelta(hours=3)
    assert next_check(checked(session, OPENED + minutes(15)), now) <= now


@pytest.mark.attack("F4")
def test_a_clock_that_jumped_back_delays_no_check_beyond_one_period(session):
    now = OPENED + minutes(10)
    assert next_check(checked(session, OPENED + timedelta(hours=5)), now) == now + minutes(15)


@pytest.mark.attack("F4")
@pytest.mark.parametrize(
    "change",
    [
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 0, tzinfo=UTC),
        datetime(2017, 1, 1, 0, 0, tzinfo=UTC),
    ],
    ids=["summer-time-begins", "summer-time-ends", "leap-second"],
)
def test_a_period_is_as_long_when_the_clocks_are_changed(session, change):
    """Instants are in UTC: what the clocks in Brussels show changes no period."""
    before = change - minutes(7)
    session = replace(session, opened_at=before, expires_at=before + timedelta(hours=12))

    due = next_check(checked(session, before), before)

    assert due - before == minutes(15)
    assert next_check(checked(session, before), due) == due


@pytest.mark.attack("F4")
def test_a_second_that_comes_twice_neither_loses_nor_doubles_a_check(session):
    """A clock steps back by one second where UTC has a leap second."""
    last = OPENED + minutes(30)

    assert next_check(checked(session, last), last - timedelta(seconds=1)) == (
        last + minutes(15) - timedelta(seconds=1)
    )


def unknown(session, since, at=None):
    result = CheckResult(
        liveness=Liveness.UNKNOWN,
        checked_at=at or since,
        expires_at=session.expires_at,
        since=since,
        cause="network.timeout",
    )
    return replace(session, last_check=result)


def test_without_an_answer_the_next_try_is_within_five_minutes(session):
    first = next_check(unknown(session, OPENED), OPENED)
    assert OPENED <= first < OPENED + minutes(5)


def test_without_an_answer_tries_are_five_minutes_apart(session):
    first = next_check(unknown(session, OPENED), OPENED)
    assert next_check(unknown(session, OPENED, first), first) == first + minutes(5)


@pytest.mark.attack("F4")
def test_a_clock_that_jumped_back_delays_no_try_beyond_five_minutes(session):
    late, now = OPENED + timedelta(hours=5), OPENED + minutes(10)
    assert next_check(unknown(session, OPENED, late), now) <= now + minutes(5)


@pytest.mark.attack("F3")
def test_1200_sessions_make_at_most_15_calls_in_any_second_of_an_outage_and_after_it(session):
    """All lose the platform at one instant, for half an hour, and are watched for two more."""
    lost, back, end = OPENED, OPENED + minutes(30), OPENED + minutes(150)
    waiting = []
    for number in range(1200):
        each = unknown(replace(session, id=f"_{number}"), lost)
        heapq.heappush(waiting, (next_check(each, lost), number, each))
    calls = Counter()
    while waiting[0][0] < end:
        now, number, each = heapq.heappop(waiting)
        calls[int((now - lost).total_seconds())] += 1
        each = unknown(each, lost, now) if now < back else checked(each, now)
        heapq.heappush(waiting, (next_check(each, now), number, each))

    assert max(calls.values()) <= 15
    assert {number for _due, number, each in waiting if each.last_check.since} == set()


def test_a_check_falls_on_the_warning_before_the_end(session):
    assert next_check(checked(session, ENDS - minutes(12)), ENDS - minutes(12)) == ENDS - minutes(
        10
    )


def test_a_check_falls_on_the_end_itself(session):
    assert next_check(checked(session, ENDS - minutes(5)), ENDS - minutes(5)) == ENDS


def test_a_session_ends_soon_only_within_the_warning_time(session):
    policy = Policy()
    assert not policy.ends_soon(session, ENDS - minutes(11))
    assert policy.ends_soon(session, ENDS - minutes(10))
    assert not policy.ends_soon(session, ENDS)
