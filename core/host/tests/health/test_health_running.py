"""Chains run side by side, stop at their first failure, and cost only themselves."""

from __future__ import annotations

import threading
import time

import pytest
from hilum.host import Host
from hilum.services.health.reports import all_well, counts
from hilum.services.health.service import HealthService
from hilum_hookspecs import (
    ConfigurationError,
    HealthAnswer,
    HealthCheck,
    HealthFix,
    HealthLink,
    HealthState,
    Message,
    SessionError,
    UserCancelled,
    hookimpl,
)
from hilum_hookspecs.words import show


def text(words: str) -> Message:
    return Message("test", words)


def answering(state=HealthState.OK, *, fix=None):
    answer = HealthAnswer(state=state, cause=text("so it is"), remedy=text("do it"), fix=fix)
    return lambda cancelled: answer


def raising(error):
    def look(cancelled):
        raise error

    return look


def chain(name, *looks, rank=500, seconds=10, close=lambda: None):
    links = tuple(
        HealthLink(name=f"link-{n}", label=text(f"link {n}"), look=look, seconds=seconds)
        for n, look in enumerate(looks)
    )
    return HealthCheck(name=name, label=text(name), links=links, rank=rank, close=close)


class Acme:
    def __init__(self, *checks):
        self.checks = checks

    @hookimpl
    def hilum_health_checks(self):
        return self.checks


@pytest.fixture
def host():
    return Host()


@pytest.fixture
def run(host):
    """Run the checks that the test names, of a plugin, and return the reports by name."""

    def running(*checks, own=(), **options):
        host.register(Acme(*checks), "acme")
        service = HealthService(host, lambda: own)
        reports = service.run(service.checks(), **options)
        return {report.check.name: report for report in reports}

    return running


def states(report):
    return [each.answer.state.value if each.answer else None for each in report.links]


def test_the_links_of_a_chain_are_looked_at_in_order(run):
    seen = []

    def look(name):
        def looking(cancelled):
            seen.append(name)
            return answering()(cancelled)

        return looking

    reports = run(chain("card", look("reader"), look("card"), look("keys")))

    assert seen == ["reader", "card", "keys"]
    assert states(reports["card"]) == ["ok", "ok", "ok"]
    assert all_well(list(reports.values()))


def test_a_chain_stops_at_its_first_failure(run):
    reports = run(chain("card", answering(), answering(HealthState.FAILED), answering()))

    assert states(reports["card"]) == ["ok", "failed", None]
    assert reports["card"].state is HealthState.FAILED
    assert counts(list(reports.values())) == {"ok": 1, "failed": 1, "not-looked-at": 1}


def test_a_warning_stops_nothing_and_is_something_to_do(run):
    reports = run(chain("card", answering(HealthState.WARNING), answering()))

    assert states(reports["card"]) == ["warning", "ok"]
    assert not all_well(list(reports.values()))


def test_what_does_not_apply_is_nothing_to_do(run):
    reports = run(chain("card", answering(HealthState.NOT_APPLICABLE)))

    assert all_well(list(reports.values()))


def test_checks_come_by_rank_ours_first(run):
    names = list(
        run(
            chain("first", answering(), rank=1),
            chain("theirs", answering()),
            own=[chain("own", answering()), chain("early", answering(), rank=50)],
        )
    )

    assert names == ["first", "early", "own", "theirs"]


@pytest.mark.attack("I1")
def test_a_check_that_raises_costs_only_itself_and_its_plugin_is_named(run, host):
    reports = run(
        chain("bad", raising(ZeroDivisionError()), answering()), chain("good", answering())
    )

    bad = reports["bad"].links[0]
    assert states(reports["bad"]) == ["failed", None]
    assert "acme" in show(bad.answer.cause)
    assert states(reports["good"]) == ["ok"]
    assert [failure.plugin for failure in host.failures] == ["acme"]


@pytest.mark.attack("I1")
def test_a_check_that_exits_costs_only_itself(run):
    assert states(run(chain("bad", raising(SystemExit(3))))["bad"]) == ["failed"]


@pytest.mark.attack("I1")
def test_an_answer_of_another_type_costs_only_itself(run, host):
    reports = run(chain("bad", lambda cancelled: "fine"))

    assert states(reports["bad"]) == ["failed"]
    assert host.failures[0].kind == "ContractError"


def test_an_error_of_ours_is_the_answer_in_its_own_words(run, host):
    reports = run(chain("session", raising(SessionError("session.none", provider="p1"))))

    (link,) = reports["session"].links
    assert link.code == "session.none"
    assert link.answer.remedy is not None
    assert link.answer.data == {"provider": "p1"}
    assert host.failures == []


def test_a_defect_of_our_own_check_is_called_so(run):
    reports = run(own=[chain("own", raising(ZeroDivisionError()))])

    assert "ZeroDivisionError" in show(reports["own"].links[0].answer.cause)


@pytest.mark.attack("I1")
def test_a_look_that_hangs_is_left_alone_and_the_others_are_looked_at(run):
    release = threading.Event()

    def hang(cancelled):
        release.wait(30)
        return answering()(cancelled)

    begun = time.monotonic()
    reports = run(chain("bad", hang, answering(), seconds=0), chain("good", answering()))
    took = time.monotonic() - begun
    release.set()

    assert states(reports["bad"]) == ["failed", None]
    assert "0 seconds" in show(reports["bad"].links[0].answer.cause)
    assert states(reports["good"]) == ["ok"]
    assert took < 10


def test_a_look_whose_time_is_over_is_told_to_end_and_lets_go(run):
    closed = threading.Event()

    def look(cancelled):
        while not cancelled():
            time.sleep(0.01)
        raise SessionError("session.none")

    reports = run(chain("slow", look, seconds=0, close=closed.set))

    answer = reports["slow"].links[0].answer
    assert show(answer.cause) == "The plugin acme gave no answer within 0 seconds."
    assert "hilum plugins disable acme" in show(answer.remedy)
    assert closed.is_set()


def test_what_the_looks_opened_is_let_go_after_a_failure_too(run, host):
    closed = []
    run(chain("card", answering(HealthState.FAILED), close=lambda: closed.append("card")))

    assert closed == ["card"]


def test_letting_go_that_fails_is_the_plugins_failure_alone(run, host):
    def close():
        raise OSError

    reports = run(chain("card", answering(), close=close))

    assert states(reports["card"]) == ["ok"]
    assert [failure.kind for failure in host.failures] == ["OSError"]


def test_walking_away_ends_a_run_within_a_second(run):
    started = threading.Event()
    release = threading.Event()

    def hang(cancelled):
        started.set()
        release.wait(30)
        return answering()(cancelled)

    begun = time.monotonic()
    with pytest.raises(UserCancelled):
        run(chain("bad", hang), cancelled=started.is_set)
    release.set()

    assert time.monotonic() - begun < 5


def test_each_answer_is_heard_as_it_comes_in_the_thread_that_runs(run):
    heard = []
    first_heard = threading.Event()

    def hear(report):
        heard.append((report.link.name, threading.current_thread()))
        first_heard.set()

    def wait_for_the_first(cancelled):
        assert first_heard.wait(5)
        return answering()(cancelled)

    run(chain("card", answering(), wait_for_the_first), on_link=hear)

    me = threading.current_thread()
    assert heard == [("link-0", me), ("link-1", me)]


def test_checks_run_side_by_side(run):
    meeting = threading.Barrier(3, timeout=5)

    def meet(cancelled):
        meeting.wait()
        return answering()(cancelled)

    reports = run(chain("a", meet), chain("b", meet), chain("c", meet))

    assert [states(report) for report in reports.values()] == [["ok"]] * 3


def test_one_check_is_chosen_by_its_name_or_its_family(host):
    host.register(Acme(chain("card", answering())), "acme")
    own = [chain("endpoint-sts", answering()), chain("endpoint-box", answering())]
    service = HealthService(host, lambda: own)

    assert [each.check.name for each in service.checks(["card"])] == ["card"]
    assert [each.check.name for each in service.checks(["endpoint"])] == [
        "endpoint-sts",
        "endpoint-box",
    ]
    with pytest.raises(ConfigurationError) as caught:
        service.checks(["crd"])
    assert caught.value.code == "usage.unknown-check"
    assert caught.value.details["nearest"] == "card"


def test_a_plugin_cannot_take_the_place_of_one_of_our_own_checks(run):
    reports = run(
        chain("database", answering(HealthState.FAILED)), own=[chain("database", answering())]
    )

    assert states(reports["database"]) == ["ok"]


class TestMending:
    def mend(self, host, apply, *, dry_run=False):
        fix = HealthFix(label=text("close it"), apply=apply)
        host.register(Acme(chain("modes", answering(HealthState.WARNING, fix=fix))), "acme")
        service = HealthService(host, lambda: ())
        (report,) = service.mend(service.run(service.checks()), dry_run=dry_run)
        return report

    def test_what_was_mended_is_said(self, host):
        report = self.mend(host, lambda: text("closed"))

        assert show(report.done) == "closed"

    def test_a_dry_run_mends_nothing(self, host):
        report = self.mend(host, lambda: pytest.fail("it was mended"), dry_run=True)

        assert (report.done, report.problem) == (None, None)
        assert show(report.label) == "close it"

    def test_a_fix_that_fails_says_why(self, host):
        def apply():
            raise SessionError("session.none")

        report = self.mend(host, apply)

        assert report.done is None
        assert report.problem is not None
