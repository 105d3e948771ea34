"""Every hook of the contract has what an author needs of it."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import hilum_hookspecs
import pytest
from hilum.host import CONTRIBUTIONS
from hilum.testing import contracts
from hilum_hookspecs.cli import CliCommand, CliSpecs
from hilum_hookspecs.specs import DomainSpecs

ROOT = Path(__file__).parents[3]
HOOKS = {
    name: function
    for specs in (DomainSpecs, CliSpecs)
    for name, function in inspect.getmembers(specs, inspect.isfunction)
    if name.startswith("hilum_")
}
TESTS = {
    path: path.read_text(encoding="utf-8")
    for folder in ("core/host/tests", "plugins/*/tests", "tests")
    for path in ROOT.glob(f"{folder}/**/*.py")
    if path != Path(__file__)
}


def contract_of(hook: str) -> str:
    return f"{CONTRIBUTIONS[hook]}Contract"


def test_each_hook_that_collects_is_known_to_the_host_with_its_class():
    collecting = {
        name: match[1]
        for name, function in HOOKS.items()
        if (match := re.fullmatch(r"Iterable\[(\w+)\]", str(function.__annotations__["return"])))
    }

    assert collecting == CONTRIBUTIONS


@pytest.mark.parametrize("hook", CONTRIBUTIONS)
def test_each_contribution_has_a_contract_class_that_names_its_hook(hook):
    form = getattr(contracts, contract_of(hook), None)

    assert form is not None, f"hilum.testing.contracts needs a class {contract_of(hook)}"
    assert f"``{hook}``" in (inspect.getdoc(form) or "")


@pytest.mark.parametrize("hook", CONTRIBUTIONS)
def test_each_contract_class_is_inherited_by_a_test(hook):
    inherits = re.compile(rf"^class \w+\({contract_of(hook)}\)", re.MULTILINE)

    assert [path for path, text in TESTS.items() if inherits.search(text)]


@pytest.mark.parametrize("hook", HOOKS)
def test_each_hook_is_named_in_a_test(hook):
    assert [path for path, text in TESTS.items() if hook in text]


@pytest.mark.parametrize("hook", CONTRIBUTIONS)
def test_each_contribution_says_what_its_fields_are_for(hook):
    name = CONTRIBUTIONS[hook]
    form = CliCommand if name == "CliCommand" else getattr(hilum_hookspecs, name)

    assert inspect.getdoc(form)
    assert not (inspect.getdoc(form) or "").startswith(f"{name}(")
