"""One bad plugin for each fault in each hook: the host lives, names it, and the others work."""

from __future__ import annotations

import inspect
import sys
import threading
import types
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path

import hilum_hookspecs
import pytest
from hilum.discovery import Entry
from hilum.host import COMMANDS, CONTRIBUTIONS, Host
from hilum.plugins import Choice, State, load, survey
from hilum.watching import Watch
from hilum_hookspecs import Message, hookimpl
from hilum_hookspecs.cli import CliCommand, CliSpecs
from hilum_hookspecs.specs import DomainSpecs

HOOKS = {
    name: tuple(inspect.signature(function).parameters)[1:]
    for specs in (DomainSpecs, CliSpecs)
    for name, function in inspect.getmembers(specs, inspect.isfunction)
    if name.startswith("hilum_")
}
"""Each hook with the names of its arguments."""


def form_of(hook):
    return CliCommand if hook == COMMANDS else getattr(hilum_hookspecs, CONTRIBUTIONS[hook])


def contribution(hook, name):
    """Make a contribution for *hook* whose fields are of the declared types."""
    needed = [
        each
        for each in fields(form_of(hook))
        if each.default is MISSING and each.default_factory is MISSING
    ]
    return form_of(hook)(**{each.name: value_of(str(each.type), name) for each in needed})


def value_of(annotation, name):
    """Make a value for a field as the contract declares it."""
    if annotation.startswith("Callable["):
        return lambda *_arguments, **_named: None
    if annotation.startswith("tuple["):
        return ()
    return {"str": name, "Message": Message("acme", name), "Path": Path(name)}[annotation]


@dataclass
class Run:
    """One hook of a host with a good and a bad plugin, and what came of it."""

    hook: str
    over: threading.Event = field(default_factory=threading.Event)
    heard: list[str] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    """What was said of the bad plugin."""

    def answer(self, plugin, *, contributes=None):
        """Do what *hook* asks, well: contribute, or hear of an event."""
        self.heard.append(plugin)
        if self.hook in CONTRIBUTIONS:
            return [contribution(self.hook, contributes or plugin)]
        return None


def raises(run):
    raise RuntimeError("broken")


def exits(run):
    raise SystemExit(3)


def prints(run):
    print("noise")
    return run.answer("bad")


def gives_the_wrong_type(run):
    return ["text"]


def leaks_a_thread(run):
    threading.Thread(target=run.over.wait).start()
    return run.answer("bad")


def shadows_a_contribution(run):
    return run.answer("bad", contributes="good")


def behaves(run):
    return run.answer("bad")


@dataclass(frozen=True)
class Fault:
    does: Callable
    """What the bad plugin does in the hook."""

    said: str
    """What is then said of it."""

    works: bool = False
    """Whether its own contribution is used nevertheless."""

    name: str = "bad"
    fits: bool = True
    hangs: bool = False


FAULTS = {
    "raises": Fault(raises, "failed: RuntimeError"),
    "exits": Fault(exits, "failed: SystemExit"),
    "wrong type": Fault(gives_the_wrong_type, "failed: ContractError"),
    "prints": Fault(prints, "printed", works=True),
    "hangs at import": Fault(behaves, "waited for", works=True, hangs=True),
    "leaks a thread": Fault(leaks_a_thread, "left a thread", works=True),
    "shadows a contribution": Fault(shadows_a_contribution, "failed: plugin.conflict"),
    "shadows a plugin": Fault(behaves, "refused: plugin.refused", name="ehealth_auth"),
    "wants another contract": Fault(behaves, "refused: plugin.incompatible", fits=False),
}


def can_happen(hook, fault):
    """Tell whether *fault* is possible: events contribute no name, and tables have none."""
    named = hook in CONTRIBUTIONS and hook != "hilum_storage"
    return fault != "shadows a contribution" or named


CASES = [(hook, fault) for hook in HOOKS for fault in FAULTS if can_happen(hook, fault)]


@pytest.fixture
def play(monkeypatch):
    """Play one fault in one hook; returns the run."""
    monkeypatch.setattr("hilum.watching.GRACE", 0.0)

    def played(hook, fault):
        run = Run(hook)
        monkeypatch.setattr("hilum.watching.PATIENCE", 0.01 if fault.hangs else 60.0)
        module = types.ModuleType("fault_module")
        module.Bad = plugin_class(hook, lambda: fault.does(run))
        module.Good = plugin_class(hook, lambda: run.answer("good"))
        monkeypatch.setitem(sys.modules, "fault_module", module)
        module.__getattr__ = lambda _name: hang(run, module)
        try:
            ask(run, fault)
        finally:
            run.over.set()
        return run

    return played


def plugin_class(hook, does):
    def implementation(self):
        return does()

    implementation.__name__ = hook
    body = {hook: hookimpl(implementation), "__init__": lambda self, context: None}
    return type("Plugin", (), body)


def hang(run, module):
    """Be a module whose loading does not end before somebody notices."""
    assert run.over.wait(10)
    run.over.clear()
    return module.Bad


def ask(run, fault):
    front = run.hook == COMMANDS
    group = "hilum.cli" if front else "hilum.plugins"
    ending = ".cli" if front else ""
    attribute = "Hangs" if fault.hangs else "Bad"
    entries = [
        Entry(group, f"ehealth_auth{ending}", "fault_module:Good", "hilum-ehealth-auth", "1"),
        Entry(
            group,
            f"{fault.name}{ending}",
            f"fault_module:{attribute}",
            "bad-hilum",
            "1",
            fits=fault.fits,
        ),
    ]

    def notice(plugin, _place):
        run.named.add((plugin, "waited for"))
        run.over.set()

    watch = Watch(notice, lambda plugin, _text: run.named.add((plugin, "printed")))
    host = Host(
        ours=["ehealth_auth"],
        around=watch.around,
        on_failure=lambda failure: run.named.add((failure.plugin, f"failed: {failure.kind}")),
    )
    found = survey(entries, Choice(enabled=["bad", "ehealth_auth"]))
    load(host, found, group, lambda plugin, domain: None)
    for plugin in found:
        if plugin.refusal is not None:
            run.named.add((plugin.name, f"refused: {plugin.refusal.code}"))
            assert plugin.state in (State.REFUSED, State.INCOMPATIBLE)
    if run.hook in CONTRIBUTIONS:
        run.heard = [source for source, _ in host.collect_with_source(run.hook)]
        run.heard = [source.replace("ehealth_auth", "good") for source in run.heard]
    else:
        host.notify(run.hook, **dict.fromkeys(HOOKS[run.hook], "argument"))
    run.named |= {(plugin, "left a thread") for plugin in watch.left_behind({})}


@pytest.mark.attack("I1")
@pytest.mark.parametrize(("hook", "fault"), CASES)
def test_the_host_lives_names_the_plugin_and_the_others_work(play, hook, fault):
    expected = FAULTS[fault]

    run = play(hook, expected)

    assert "good" in run.heard
    assert run.named == {(expected.name, expected.said)}
    assert ("bad" in run.heard) is expected.works


def test_the_table_of_faults(play, record_property):
    rows = []
    for hook in HOOKS:
        for name, fault in FAULTS.items():
            if not can_happen(hook, name):
                continue
            run = play(hook, fault)
            (said,) = run.named
            others = "others work" if "good" in run.heard else "OTHERS FAIL"
            rows.append(f"{hook:<28} {name:<23} {said[0]}: {said[1]:<30} {others}")

    record_property("table", "\n".join(rows))
    assert len(rows) == len(CASES)
    assert not any("OTHERS FAIL" in row for row in rows)
