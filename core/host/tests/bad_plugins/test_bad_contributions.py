"""What a contribution holds and is called is checked where its plugin is known."""

from __future__ import annotations

import pytest
from hilum.testing.plugins import host_of, offering, raising
from hilum_hookspecs import (
    AuthMethod,
    HilumError,
    Message,
    Status,
    StatusIndicator,
    StatusState,
    StorageSpec,
)
from hilum_hookspecs.cli import CliCommand
from hilum_hookspecs.words import show

LABEL = Message("acme", "Acme")


def nothing(*_arguments):
    return None


@pytest.mark.parametrize(
    ("hook", "value", "field"),
    [
        ("hilum_auth_methods", AuthMethod(name=None, label=LABEL, authenticate=nothing), "name"),
        (
            "hilum_auth_methods",
            AuthMethod(name="x", label=LABEL, authenticate=nothing, rank="first"),
            "rank",
        ),
        ("hilum_auth_methods", AuthMethod(name="E I", label=LABEL, authenticate=nothing), "name"),
        ("hilum_auth_methods", AuthMethod(name="x", label=LABEL, authenticate=3), "authenticate"),
        ("hilum_status_indicators", StatusIndicator(name="x", label="X", read=nothing), "label"),
        (
            "hilum_status_indicators",
            StatusIndicator(name="x", label=Message("a", 3), read=nothing),
            "label",
        ),
        (
            "hilum_storage",
            StorageSpec(metadata=nothing, migrations="folder", head="1"),
            "migrations",
        ),
        ("hilum_cli_commands", CliCommand(name="x", summary="X", build=nothing), "summary"),
    ],
)
def test_a_contribution_with_a_field_of_another_type_is_its_plugins_failure(hook, value, field):
    host = host_of(acme=offering(hook, lambda: [value]))

    assert host.collect(hook) == []
    assert field in str(host.failures[0].error)


@pytest.mark.parametrize(
    "status",
    [
        7,
        Status(state="active", words=LABEL),
        Status(state=StatusState.ACTIVE, words="open"),
        HilumError("acme.odd"),
    ],
)
def test_a_broken_lamp_costs_only_itself(status):
    from hilum.cli.session_shown import _lamps, _read

    read = raising(status) if isinstance(status, Exception) else lambda provider_id: status
    lamp = StatusIndicator(name="x", label=LABEL, read=read)
    host = host_of(acme=offering("hilum_status_indicators", lambda: [lamp]))

    assert list(_read(host, _lamps(host), "1")) == []


def test_a_text_without_its_arguments_is_shown_unfilled():
    assert show(Message("acme", "open until {end}", {"start": 1})) == "open until {end}"
    assert show(Message("acme", "{0.x} {", {"start": 1})) == "{0.x} {"


def methods(*names):
    values = [AuthMethod(name=name, label=LABEL, authenticate=nothing) for name in names]
    return offering("hilum_auth_methods", lambda: values)


def test_between_ours_and_another_plugin_of_one_name_ours_wins():
    host = host_of(ehealth_auth=methods("eid"), acme=methods("eid", "x"), ours=["ehealth_auth"])

    found = host.collect_with_source("hilum_auth_methods")

    assert [(name, value.name) for name, value in found] == [("acme", "x"), ("ehealth_auth", "eid")]
    (failure,) = host.failures
    assert failure.plugin == "acme"
    assert failure.error.details["plugins"] == ["acme", "ehealth_auth"]


def test_a_name_that_one_plugin_offers_twice_is_its_own_failure():
    host = host_of(a=methods("same", "same"), b=methods("other"))

    assert [method.name for method in host.collect("hilum_auth_methods")] == ["other"]
    assert host.failures[0].plugin == "a"


def test_a_front_is_blamed_under_its_plugins_name():
    host = host_of(**{"acme.cli": offering("hilum_cli_commands", raising(KeyError()))})
    host.collect("hilum_cli_commands")

    assert host.failures[0].plugin == "acme"
    with pytest.raises(HilumError) as raised:
        host.call("acme.cli", raising(KeyError()))
    assert raised.value.details == {"plugin": "acme", "type": "KeyError"}
