"""``hilum plugins``: what is installed, what takes part, what failed and why; a new one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click
from hilum_hookspecs import ConfigurationError, HilumError

from hilum.plugins import FoundPlugin, State, known_names
from hilum.spelling import nearest
from hilum.words import _

from .plugins_shown import details, details_in_lines, in_lines, shown

if TYPE_CHECKING:
    from .app import App


def build(app: App) -> click.Group:
    """Make the group in the language of now."""
    from .plugins_new import build as build_new

    group = click.Group("plugins", help=_("See, switch on, switch off and make plugins."))
    group.add_command(_list(app))
    group.add_command(_show(app))
    for name, text in (
        ("enable", _("Switch a plugin on, from the next command on.")),
        ("disable", _("Switch a plugin off, from the next command on.")),
    ):
        group.add_command(_switch(app, name, text))
    group.add_command(build_new(app))
    return group


def _list(app: App) -> click.Command:
    @click.command("list", help=_("List the plugins, what they offer and what went wrong."))
    def list_() -> None:
        problem = _problem(app)
        document = {"plugins": [shown(app, plugin) for plugin in app.found], "problem": problem}
        lines = (line for plugin in app.found for line in in_lines(app, plugin))
        app.output.show(document, _with_problem(problem, lines))

    return list_


def _show(app: App) -> click.Command:
    @click.command("show", help=_("Show all that is known of a plugin."))
    @click.argument("name", metavar=_("NAME"))
    def show(name: str) -> None:
        problem = _problem(app)
        plugin = _found(app, name)
        document = details(app, plugin)
        lines = details_in_lines(app, plugin, document)
        app.output.show({**document, "problem": problem}, _with_problem(problem, lines))

    return show


def _switch(app: App, action: str, text: str) -> click.Command:
    @click.command(action, help=text)
    @click.argument("name", metavar=_("NAME") + "...", nargs=-1, required=True)
    @click.option("--dry-run", is_flag=True, help=_("Change nothing, only say what would be."))
    def switch(name: tuple[str, ...], dry_run: bool) -> None:
        from hilum.settings_edit import switch_plugin

        on = action == "enable"
        # All are looked at first: nothing is switched when one of the names is wrong.
        first_party = {each: _switchable(app, each, on=on) for each in name}
        for each, ours in first_party.items():
            changed = switch_plugin(
                app.settings.path, each, on=on, first_party=ours, dry_run=dry_run
            )
            document = {"plugin": each, "action": action, "changed": changed, "dry_run": dry_run}
            line = _said(each, action, changed, dry_run)
            if len(first_party) == 1:
                app.output.show(document, [line])
            else:
                app.output.stream(document, line)
            if on and not ours:
                _warn(app, each)

    return switch


def _warn(app: App, name: str) -> None:
    """Say what switching on a plugin of a third party means."""
    app.output.note(
        _(
            "{name} is not one of ours. It runs with all the rights of Hilum and can see "
            "passwords and PINs.",
            name=name,
        )
    )
    if not _found(app, name).contract:
        app.output.note(
            _(
                "{name} does not say which versions of the contract it works with (its metadata "
                "names no range of hilum-hookspecs).",
                name=name,
            )
        )


def _found(app: App, name: str) -> FoundPlugin:
    """Return the plugin *name*, rather the one that may be used than an impostor."""
    bearers = [plugin for plugin in app.found if plugin.name == name]
    if not bearers:
        near = nearest(name, known_names(app.found))
        raise ConfigurationError("plugin.not-found", plugin=name, nearest=near)
    return min(bearers, key=lambda plugin: plugin.state is State.REFUSED)


def _switchable(app: App, name: str, *, on: bool) -> bool:
    """Tell whether *name*, which can be switched, is one of ours.

    A plugin that is gone, and that the settings still name, can be switched off; so can one that
    does not fit this Hilum.
    """
    if not on and name not in known_names(app.found) and app.names_in_settings(name):
        return False
    plugin = _found(app, name)
    if plugin.refusal is not None and (on or plugin.state is State.REFUSED):
        raise plugin.refusal
    return plugin.first_party


def _said(name: str, action: str, changed: bool, dry_run: bool) -> str:
    if not changed:
        return _("{name}: nothing to change.", name=name)
    if dry_run:
        return _("{name} would be switched.", name=name)
    if action == "enable":
        return _("{name} is on from the next command on.", name=name)
    return _("{name} is off from the next command on.", name=name)


def _problem(app: App) -> dict[str, object] | None:
    """Return what is wrong with the settings, which stops every other command."""
    from hilum.catalogue import words_for

    try:
        app.check()
    except HilumError as problem:
        words = words_for(problem)
        return {"code": problem.code, "message": words.message, "remedy": words.remedy}
    return None


def _with_problem(problem: dict[str, object] | None, lines: Iterator[str]) -> Iterator[str]:
    if problem:
        yield f"{problem['message']} {problem['remedy']}"
    yield from lines
