from __future__ import annotations

import pytest
from hilum.host import Host, Stage, StrictFailure, is_ours
from hilum_hookspecs import (
    ConfigurationError,
    HilumError,
    Message,
    SessionProbe,
    StorageSpec,
    hookimpl,
)
from hilum_hookspecs.cli import CliCommand


def probes(*names: str) -> object:
    class Plugin:
        @hookimpl
        def hilum_session_probes(self):
            for name in names:
                yield SessionProbe(name=name, ask=lambda session, environment: None)

    return Plugin()


class Broken:
    @hookimpl
    def hilum_session_probes(self):
        yield SessionProbe(name="half", ask=lambda session, environment: None)
        raise RuntimeError("reader unplugged")


class Exits:
    @hookimpl
    def hilum_session_probes(self):
        raise SystemExit(4)


class WrongType:
    @hookimpl
    def hilum_session_probes(self):
        return ["a text"]


class NotIterable:
    @hookimpl
    def hilum_session_probes(self):
        return 3


class Misspelt:
    @hookimpl
    def hilum_session_probe(self):
        return ()


class Unmarked:
    def hilum_session_probes(self):
        return ()


class Wrapper:
    @hookimpl(wrapper=True)
    def hilum_session_probes(self):
        return (yield)


class WrongArguments:
    @hookimpl
    def hilum_session_closed(self, window):
        pass


def names(host: Host) -> list[str]:
    return [probe.name for probe in host.collect("hilum_session_probes")]


@pytest.mark.parametrize("bad", [Broken, Exits, WrongType, NotIterable])
def test_one_broken_plugin_costs_only_itself(bad):
    host = Host()
    host.register(bad(), "a")
    host.register(probes("good"), "b")

    assert names(host) == ["good"]
    (failure,) = host.failures
    assert (failure.plugin, failure.stage) == ("a", Stage.CALL)
    assert failure.hook == "hilum_session_probes"


def test_an_interrupt_is_not_a_plugins_failure():
    class Interrupted:
        @hookimpl
        def hilum_session_probes(self):
            raise KeyboardInterrupt

    host = Host()
    host.register(Interrupted(), "a")

    with pytest.raises(KeyboardInterrupt):
        host.collect("hilum_session_probes")


def test_order_is_by_name_not_by_registration():
    host = Host()
    for name in ("zeta", "alpha", "mid"):
        host.register(probes(name), name)

    assert names(host) == ["alpha", "mid", "zeta"]


@pytest.mark.parametrize("bad", [Misspelt, Unmarked, Wrapper, WrongArguments])
def test_a_hook_that_is_none_is_refused_and_leaves_nothing_behind(bad):
    host = Host()
    host.register(bad(), "typo")

    assert host.plugins() == {}
    assert host.failures[0].stage is Stage.REGISTER


def test_every_contribution_is_attributed_to_its_plugin():
    host = Host()
    host.register(probes("one", "two"), "b")
    host.register(probes("three"), "a")

    found = host.collect_with_source("hilum_session_probes")

    assert [(plugin, probe.name) for plugin, probe in found] == [
        ("a", "three"),
        ("b", "one"),
        ("b", "two"),
    ]


def test_two_contributions_of_one_name_are_refused_naming_both_plugins():
    host = Host()
    host.register(probes("same"), "a")
    host.register(probes("same"), "b")

    with pytest.raises(ConfigurationError) as caught:
        host.collect("hilum_session_probes")

    assert caught.value.code == "plugin.conflict"
    assert caught.value.details["plugins"] == ["a", "b"]


def test_a_conflict_in_one_hook_leaves_the_others_alone():
    host = Host()
    host.register(probes("same"), "a")
    host.register(probes("same"), "b")

    assert host.collect("hilum_auth_methods") == []


def test_commands_of_one_name_in_two_groups_do_not_conflict():
    class Commands:
        @hookimpl
        def hilum_cli_commands(self):
            for under in (None, "session"):
                summary = Message("acme", "Watch")
                yield CliCommand(name="watch", summary=summary, build=lambda: None, under=under)

    host = Host()
    host.register(Commands(), "a")

    assert len(host.collect("hilum_cli_commands")) == 2


def test_tables_have_no_names_and_never_conflict(tmp_path):
    class Tables:
        @hookimpl
        def hilum_storage(self):
            yield StorageSpec(metadata=lambda: None, migrations=tmp_path, head="1")

    host = Host()
    host.register(Tables(), "a")
    host.register(Tables(), "b")

    assert len(host.collect("hilum_storage")) == 2


def test_every_plugin_hears_an_event_and_nobody_can_veto():
    heard = []

    class Listener:
        def __init__(self, name, error=None):
            self._name, self._error = name, error

        @hookimpl
        def hilum_session_closed(self, session):
            heard.append((self._name, session))
            if self._error:
                raise self._error

    host = Host()
    host.register(Listener("a", ValueError("no")), "a")
    host.register(Listener("b"), "b")

    host.notify("hilum_session_closed", session="view")

    assert heard == [("a", "view"), ("b", "view")]
    assert [failure.plugin for failure in host.failures] == ["a"]


def test_the_first_answer_wins_and_a_failure_is_passed_over():
    class Answers:
        def __init__(self, answer):
            self._answer = answer

        @hookimpl
        def hilum_session_closed(self, session):
            if isinstance(self._answer, Exception):
                raise self._answer
            return self._answer

    host = Host()
    for name, answer in (("a", ValueError()), ("b", None), ("c", "third"), ("d", "fourth")):
        host.register(Answers(answer), name)

    assert host.first("hilum_session_closed", session=None) == "third"


def test_our_errors_pass_a_call_unchanged():
    def refuse():
        raise HilumError("card.absent")

    with pytest.raises(HilumError) as caught:
        Host().call("ehealth_auth", refuse)

    assert caught.value.code == "card.absent"


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), SystemExit(2)])
def test_what_else_a_contribution_raises_becomes_its_plugins_failure(error):
    def fail():
        raise error

    host = Host()
    with pytest.raises(HilumError) as caught:
        host.call("acme", fail)

    assert caught.value.code == "plugin.failed"
    assert caught.value.details == {"plugin": "acme", "type": type(error).__name__}
    assert caught.value.__cause__ is error
    assert host.failures[0].plugin == "acme"


def test_what_a_contribution_yields_is_read_inside_the_guard():
    def half():
        yield 1
        raise ValueError("later")

    with pytest.raises(HilumError) as caught:
        Host().call("acme", half)

    assert caught.value.code == "plugin.failed"
    assert tuple(Host().call("acme", lambda: iter([1, 2]))) == (1, 2)


def test_a_strict_host_raises_the_first_failure():
    host = Host(strict=True)

    with pytest.raises(StrictFailure, match="typo"):
        host.register(Misspelt(), "typo")


def test_an_exit_code_alone_does_not_make_an_error_ours():
    assert not is_ours(SystemExit("code"))
    assert is_ours(HilumError("a.b"))
