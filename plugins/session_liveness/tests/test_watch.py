from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hilum_hookspecs import (
    CheckResult,
    ConfigurationError,
    Liveness,
    Provider,
    SessionError,
    SessionView,
    UserCancelled,
)
from hilum_session_liveness.cli import CliPlugin
from hilum_session_liveness.commands import watch_session
from hilum_session_liveness.plugin import Plugin
from hilum_session_liveness.watch import Watch


@pytest.fixture
def context(hilum_context, hilum_clock):
    context = hilum_context(Plugin)
    now = hilum_clock.now()
    context.sessions.local["p1"] = SessionView(
        id="_1",
        provider_id="p1",
        environment="test",
        method="eid",
        profession="physiotherapist",
        opened_at=now,
        not_before=now,
        expires_at=now + timedelta(hours=1),
    )
    context.providers.records.append(Provider(id="p1", last_name="Example"))
    return context


@pytest.fixture
def watch(context, hilum_clock):
    """Watch with naps that move the clock, and checks that leave their mark as the host's do."""
    check = context.sessions.check

    def check_and_note(provider_id, *, probe=False):
        result = check(provider_id, probe=probe)
        view = context.sessions.local[provider_id]
        over = hilum_clock.now() >= view.expires_at
        result = replace(result, liveness=Liveness.OVER) if over else result
        context.sessions.local[provider_id] = replace(view, last_check=result)
        return result

    context.sessions.check = check_and_note
    return Watch(context, lambda seconds: hilum_clock.advance(seconds=seconds))


def test_a_session_is_checked_every_fifteen_minutes_before_its_end_and_at_its_end(
    watch, hilum_clock
):
    start = hilum_clock.now()
    minutes = [
        (result.checked_at - start) / timedelta(minutes=1)
        for result in watch.checks("p1", probe=False)
    ]
    assert minutes == [0, 15, 30, 45, 50, 60]


@pytest.fixture
def napping(watch, hilum_clock):
    """Have the clock jump once, at the nap of this number; naps last as long as they are told."""

    def nap_with(number, **jump):
        naps = []

        def nap(seconds):
            naps.append(seconds)
            hilum_clock.advance(seconds=seconds)
            if len(naps) == number:
                hilum_clock.advance(**jump)

        watch._nap = nap
        return naps

    return nap_with


def minutes_of_checks(watch, hilum_clock, count):
    """Return after how many minutes of the clock each of the first checks is made."""
    from itertools import islice

    start = hilum_clock.now()
    return [
        round((result.checked_at - start).total_seconds() / 60, 1)
        for result in islice(watch.checks("p1", probe=False), count)
    ]


@pytest.mark.attack("F4")
def test_after_a_sleep_the_check_is_made_at_the_first_look_at_the_clock(
    watch, napping, hilum_clock
):
    naps = napping(3, minutes=25)

    assert minutes_of_checks(watch, hilum_clock, 2) == [0, 26]
    assert naps == [20, 20, 20]


@pytest.mark.attack("F4")
def test_a_sleep_beyond_the_end_finds_the_session_over(watch, napping):
    napping(1, hours=9)

    results = list(watch.checks("p1", probe=False))

    assert [result.liveness for result in results] == [Liveness.ALIVE, Liveness.OVER]


@pytest.mark.attack("F4")
@pytest.mark.parametrize("jump", [{"hours": -1}, {"seconds": -1}], ids=["an-hour", "leap-second"])
def test_a_clock_that_is_set_back_delays_no_check_beyond_one_period(
    watch, napping, hilum_clock, jump
):
    naps = napping(3, **jump)

    checks = watch.checks("p1", probe=False)
    next(checks)
    next(checks)

    assert sum(naps) <= 15 * 60


@pytest.mark.attack("F4")
def test_the_clock_is_looked_at_often_whatever_the_period(watch, napping, hilum_clock):
    naps = napping(0)

    minutes_of_checks(watch, hilum_clock, 3)

    assert max(naps) <= 20


def test_the_watch_ends_when_the_session_is_over(watch):
    *_, last = watch.checks("p1", probe=False)
    assert last.liveness is Liveness.OVER


def test_the_platform_is_asked_only_on_request(watch, context):
    list(watch.checks("p1", probe=True))
    assert {probe for _, probe in context.sessions.checks} == {True}


def test_a_session_closed_meanwhile_ends_the_watch(watch, context):
    checks = watch.checks("p1", probe=False)
    next(checks)
    context.sessions.local.clear()
    with pytest.raises(SessionError) as caught:
        next(checks)
    assert caught.value.code == "session.none"


def test_the_command_shows_each_check_and_ends_with_the_sessions_end(context, hilum_clock):
    over = CheckResult(
        liveness=Liveness.OVER,
        checked_at=hilum_clock.now(),
        expires_at=hilum_clock.now(),
        cause="session.over",
    )
    context.sessions.answers.append(over)
    (command,) = CliPlugin(context).hilum_cli_commands()
    with pytest.raises(SessionError) as caught:
        command.build()(["--provider", "p1"], standalone_mode=False)
    assert caught.value.code == "session.over"
    assert context.output.documents[0]["state"] == "over"


@pytest.mark.parametrize(
    ("cause", "problem", "code", "told"),
    [
        ("session.over", None, "session.over", "session.over"),
        ("ehealth.refused", None, "session.not-accepted", "ehealth.refused"),
        ("session.token-refused", "changed", "session.token-refused", "changed"),
    ],
)
def test_the_command_ends_as_a_check_does(context, hilum_clock, cause, problem, code, told):
    now = hilum_clock.now()
    context.sessions.answers.append(
        CheckResult(
            liveness=Liveness.OVER, checked_at=now, expires_at=now, cause=cause, problem=problem
        )
    )

    with pytest.raises(SessionError) as caught:
        watch_session(context, "p1", probe=True)

    assert (caught.value.code, caught.value.details["cause"]) == (code, told)
    assert caught.value.details["provider"] == "p1"


def test_a_watch_without_a_provider_takes_the_only_session(context):
    from hilum_session_liveness.commands import _only_one

    context.providers.records.append(Provider(id="p2", last_name="Other"))
    assert _only_one(context).id == "p1"

    context.sessions.local["p2"] = context.sessions.local["p1"]
    with pytest.raises(ConfigurationError) as several:
        _only_one(context)
    assert several.value.details == {"providers": ["p1", "p2"]}

    context.sessions.local.clear()
    with pytest.raises(SessionError, match=r"session\.none"):
        _only_one(context)


def test_a_watch_that_is_told_to_end_ends_as_if_somebody_walked_away(context, monkeypatch):
    import os
    import signal

    from hilum_session_liveness import commands

    monkeypatch.setattr(commands.time, "sleep", lambda _s: os.kill(os.getpid(), signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)

    with pytest.raises(UserCancelled):
        commands.watch_session(context, "p1", probe=False)

    assert signal.getsignal(signal.SIGTERM) is before
