from __future__ import annotations

import doctest
import inspect

import hilum_hookspecs
import pytest
from hilum_hookspecs import PROJECT_NAME
from hilum_hookspecs.cli import CliSpecs
from hilum_hookspecs.specs import DomainSpecs

HOOKS = {
    name: function
    for specs in (DomainSpecs, CliSpecs)
    for name, function in inspect.getmembers(specs, inspect.isfunction)
    if name.startswith(f"{PROJECT_NAME}_")
}


def examples(function):
    return doctest.DocTestFinder().find(function, globs={})[0].examples


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_says_when_it_is_called_and_shows_an_example(name):
    text = inspect.getdoc(HOOKS[name])
    assert "Called" in text or "Hear" in text
    assert examples(HOOKS[name])


@pytest.mark.parametrize("name", HOOKS)
def test_the_example_of_every_hook_runs(name):
    (test,) = doctest.DocTestFinder().find(HOOKS[name], globs={})
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.summarize().failed == 0


def test_no_hook_has_a_parameter_that_could_hold_a_secret():
    names = {p for hook in HOOKS.values() for p in inspect.signature(hook).parameters}
    assert not {name for name in names if "pin" in name or "password" in name or "secret" in name}


def test_every_hook_is_marked_as_a_specification():
    assert all(hasattr(hook, f"{PROJECT_NAME}_spec") for hook in HOOKS.values())


def test_a_record_shows_no_national_number_in_its_repr():
    provider = hilum_hookspecs.Provider(id="alice", last_name="Example", niss="85073003328")
    assert "85073003328" not in repr(provider)
