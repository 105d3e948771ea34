"""The tree of commands: the host's own and those of the plugins, each built when it is used."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import click
from hilum_hookspecs import ConfigurationError, HilumError, Message
from hilum_hookspecs.cli import CliCommand
from hilum_hookspecs.words import show

from hilum.contributions import returning
from hilum.failures import ContractError
from hilum.host import Stage
from hilum.plain import printable
from hilum.words import _

from .options import global_options

if TYPE_CHECKING:
    from .app import App

HOST_COMMANDS: Final[dict[str, Message]] = {
    "plugins": _.message("See, switch on, switch off and make plugins."),
    "user": _.message("Keep the users and what they may do."),
    "login": _.message("Log in: via eHealth or with a password."),
    "logout": _.message("Log out; the sessions end."),
    "session": _.message("Open, see, check, renew and close eHealth sessions."),
    "trust": _.message("The certificates that are trusted, by purpose."),
    "doctor": _.message("Look at everything a session needs and name what is wrong."),
    "audit": _.message("Who did what."),
    "db": _.message("Look after the database."),
    "support": _.message("Gather what somebody who helps needs to know."),
}
"""The host's own commands; ``hilum.cli.NAME`` has ``build(app)`` for each."""

ORDER: Final = (
    "demo",
    "plugins",
    "provider",
    "certificate",
    "user",
    "login",
    "logout",
    "session",
    "box",
    "trust",
    "simulator",
    "doctor",
    "audit",
    "db",
    "support",
)
"""How the commands are listed; others follow by name."""

UNPREPARED: Final = ("plugins", "doctor", "support")
"""Commands that work when nothing else does: what is wrong with the settings is their subject."""

OWNERS: Final = {
    "demo": "simulator",
    "provider": "provider_records",
    "certificate": "cert_manager",
    "box": "ehealthbox",
    "simulator": "simulator",
    "session watch": "session_liveness",
}
"""Commands of our own plugins, so that one that is missing can be explained."""


_WIDEST: Final = 100
"""Columns of a help page at most."""


class PluginCommand(NamedTuple):
    """A command that a plugin offers."""

    plugin: str
    command: CliCommand


class CommandTree(click.Group):
    """``hilum``: knows the names and summaries of all commands and builds only what is used."""

    def __init__(self, app: App) -> None:
        super().__init__(
            "hilum",
            params=global_options(),
            help=_("Open, watch and close eHealth sessions, and look after what they need."),
            no_args_is_help=True,
            context_settings={
                "terminal_width": _columns(app.environ),
                "help_option_names": ["-h", "--help"],
            },
        )
        self._app = app
        found = app.host.survey("hilum_cli_commands")
        self._conflicts = found.conflicts
        self._offered: dict[str, PluginCommand] = {}
        for plugin, command in cast("tuple[tuple[str, CliCommand], ...]", found.found):
            self._offer(plugin, command)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, also of those that cannot be used now."""
        names = {*HOST_COMMANDS, *(path for path in self._offered if " " not in path)}
        return sorted(
            {*names, *self._conflicts_at_top()},
            key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name),
        )

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Build the command *cmd_name*; one that cannot be used says why when it is run."""
        if cmd_name in HOST_COMMANDS:
            return self._watched(self._host_command(cmd_name), cmd_name)
        if cmd_name in self._offered:
            return self._watched(self._built(self._offered[cmd_name]), cmd_name)
        reason = self._unavailable(cmd_name)
        return _refusing(cmd_name, reason) if reason else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; settings that are wrong stop all but :data:`UNPREPARED`."""
        name = args[0]
        if not ctx.resilient_parsing and name not in UNPREPARED:
            self._app.prepare()
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            from hilum.spelling import nearest

            known = [*self.list_commands(ctx), *OWNERS]
            raise ConfigurationError(
                "usage.unknown-command", command=name, nearest=nearest(name, known)
            )
        return name if command else None, command, args[1:]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their summaries, building none of them."""
        rows = [(name, self._summary(name)) for name in self.list_commands(ctx)]
        missing = [name for name in OWNERS if " " not in name and name not in dict(rows)]
        rows += [(name, _("[unavailable: plugin {name}]", name=OWNERS[name])) for name in missing]
        with formatter.section(_("Commands")):
            formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show examples of use."""
        with formatter.section(_("Examples")):
            formatter.write_dl(
                [
                    ("hilum demo", _("the whole journey, without card and without eHealth")),
                    ("hilum session open --provider 85073003328", _("open a session by eID")),
                    ("hilum session status", _("see the sessions on this computer")),
                    ("hilum --json certificate scan", _("answer a script")),
                ],
                col_max=44,
            )

    def _offer(self, plugin: str, command: CliCommand) -> None:
        path = path_of(command)
        if path in HOST_COMMANDS:
            self._refuse(plugin, f"{path} is a command of the host")
        elif command.under is not None and command.under not in HOST_COMMANDS:
            self._refuse(plugin, f"{command.under} is no group of the host")
        else:
            self._offered[path] = PluginCommand(plugin, command)

    @cached_property
    def usable(self) -> Collection[str]:
        """The paths of the plugins' commands that can be used: ``box``, ``session watch``."""
        return frozenset(path for path in self._offered if not self._is_refused(path))

    def _is_refused(self, path: str) -> bool:
        """Tell whether the command *path* cannot be in its group of the host; none is built."""
        group, _space, child = path.partition(" ")
        if not child:
            return False
        own = self._built_by_host(group)
        if not isinstance(own, click.Group):
            self._refuse(self._offered[path].plugin, f"{group} is no group of the host")
            return True
        if child in own.commands:
            self._refuse(self._offered[path].plugin, f"{path} is a command of the host")
            return True
        return False

    def _built_by_host(self, name: str) -> click.Command:
        module = import_module(f"{__package__}.{name}")
        command: click.Command = module.build(self._app)
        return command

    def _refuse(self, plugin: str, problem: str) -> None:
        self._app.host.failed(plugin, Stage.CALL, "hilum_cli_commands", ContractError(problem))

    def _host_command(self, name: str) -> click.Command:
        command = self._built_by_host(name)
        if isinstance(command, click.Group):
            for path in {*self._offered, *self._conflicts, *OWNERS}:
                group, _space, child = path.partition(" ")
                if group != name or not child:
                    continue
                if child not in command.commands:
                    command.add_command(self._child(path, child), child)
                elif path in self._offered:
                    self._refuse(self._offered[path].plugin, f"{path} is a command of the host")
        return command

    def _watched(self, command: click.Command, path: str) -> click.Command:
        """Have it written down when *command*, or one inside it, is refused."""
        if isinstance(command, click.Group):
            for name, child in command.commands.items():
                self._watched(child, f"{path} {name}")
        callback = command.callback
        if callback is not None:

            def watched(*context: Any, **options: Any) -> Any:
                try:
                    return callback(*context, **options)
                except Exception as error:
                    from .refusals import refused

                    refused(self._app, path, error, options)
                    raise

            command.callback = watched
        return command

    def _child(self, path: str, name: str) -> click.Command:
        if path in self._offered:
            return self._built(self._offered[path])
        return _refusing(name, cast("HilumError", self._unavailable(path)))

    def _built(self, offered: PluginCommand) -> click.Command:
        build = returning(click.Command, offered.command.build)
        return self._app.host.call(offered.plugin, build)

    def _conflicts_at_top(self) -> Iterable[str]:
        return (path for path in self._conflicts if " " not in path)

    def _summary(self, name: str) -> str:
        if name in self._conflicts:
            plugins = ", ".join(self._conflicts[name])
            return _("[unavailable: offered by {plugins}]", plugins=plugins)
        if name in HOST_COMMANDS:
            return show(HOST_COMMANDS[name])
        return printable(show(self._offered[name].command.summary))

    def _unavailable(self, path: str) -> HilumError | None:
        """Say why the command *path* cannot be used; ``None`` when it is not known at all."""
        if path in self._conflicts:
            return ConfigurationError(
                "plugin.conflict",
                hook="hilum_cli_commands",
                name=path,
                plugins=list(self._conflicts[path]),
            )
        if path in OWNERS:
            return self._app.why_off(OWNERS[path])
        return self._app.why_off(path) if self._app.is_off(path) else None


def _columns(environ: Mapping[str, str]) -> int:
    """Return how wide help may be; asking here spares click the import that it would need."""
    columns = environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return min(int(columns), _WIDEST) - 2
    try:
        return min(os.get_terminal_size().columns, _WIDEST) - 2
    except OSError:
        return 78


def path_of(command: CliCommand) -> str:
    """Return where *command* stands: ``box``, ``session watch``."""
    return f"{command.under} {command.name}" if command.under else command.name


def _refusing(name: str, reason: HilumError) -> click.Command:
    """Make a command that takes any arguments and only says why it cannot be used."""

    def refuse() -> None:
        raise reason

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(
        name, callback=refuse, context_settings=anything, add_help_option=False, hidden=True
    )
