"""What is shown of a plugin: its state, what it offers, its settings and tables, its failures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, cast

import click
from hilum_hookspecs import CONTRACT_VERSION, HilumError, Message
from hilum_hookspecs.cli import CliCommand
from hilum_hookspecs.words import show

from hilum.failures import said
from hilum.host import CONTRIBUTIONS, PluginFailure, Stage, conflict, is_ours
from hilum.plugins import FoundPlugin, State, settings_class
from hilum.settings_values import hints, is_choice
from hilum.words import _

from .tree import path_of

if TYPE_CHECKING:
    from .app import App
    from .tree import CommandTree

STATES: Final[dict[State, Message]] = {
    State.ON: _.message("on"),
    State.OFF: _.message("off: of a third party, not enabled"),
    State.DISABLED: _.message("off: disabled in the settings"),
    State.WITHOUT: _.message("off: left out of this run"),
    State.INCOMPATIBLE: _.message("refused: works with another version of the contract"),
    State.REFUSED: _.message("refused: uses a name that it cannot have"),
}

HIDDEN: Final = frozenset({"password", "passphrase", "pin", "secret", "token", "key"})
"""Texts with one of these words in their names are not shown: some plugin may keep a secret there,
though no setting should hold one."""


def shown(app: App, plugin: FoundPlugin) -> dict[str, object]:
    """Return what ``plugins list`` says of *plugin*."""
    offers = _offers(app, plugin)  # first: asking shows what fails
    refusal = plugin.refusal
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "first_party": plugin.first_party,
        "state": "failed" if _broken(app, plugin) else plugin.state.value,
        "refusal": refusal and {"code": refusal.code, **_words(app, plugin, refusal)},
        "offers": offers,
        "failures": [
            {
                "stage": failure.stage.value,
                "hook": failure.hook,
                "error": type(failure.error).__name__,
                **_words(app, plugin, failure.error),
            }
            for failure in _failures(app, plugin)
        ],
    }


def in_lines(app: App, plugin: FoundPlugin) -> Iterator[str]:
    """Write down what ``plugins list`` says of *plugin*."""
    offers = _offers(app, plugin)  # first: asking shows what fails
    state = _("failed") if _broken(app, plugin) else show(STATES[plugin.state])
    yield f"{plugin.name:<20} {plugin.version:<10} {state}  ({plugin.distribution})"
    for hook, names in offers.items():
        yield f"    {hook.removeprefix('hilum_')}: {', '.join(names)}"
    if plugin.refusal is not None:
        yield f"    ! {_words(app, plugin, plugin.refusal)['message']}"
    for failure in _failures(app, plugin):
        yield f"    ! {_place(failure)}: {_words(app, plugin, failure.error)['message']}"


def details(app: App, plugin: FoundPlugin) -> dict[str, Any]:
    """Return what ``plugins show`` says of *plugin*."""
    return {
        **shown(app, plugin),
        "location": _location(plugin),
        "entry_points": [
            {"group": entry.group, "name": entry.name, "value": entry.value}
            for entry in plugin.entries
        ],
        "contract": {"works_with": plugin.contract or None, "version": CONTRACT_VERSION},
        "settings": _settings(app, plugin),
        "tables": _tables(app, plugin),
    }


def details_in_lines(app: App, plugin: FoundPlugin, document: Mapping[str, Any]) -> Iterator[str]:
    """Write down what ``plugins show`` says of *plugin*, whose :func:`details` are *document*."""
    yield from in_lines(app, plugin)
    for remedy in dict.fromkeys(
        each["remedy"] for each in (document["refusal"], *document["failures"]) if each
    ):
        yield f"    {remedy}"
    import json

    works_with = plugin.contract or _("not said")
    yield _(
        "    contract: works with {versions}; this Hilum has {version}",
        versions=works_with,
        version=CONTRACT_VERSION,
    )
    for entry in plugin.entries:
        yield f"    {entry.group}: {entry.name} = {entry.value}"
    yield _("    code: {place}", place=document["location"] or _("not found"))
    for each in document["settings"] or ():
        yield _(
            "    setting: {key} = {value} ({source})",
            key=each["key"],
            value=_("hidden") if each["hidden"] else json.dumps(each["value"], default=str),
            source=each["source"] or _("by default"),
        )
    tables = document["tables"]
    if tables:
        yield _(
            "    tables: {found}, newest {head}",
            found=tables["found"] or _("not made yet"),
            head=tables["head"],
        )
        if tables["problem"]:
            yield f"    ! {tables['problem']['message']}"


def _offers(app: App, plugin: FoundPlugin) -> dict[str, list[str]]:
    """Return the names of what *plugin* contributes, by hook."""
    offers: dict[str, list[str]] = {}
    for hook in CONTRIBUTIONS if plugin.state is State.ON else ():
        for source, value in app.host.survey(hook).found:
            if source.partition(".")[0] == plugin.name:
                name = getattr(value, "name", "") or _("tables")
                if isinstance(value, CliCommand):
                    name = path_of(value)
                    if name not in _tree().usable:
                        continue  # that is among the failures
                offers.setdefault(hook, []).append(name)
    return offers


def _tree() -> CommandTree:
    return cast("CommandTree", click.get_current_context().find_root().command)


def _failures(app: App, plugin: FoundPlugin) -> list[PluginFailure]:
    seen: dict[tuple[object, ...], PluginFailure] = {}
    for failure in (*app.host.failures, *_conflicts(app, plugin)):
        if failure.plugin.partition(".")[0] == plugin.name and plugin.state is State.ON:
            seen.setdefault((failure.stage, failure.hook, said(failure.error)), failure)
    return list(seen.values())


def _conflicts(app: App, plugin: FoundPlugin) -> Iterator[PluginFailure]:
    """Yield what *plugin* offers under a name that another third party's offers too."""
    for hook in CONTRIBUTIONS if plugin.state is State.ON else ():
        for name, plugins in app.host.survey(hook).conflicts.items():
            if plugin.name in plugins:
                error = conflict(hook, name, plugins)
                yield PluginFailure(plugin=plugin.name, stage=Stage.CALL, hook=hook, error=error)


def _broken(app: App, plugin: FoundPlugin) -> bool:
    return any(failure.stage is not Stage.CALL for failure in _failures(app, plugin))


def _place(failure: PluginFailure) -> str:
    return f"{failure.stage.value}{', ' + failure.hook if failure.hook else ''}"


def _words(app: App, plugin: FoundPlugin, error: BaseException) -> dict[str, str]:
    """Say what happened and what to do: by the catalogue, or as a foreign error says, redacted."""
    from hilum.catalogue import words_for

    if is_ours(error):
        words = words_for(error)
        return {"message": words.message, "remedy": words.remedy}
    remedy = _(
        "Tell whoever makes the plugin; hilum plugins disable {plugin} switches it off.",
        plugin=plugin.name,
    )
    message = app.redactor(f"{type(error).__name__}: {said(error)}")
    return {"message": message, "remedy": remedy}


def _location(plugin: FoundPlugin) -> str | None:
    """Return where the plugin's package is; nothing of it is imported."""
    from importlib.util import find_spec

    package = plugin.entries[0].value.partition(":")[0].partition(".")[0]
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    return next(iter(spec.submodule_search_locations or ()), None) or spec.origin


def _settings(app: App, plugin: FoundPlugin) -> list[dict[str, object]] | None:
    """Return each setting, its value and where it was set; ``None`` when that is not known."""
    if plugin.state is not State.ON:
        return None  # the class that has them would have to be imported
    try:
        form = settings_class(plugin)
        values: Any = app.settings.section(plugin.name, form)
        types = hints(form)
        return [
            _setting(app, plugin, each.name, getattr(values, each.name), types[each.name])
            for each in fields(form)
        ]
    except (Exception, SystemExit):  # noqa: BLE001  # it is among the plugin's failures already
        return None


def _setting(
    app: App, plugin: FoundPlugin, key: str, value: object, wanted: object
) -> dict[str, object]:
    hidden = not HIDDEN.isdisjoint(key.split("_")) and _may_be_a_secret(value, wanted)
    return {
        "key": key,
        "value": None if hidden else value,
        "hidden": hidden,
        "source": app.settings.source(plugin.name, key)
        if app.settings.has(plugin.name, key)
        else None,
    }


def _may_be_a_secret(value: object, wanted: object) -> bool:
    """Tell whether *value* is a text that nobody knows beforehand: no number, switch or choice."""
    return not (value is None or isinstance(value, bool | int | float) or is_choice(wanted))


def _tables(app: App, plugin: FoundPlugin) -> dict[str, object] | None:
    """Return the revision of the plugin's tables in the database, which is only looked at."""
    if "hilum_storage" not in _offers(app, plugin):
        return None
    try:
        states = app.database.upgrade(dry_run=True)
    except HilumError as error:
        return {"found": None, "head": None, "problem": _problem(app, plugin, error)}
    state = next(each for each in states if each.plugin == plugin.name)
    problem = state.problem and _problem(app, plugin, state.problem)
    return {"found": state.found, "head": state.head, "problem": problem}


def _problem(app: App, plugin: FoundPlugin, error: Any) -> dict[str, str]:
    return {"code": error.code, **_words(app, plugin, error)}
