"""The commands ``hilum certificate ...``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from hilum_hookspecs import hookimpl
from hilum_hookspecs.cli import CliCommand

from .words import _

if TYPE_CHECKING:
    import click
    from hilum_hookspecs import PluginContext

    from .commands import Commands
    from .settings import CertificateSettings

SUMMARY = _.message("Find, import and keep eHealth certificates.")


class CliPlugin:
    """The plugin's commands; each reads its options and hands on to :mod:`.commands`."""

    def __init__(self, context: PluginContext[CertificateSettings]) -> None:
        self._context = context

    @hookimpl
    def hilum_cli_commands(self) -> Iterable[CliCommand]:
        """Add the group ``certificate``."""
        yield CliCommand(name="certificate", summary=SUMMARY, build=self._group)

    def _group(self) -> click.Group:
        import click

        from .commands import Commands

        commands = Commands(self._context)
        group = click.Group("certificate", help=_("Find, import and keep eHealth certificates."))
        for build in (
            _scan,
            _inspect,
            _import,
            _list,
            _show,
            _remove,
            _undo,
            _export,
            _change_password,
        ):
            command = build(commands)
            command.short_help = command.help  # not cut off in the list
            group.add_command(command)
        return group


def _scan(commands: Commands) -> click.Command:
    import click

    @click.command("scan", help=_("List the keystores in a folder; * marks the one to take."))
    @click.argument("folder", required=False, type=click.Path(path_type=Path))
    @click.option("--provider", help=_("Say of each whether it belongs to this provider."))
    @click.option(
        "--open", "opening", is_flag=True, help=_("Ask for a password and look inside with it.")
    )
    def scan(folder: Path | None, provider: str | None, opening: bool) -> None:
        commands.scan(folder, provider, opening=opening)

    return scan


def _inspect(commands: Commands) -> click.Command:
    import click

    @click.command("inspect", help=_("Tell everything about a keystore; asks its password."))
    @_file
    @click.option("--provider", help=_("Say whether it belongs to this provider."))
    def inspect(file: Path, provider: str | None) -> None:
        commands.inspect(file, provider)

    return inspect


def _import(commands: Commands) -> click.Command:
    import click

    @click.command("import", help=_("Take a keystore into a provider's record."))
    @_file
    @_provider
    @_dry_run
    def import_(file: Path, provider: str, dry_run: bool) -> None:
        commands.import_file(file, provider, dry_run=dry_run)

    return import_


def _list(commands: Commands) -> click.Command:
    import click

    @click.command("list", help=_("List the certificate of every provider and the days left."))
    def list_() -> None:
        commands.list()

    return list_


def _show(commands: Commands) -> click.Command:
    import click

    @click.command("show", help=_("Show a provider's certificate and what was done with it."))
    @_provider
    def show(provider: str) -> None:
        commands.show(provider)

    return show


def _remove(commands: Commands) -> click.Command:
    import click

    @click.command(
        "remove", help=_("Take the certificate out of the record, after asking; can be undone.")
    )
    @_provider
    @click.option("--yes", is_flag=True, help=_("Do not ask."))
    @_dry_run
    def remove(provider: str, yes: bool, dry_run: bool) -> None:
        commands.remove(provider, confirmed=yes, dry_run=dry_run)

    return remove


def _undo(commands: Commands) -> click.Command:
    import click

    @click.command(
        "undo", help=_("Undo the last import, removal or change of password of a provider.")
    )
    @_provider
    @_dry_run
    def undo(provider: str, dry_run: bool) -> None:
        commands.undo(provider, dry_run=dry_run)

    return undo


def _export(commands: Commands) -> click.Command:
    import click

    @click.command(
        "export", help=_("Write a provider's keystore into a new file, for another computer.")
    )
    @_file
    @_provider
    @click.option(
        "--compatible", is_flag=True, help=_("In the old form that older programs need; weaker.")
    )
    def export(file: Path, provider: str, compatible: bool) -> None:
        commands.export(file, provider, compatible=compatible)

    return export


def _change_password(commands: Commands) -> click.Command:
    import click

    @click.command(
        "change-password",
        help=_("Give a provider's keystore, or a file of your own, another password."),
    )
    @click.argument(
        "file", metavar="[" + _("FILE") + "]", required=False, type=click.Path(path_type=Path)
    )
    @click.option("--provider", help=_("The provider's id, NISS or INAMI number."))
    @click.option(
        "--compatible", is_flag=True, help=_("In the old form that older programs need; weaker.")
    )
    @_dry_run
    def change_password(
        file: Path | None, provider: str | None, compatible: bool, dry_run: bool
    ) -> None:
        commands.change_password(file, provider, compatible=compatible, dry_run=dry_run)

    return change_password


def _file(function: Callable[..., None]) -> Callable[..., None]:
    import click

    return click.argument("file", metavar=_("FILE"), type=click.Path(path_type=Path))(function)


def _provider(function: Callable[..., None]) -> Callable[..., None]:
    import click

    return click.option(
        "--provider", required=True, help=_("The provider's id, NISS or INAMI number.")
    )(function)


def _dry_run(function: Callable[..., None]) -> Callable[..., None]:
    import click

    return click.option("--dry-run", is_flag=True, help=_("Check everything, change nothing."))(
        function
    )
