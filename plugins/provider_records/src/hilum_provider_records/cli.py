"""The commands ``hilum provider ...``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from hilum_hookspecs import NoSettings, PluginContext, hookimpl
from hilum_hookspecs.cli import CliCommand

from .words import _

if TYPE_CHECKING:
    import click

    from .commands import Commands

SUMMARY = _.message("Keep the records of care providers.")


class CliPlugin:
    """The plugin's commands; each reads its options and hands on to :mod:`.commands`."""

    def __init__(self, context: PluginContext[NoSettings]) -> None:
        self._context = context

    @hookimpl
    def hilum_cli_commands(self) -> Iterable[CliCommand]:
        """Add the group ``provider``."""
        yield CliCommand(name="provider", summary=SUMMARY, build=self._group)

    def _group(self) -> click.Group:
        import click

        from .commands import Commands

        commands = Commands(self._context)
        group = click.Group("provider", help=_("Keep the records of care providers."))
        for build in (_add, _list, _show, _edit, _remove, _check, _import, _export):
            command = build(commands)
            command.short_help = command.help  # not cut off in the list
            group.add_command(command)
        return group


def _add(commands: Commands) -> click.Command:
    import click

    @click.command("add", help=_("Add a provider."))
    @_with_fields
    @click.option("--id", "identifier", help=_("Identifier of your own; made up by default."))
    @_dry_run
    def add(identifier: str | None, dry_run: bool, **options: object) -> None:
        commands.add(options, identifier=identifier, dry_run=dry_run)

    return add


def _list(commands: Commands) -> click.Command:
    import click

    @click.command("list", help=_("List the providers, with the state of their certificates."))
    def list_() -> None:
        commands.list()

    return list_


def _show(commands: Commands) -> click.Command:
    import click

    @click.command("show", help=_("Show the record of a provider (id, NISS or INAMI number)."))
    @click.argument("provider")
    def show(provider: str) -> None:
        commands.show(provider)

    return show


def _edit(commands: Commands) -> click.Command:
    import click

    @click.command("edit", help=_("Change what is given, and nothing else; '' empties a field."))
    @click.argument("provider")
    @_with_fields
    @click.option(
        "--remove-inami",
        multiple=True,
        metavar="[PROFESSION:]NUMBER",
        help=_("Take an INAMI number out. Repeatable."),
    )
    @click.option(
        "--remove-profession",
        multiple=True,
        metavar="PROFESSION",
        help=_("Take a profession out, its INAMI numbers with it. Repeatable."),
    )
    @_dry_run
    def edit(provider: str, dry_run: bool, **options: object) -> None:
        commands.edit(provider, options, dry_run=dry_run)

    return edit


def _remove(commands: Commands) -> click.Command:
    import click

    @click.command("remove", help=_("Remove the record of a provider, after asking."))
    @click.argument("provider")
    @click.option("--yes", is_flag=True, help=_("Do not ask."))
    @_dry_run
    def remove(provider: str, yes: bool, dry_run: bool) -> None:
        commands.remove(provider, confirmed=yes, dry_run=dry_run)

    return remove


def _check(commands: Commands) -> click.Command:
    import click

    @click.command("check", help=_("Check one provider, or all: can an eHealth session be opened?"))
    @click.argument("provider", required=False)
    @click.option(
        "--purpose",
        type=click.Choice(["ehealth-login", "save"]),
        default="ehealth-login",
        show_default=True,
        help=_("What the record must be good for."),
    )
    def check(provider: str | None, purpose: str) -> None:
        commands.check(provider, purpose)

    return check


def _import(commands: Commands) -> click.Command:
    import click

    @click.command("import", help=_("Add and change providers from a CSV file."))
    @click.argument("file", metavar=_("FILE"), type=click.Path(path_type=Path))
    @_dry_run
    def import_(file: Path, dry_run: bool) -> None:
        commands.import_file(file, dry_run=dry_run)

    return import_


def _export(commands: Commands) -> click.Command:
    import click

    @click.command("export", help=_("Write all providers into a new CSV file (private, 0600)."))
    @click.argument("file", metavar=_("FILE"), type=click.Path(path_type=Path))
    def export(file: Path) -> None:
        commands.export_file(file)

    return export


def _with_fields(function: Callable[..., None]) -> Callable[..., None]:
    """Add an option for every field of a record."""
    import click
    from hilum_hookspecs.words import show

    from .fields import FIELDS

    options = [
        click.option(f"{f.option}/--no-{f.option[2:]}", f.name, default=None, help=show(f.label))
        if f.is_flag
        else click.option(f.option, f.name, help=show(f.label))
        for f in FIELDS
    ]
    options += [
        click.option(
            "--profession",
            multiple=True,
            metavar="PROFESSION",
            help=_("A profession, such as physiotherapist. Repeatable."),
        ),
        click.option(
            "--default-profession",
            metavar="PROFESSION",
            help=_("The profession that sessions are opened for unless told otherwise."),
        ),
        click.option(
            "--inami",
            multiple=True,
            metavar="[PROFESSION:]NUMBER[:START[:END]][:conventioned]",
            help=_("An INAMI number with the days on which it starts and ends. Repeatable."),
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def _dry_run(function: Callable[..., None]) -> Callable[..., None]:
    import click

    return click.option("--dry-run", is_flag=True, help=_("Check everything, change nothing."))(
        function
    )
