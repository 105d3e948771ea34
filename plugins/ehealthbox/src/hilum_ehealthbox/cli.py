"""The commands ``hilum box ...``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from hilum_hookspecs import hookimpl
from hilum_hookspecs.cli import CliCommand

from .words import _

if TYPE_CHECKING:
    import click
    from hilum_hookspecs import NoSettings, PluginContext

SUMMARY = _.message("Synchronise the eHealthBox and list its messages.")


class CliPlugin:
    """The plugin's commands; each reads its options and hands on to :mod:`.commands`."""

    def __init__(self, context: PluginContext[NoSettings]) -> None:
        self._context = context

    @hookimpl
    def hilum_cli_commands(self) -> Iterable[CliCommand]:
        """Add the group ``box``."""
        yield CliCommand(name="box", summary=SUMMARY, build=self._group)

    def _group(self) -> click.Group:
        import click

        group = click.Group("box", help=_("Synchronise the eHealthBox and list its messages."))
        for command in (self._sync(), self._list()):
            command.short_help = command.help  # not cut off in the list
            group.add_command(command)
        return group

    def _sync(self) -> click.Command:
        import click

        @click.command(
            "sync", help=_("Fetch the list of messages; opens a session when there is none.")
        )
        @click.option(
            "--provider",
            metavar="P",
            required=True,
            help=_("The provider's id, NISS or INAMI number."),
        )
        @_source
        @click.option(
            "--method",
            metavar="M",
            help=_("How to open a session: eid (with the card) or fallback (the keystore alone)."),
        )
        @click.option(
            "--reason",
            metavar="R",
            help=_("Why the card is not used: forgotten, damaged, reader or other."),
        )
        @click.option(
            "--profession",
            metavar="X",
            help=_("For a provider of several types: physiotherapist ..."),
        )
        @click.option("--dry-run", is_flag=True, help=_("Change nothing, only say what would be."))
        def sync(
            provider: str,
            source: str,
            method: str | None,
            reason: str | None,
            profession: str | None,
            dry_run: bool,
        ) -> None:
            from .commands import Commands
            from .synchronising import How

            how = How(method=method, reason=reason, profession=profession)
            Commands(self._context).sync(provider, source, how, dry_run=dry_run)

        return sync

    def _list(self) -> click.Command:
        import click

        from .documents import NEWEST

        @click.command("list", help=_("List what the last synchronisation brought; asks nobody."))
        @click.option(
            "--provider",
            metavar="P",
            help=_("The provider's id, NISS or INAMI number. Without it: all."),
        )
        @_source
        @click.option(
            "--limit",
            metavar="N",
            type=click.IntRange(min=1),
            help=_("At most so many messages of each. Without it: {n}, with --json all.", n=NEWEST),
        )
        @click.option(
            "--skip",
            metavar="N",
            type=click.IntRange(min=0),
            default=0,
            help=_("Leave out so many of the most recent."),
        )
        def list_(provider: str | None, source: str, limit: int | None, skip: int) -> None:
            from .commands import Commands

            Commands(self._context).list(provider, source, limit=limit, skip=skip)

        return list_


def _source(command: Callable[..., None]) -> Callable[..., None]:
    import click

    return click.option(
        "--source",
        type=click.Choice(["inbox", "sentbox", "bininbox", "binsentbox"]),
        default="inbox",
        show_default=True,
        help=_("Which folder: received, sent, or the bin of one of them."),
    )(command)
