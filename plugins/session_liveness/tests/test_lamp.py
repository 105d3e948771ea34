from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hilum.testing.contracts import (
    CliCommandContract,
    SessionProbeContract,
    StatusIndicatorContract,
)
from hilum_hookspecs import CheckResult, Liveness, SessionView, StatusIndicator, StatusState
from hilum_hookspecs.words import show
from hilum_session_liveness.cli import CliPlugin
from hilum_session_liveness.plugin import Plugin


@pytest.fixture
def context(hilum_context):
    return hilum_context(Plugin)


@pytest.fixture
def indicator(context, hilum_host):
    hilum_host.register(Plugin(context), "session_liveness")
    (indicator,) = hilum_host.collect("hilum_status_indicators")
    assert isinstance(indicator, StatusIndicator)
    return indicator


@pytest.fixture
def opened(context, hilum_clock):
    """Put a session of twelve hours on this computer, last checked as the test says."""

    def put(liveness=None):
        now = hilum_clock.now()
        end = now + timedelta(hours=12)
        check = liveness and CheckResult(
            liveness=liveness, checked_at=now, expires_at=end, since=now, cause="network.timeout"
        )
        context.sessions.local["p1"] = SessionView(
            id="_1",
            provider_id="p1",
            environment="test",
            method="eid",
            profession="physiotherapist",
            opened_at=now,
            not_before=now,
            expires_at=end,
            last_check=check,
        )

    return put


@pytest.fixture
def checked(context, hilum_clock):
    """Check the session now and find what the test says."""

    def check(liveness=Liveness.ALIVE):
        view = context.sessions.local["p1"]
        result = CheckResult(
            liveness=liveness, checked_at=hilum_clock.now(), expires_at=view.expires_at
        )
        context.sessions.local["p1"] = replace(view, last_check=result)

    return check


class TestLamp(StatusIndicatorContract):
    pass


class TestProbe(SessionProbeContract):
    @pytest.fixture
    def probe(self, context):
        (probe,) = Plugin(context).hilum_session_probes()
        return probe


class TestWatch(CliCommandContract):
    @pytest.fixture
    def command(self, context):
        (command,) = CliPlugin(context).hilum_cli_commands()
        return command


@pytest.mark.attack("G2")
def test_without_a_session_the_lamp_is_off(indicator):
    assert indicator.read("p1").state is StatusState.INACTIVE


def test_a_living_session_lights_the_lamp_and_tells_its_end(indicator, opened, hilum_clock):
    opened()
    status = indicator.read("p1")
    assert status.state is StatusState.ACTIVE
    assert status.until == hilum_clock.now() + timedelta(hours=12)


@pytest.mark.attack("G2")
def test_the_lamp_goes_out_at_the_very_end(indicator, opened, hilum_clock):
    opened(Liveness.ALIVE)
    hilum_clock.advance(hours=12)
    assert indicator.read("p1").state is StatusState.INACTIVE


def test_the_last_ten_minutes_are_announced(indicator, opened, checked, hilum_clock):
    opened()
    hilum_clock.advance(hours=11, minutes=50)
    checked()
    assert "soon" in show(indicator.read("p1").words)


@pytest.mark.attack("G2")
def test_an_unreachable_platform_is_unknown_and_says_since_when(indicator, opened, hilum_clock):
    opened(Liveness.UNKNOWN)
    status = indicator.read("p1")
    assert (status.state, status.since) == (StatusState.UNKNOWN, hilum_clock.now())


@pytest.mark.attack("G2")
def test_a_session_that_the_platform_refused_is_over(indicator, opened):
    opened(Liveness.OVER)
    assert indicator.read("p1").state is StatusState.INACTIVE


@pytest.mark.attack("F4")
@pytest.mark.attack("G2")
def test_before_the_sessions_start_nothing_is_known(indicator, opened, hilum_clock):
    opened(Liveness.OVER)
    hilum_clock.advance(minutes=-1)

    status = indicator.read("p1")

    assert status.state is StatusState.UNKNOWN
    assert "clock" in show(status.words)


@pytest.mark.attack("G2")
def test_the_lamp_goes_out_as_soon_as_the_session_is_closed(indicator, opened, context):
    opened()
    assert indicator.read("p1").state is StatusState.ACTIVE

    context.sessions.local.clear()

    assert indicator.read("p1").state is StatusState.INACTIVE


@pytest.mark.attack("G2")
def test_the_lamp_goes_out_as_soon_as_a_check_finds_the_session_over(indicator, opened, checked):
    opened()
    checked(Liveness.OVER)
    assert indicator.read("p1").state is StatusState.INACTIVE


@pytest.mark.attack("G2")
def test_words_older_than_a_period_do_not_light_the_lamp(indicator, opened, checked, hilum_clock):
    opened(Liveness.ALIVE)
    hilum_clock.advance(minutes=20)
    assert indicator.read("p1").state is StatusState.ACTIVE

    hilum_clock.advance(seconds=1)
    status = indicator.read("p1")
    assert status.state is StatusState.UNKNOWN
    assert "not checked since" in show(status.words)

    checked()
    assert indicator.read("p1").state is StatusState.ACTIVE


@pytest.mark.attack("G2")
def test_a_start_on_the_next_day_lights_no_lamp_before_a_check(
    hilum_context, hilum_host, opened, context, hilum_clock
):
    opened(Liveness.ALIVE)
    kept = context.sessions.local
    hilum_clock.advance(hours=11)
    restarted = hilum_context(Plugin)
    restarted.sessions.local.update(kept)
    hilum_host.register(Plugin(restarted), "session_liveness")
    (indicator,) = hilum_host.collect("hilum_status_indicators")

    assert indicator.read("p1").state is StatusState.UNKNOWN
