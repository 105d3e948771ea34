"""``hilum plugins``: what is installed, what takes part, what failed and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click
from hilum_hookspecs import ConfigurationError, HilumError, Message
from hilum_hookspecs.cli import CliCommand
from hilum_hookspecs.words import show

from hilum.host import CONTRIBUTIONS, PluginFailure, Stage
from hilum.plugins import FoundPlugin, State, known_names
from hilum.spelling import nearest
from hilum.words import _

if TYPE_CHECKING:
    from .app import App

STATES: Final[dict[State, Message]] = {
    State.ON: _.message("on"),
    State.OFF: _.message("off: of a third party, not enabled"),
    State.DISABLED: _.message("off: disabled in the settings"),
    State.WITHOUT: _.message("off: left out of this run"),
    State.REFUSED: _.message("refused: uses the name of another plugin"),
}


def build(app: App) -> click.Group:
    """Make the group in the language of now."""
    group = click.Group("plugins", help=_("See, switch on and switch off plugins."))

    @group.command("list", help=_("List the plugins, what they offer and what went wrong."))
    def list_() -> None:
        problem = _problem(app)
        rows = [_document(app, plugin) for plugin in app.found]
        app.output.show({"plugins": rows, "problem": problem}, _lines(app, problem))

    for name, text in (
        ("enable", _("Switch a plugin on, from the next command on.")),
        ("disable", _("Switch a plugin off, from the next command on.")),
    ):
        group.add_command(_switch(app, name, text))
    return group


def _switch(app: App, action: str, text: str) -> click.Command:
    @click.command(action, help=text)
    @click.argument("name", metavar=_("NAME"))
    @click.option("--dry-run", is_flag=True, help=_("Change nothing, only say what would be."))
    def switch(name: str, dry_run: bool) -> None:
        from hilum.settings_edit import switch_plugin

        first_party = _switchable(app, name, on=action == "enable")
        changed = switch_plugin(
            app.settings.path,
            name,
            on=action == "enable",
            first_party=first_party,
            dry_run=dry_run,
        )
        document = {"plugin": name, "action": action, "changed": changed, "dry_run": dry_run}
        app.output.show(document, [_said(name, action, changed, dry_run)])
        if action == "enable" and not first_party:
            app.output.note(
                _(
                    "{name} is not one of ours. It runs with all the rights of Hilum and can see "
                    "passwords and PINs.",
                    name=name,
                )
            )

    return switch


def _switchable(app: App, name: str, *, on: bool) -> bool:
    """Tell whether *name*, which can be switched, is one of ours.

    A plugin that is gone, and that the settings still name, can be switched off.
    """
    for plugin in app.found:
        if plugin.name == name and plugin.state is State.REFUSED:
            raise HilumError("plugin.refused", plugin=name, distribution=plugin.distribution)
        if plugin.name == name:
            return plugin.first_party
    if not on and app.names_in_settings(name):
        return False
    near = nearest(name, known_names(app.found))
    raise ConfigurationError("plugin.not-found", plugin=name, nearest=near)


def _said(name: str, action: str, changed: bool, dry_run: bool) -> str:
    if not changed:
        return _("{name}: nothing to change.", name=name)
    if dry_run:
        return _("{name} would be switched.", name=name)
    if action == "enable":
        return _("{name} is on from the next command on.", name=name)
    return _("{name} is off from the next command on.", name=name)


def _document(app: App, plugin: FoundPlugin) -> dict[str, object]:
    offers = _offers(app, plugin.name) if plugin.state is State.ON else {}
    failures = _failures(app, plugin)
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "first_party": plugin.first_party,
        "state": "failed" if _broken(app, plugin) else plugin.state.value,
        "offers": offers,
        "failures": [
            {
                "stage": failure.stage.value,
                "hook": failure.hook,
                "error": type(failure.error).__name__,
                "message": _why(failure),
            }
            for failure in failures
        ],
    }


def _lines(app: App, problem: dict[str, object] | None) -> Iterator[str]:
    if problem:
        yield f"{problem['message']} {problem['remedy']}"
    for plugin in app.found:
        state = _("failed") if _broken(app, plugin) else show(STATES[plugin.state])
        yield f"{plugin.name:<20} {plugin.version:<10} {state}  ({plugin.distribution})"
        offers = _offers(app, plugin.name) if plugin.state is State.ON else {}
        for hook, names in offers.items():
            yield f"    {hook.removeprefix('hilum_')}: {', '.join(names)}"
        for failure in _failures(app, plugin):
            place = f"{failure.stage.value}{', ' + failure.hook if failure.hook else ''}"
            yield f"    ! {place}: {_why(failure)}"


def _problem(app: App) -> dict[str, object] | None:
    """Return what is wrong with the settings, which stops every other command."""
    from hilum.catalogue import words_for

    try:
        app.check()
    except HilumError as problem:
        words = words_for(problem)
        return {"code": problem.code, "message": words.message, "remedy": words.remedy}
    return None


def _offers(app: App, plugin: str) -> dict[str, list[str]]:
    """Return the names of what *plugin* contributes, by hook."""
    offers: dict[str, list[str]] = {}
    for hook in CONTRIBUTIONS:
        for source, value in app.host.survey(hook).found:
            if source.partition(".")[0] == plugin:
                name = getattr(value, "name", "") or _("tables")
                group = value.under if isinstance(value, CliCommand) else None
                offers.setdefault(hook, []).append(f"{group} {name}" if group else name)
    return offers


def _failures(app: App, plugin: FoundPlugin) -> list[PluginFailure]:
    seen: dict[tuple[object, ...], PluginFailure] = {}
    for failure in app.host.failures:
        if failure.plugin.partition(".")[0] == plugin.name and plugin.state is State.ON:
            seen.setdefault((failure.stage, failure.hook, str(failure.error)), failure)
    return list(seen.values())


def _broken(app: App, plugin: FoundPlugin) -> bool:
    return any(failure.stage is not Stage.CALL for failure in _failures(app, plugin))


def _why(failure: PluginFailure) -> str:
    """Say what happened: our own errors by their words, a foreign one as it says itself."""
    from hilum.catalogue import words_for
    from hilum.host import is_ours

    if is_ours(failure.error):
        return words_for(failure.error).message
    return f"{type(failure.error).__name__}: {failure.error}"
