"""The page of the testing kit: fixtures, the command line, contracts and what each wants, fakes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from hilum.testing import cli, contracts, fakes, migrations, people, plugins, pytest_plugin
from hilum_ehealth.testing import people as persons
from hilum_simulator import pytest_plugin as simulator

from .markdown import code, sentence, table, with_code
from .sources import Field, fields, members, signature

HEAD = """# Testing kit

What the author of a plugin tests with; [how to write a plugin](../how-to/write-a-plugin.md#tests)
shows it at work.

## Fixtures

pytest finds them wherever `hilum` is installed; the last two need `hilum-simulator`.
"""
CONTRACTS = """## Contracts

Classes of `hilum.testing.contracts`: inherit one in a class whose name begins with `Test`, define
the fixtures that it wants, and what every implementation must do is tested. A fixture that has a
default is replaced by one in your class, not by one of the module.
"""
FAKES = """## Fakes

Classes of `hilum.testing.fakes`, each in the place of a [port](plugin-context.md). A context of
`hilum_context` holds them, and takes others by the name of the field:
`hilum_context(Plugin, providers=FakeProviders([alice]))`.
"""
MORE = """## More to make a test of
"""
PYTEST = ("tmp_path", "capsys", "monkeypatch")
"""Fixtures of pytest's own that contracts use."""


def page() -> str:
    """Return the page."""
    parts = [
        HEAD,
        *(f"### `{name}`\n\n{_text(each)}" for name, each in _fixtures(pytest_plugin, simulator)),
        "## The command line\n",
        _text(cli.CliRunner),
        _function(cli.CliRunner.__call__, "hilum_cli"),
        _function(cli.CliRunner.json, "hilum_cli.json"),
        _function(cli.CliRunner.configure, "hilum_cli.configure"),
        CONTRACTS,
        *(_contract(getattr(contracts, name)) for name in contracts.__all__),
        FAKES,
        table(("class", ""), _classes(fakes)) + "\n",
        MORE,
        *(_function(each, f"{each.__module__}.{each.__name__}") for each in _functions()),
    ]
    return "\n".join(parts)


def _fixtures(*modules: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield the public fixtures of *modules* with the functions behind them."""
    for module in modules:
        for name, value in vars(module).items():
            if name[0] != "_" and type(value).__name__ == "FixtureFunctionDefinition":
                yield name, inspect.unwrap(value)


def _function(function: Any, name: str) -> str:
    shown = f"{name}{signature(function)}"
    return f"### `{name}`\n\n```text\n{shown}\n```\n\n{_text(function)}"


def _text(value: object) -> str:
    return f"{with_code(inspect.getdoc(value) or '')}\n"


def _contract(form: type) -> str:
    """Describe a contract: its words, the fixtures without which it cannot run, its attributes."""
    wanted = [code(name) for name in _wanted(form)]
    made = [code(name) for name in _made(form)]
    rows = [
        ("fixtures it wants", ", ".join(wanted)),
        ("fixtures with a default", ", ".join(made)),
        ("attributes", ", ".join(map(code, _attributes(form)))),
        ("tests", str(sum(name.startswith("test_") for name in vars(form)))),
    ]
    shown = table(("", ""), [row for row in rows if row[1]])
    return f"### `{form.__name__}`\n\n{_text(form)}\n{shown}\n"


def _attributes(form: type) -> Iterator[str]:
    found: list[Field] = [*fields(form), *members(form)]
    for each in found:
        yield each.name + (f" = {each.default}" if each.default else "")


def _made(form: type) -> list[str]:
    return [n for n, v in vars(form).items() if type(v).__name__ == "FixtureFunctionDefinition"]


def _wanted(form: type) -> list[str]:
    """Return what the tests ask for that neither the contract, the kit nor pytest gives."""
    asked = {
        parameter: None
        for name, test in vars(form).items()
        if name.startswith("test_") and isinstance(test, FunctionType)
        for parameter in list(inspect.signature(test).parameters)[1:]
    }
    given = {*_made(form), *PYTEST}
    return [name for name in asked if name not in given and not name.startswith("hilum_")]


def _classes(module: ModuleType) -> Iterator[tuple[str, str]]:
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield code(value.__name__), sentence(inspect.getdoc(value) or "")


def _functions() -> Iterator[Any]:
    yield from (people.request_of, people.session_of, persons.make_person)
    yield from (migrations.walk, plugins.offering, plugins.raising, plugins.host_of)
