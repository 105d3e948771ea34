"""A failure is said once, where it happened and without values."""

from __future__ import annotations

import pytest
from hilum.cli.notes import plugin_failed
from hilum.failures import places
from hilum.host import Host
from hilum.services.providers import ProviderService
from hilum.testing.plugins import host_of, offering, raising
from hilum_hookspecs import Finding, Provider, Purpose, RecordValidator


def test_a_failure_is_said_once_in_one_line_unless_all_is_quiet(hilum_cli):
    bad = {"acme": offering("hilum_storage", raising(ValueError("85073003328")))}

    result = hilum_cli("db", "upgrade", plugins=bad)

    assert result.errors.splitlines() == [
        "The plugin acme failed (hilum_storage: ValueError). --verbose says where; "
        "hilum plugins disable acme switches it off."
    ]
    assert hilum_cli("--quiet", "db", "upgrade", plugins=bad).errors == ""


def test_verbose_says_where_a_plugin_failed_and_not_with_which_value(hilum_cli):
    niss = "85073003328"

    def fail():
        raise ValueError(niss)

    bad = {"acme": offering("hilum_storage", fail)}
    errors = hilum_cli("--verbose", "db", "upgrade", plugins=bad).errors

    assert "test_failures_said.py" in errors
    assert "85073003328" not in errors


def test_a_plugin_that_cannot_be_made_is_said(hilum_cli):
    class Bad:
        def __init__(self, context):
            raise KeyError

    result = hilum_cli("db", "upgrade", plugins={"acme": Bad})

    assert (result.exit_code, "The plugin acme failed (load: KeyError)" in result.errors) == (
        0,
        True,
    )


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (
            lambda records, purpose: [
                Finding(provider_id=each.id, code="a.b", message="text") for each in records
            ],
            "Finding.message must be Message, not str, in what <lambda> (HERE) gave",
        ),
        (
            lambda records, purpose: None,
            "<lambda> (HERE) must give an iterable of Finding, not NoneType",
        ),
        (
            lambda records: (),
            "<lambda> (HERE) takes other arguments than the contract says: "
            "too many positional arguments",
        ),
    ],
)
def test_what_breaks_the_contract_is_said_in_a_sentence(check, said):
    noted = []
    validator = RecordValidator(name="acme", check=check)
    host = Host(on_failure=lambda failure: noted.append(plugin_failed(failure)))
    host.register(offering("hilum_record_validators", lambda: [validator])(), "acme")

    ProviderService(host).check([Provider(id="1", last_name="Example")], Purpose.SAVE)

    line = check.__code__.co_firstlineno
    said = said.replace("HERE", f"test_failures_said.py, line {line}")
    assert noted == [
        f"The plugin acme failed (call: {said}). --verbose says where; "
        "hilum plugins disable acme switches it off."
    ]
    assert next(places(host.failures[0].error)) == f"ContractError: {said}\n"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            lambda: RecordValidator(name="x", check=print),
            "hilum_record_validators must give an iterable of RecordValidator, not RecordValidator",
        ),
        (
            lambda: [RecordValidator(name="x", check=print, purposes={"save"})],
            "RecordValidator.purposes must be frozenset[Purpose], not set of str",
        ),
    ],
)
def test_so_is_what_a_hook_gives(answer, said):
    host = host_of(acme=offering("hilum_record_validators", answer))

    host.survey("hilum_record_validators")

    assert [failure.problem for failure in host.failures] == [said]


def test_an_error_of_a_plugins_own_code_is_no_breach_of_the_contract():
    def check(records, purpose):
        return len(3)

    validator = RecordValidator(name="acme", check=check)
    host = host_of(acme=offering("hilum_record_validators", lambda: [validator]))

    ProviderService(host).check([Provider(id="1", last_name="Example")], Purpose.SAVE)

    assert [failure.problem for failure in host.failures] == ["TypeError"]


def test_the_log_of_a_test_shows_what_a_foreign_error_says(caplog):
    host = host_of(acme=offering("hilum_storage", raising(ValueError("none for 85073003328"))))

    host.survey("hilum_storage")

    assert "ValueError: none for [number ..28]\n" in caplog.text
