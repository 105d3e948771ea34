"""The command ``hilum session watch``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hilum_hookspecs import hookimpl
from hilum_hookspecs.cli import CliCommand

from .words import _

if TYPE_CHECKING:
    import click
    from hilum_hookspecs import PluginContext

    from .settings import LivenessSettings


class CliPlugin:
    """The plugin's command."""

    def __init__(self, context: PluginContext[LivenessSettings]) -> None:
        self._context = context

    @hookimpl
    def hilum_cli_commands(self) -> Iterable[CliCommand]:
        """Add ``session watch``."""
        yield CliCommand(
            name="watch",
            under="session",
            summary=_.message("Check an open session every 15 minutes until it is over."),
            build=self._watch,
        )

    def _watch(self) -> click.Command:
        import click

        @click.command("watch", help=_("Check an open session every 15 minutes until it is over."))
        @click.option("--provider", help=_("The provider's id, NISS or INAMI number."))
        @click.option(
            "--probe", is_flag=True, help=_("Ask the eHealth platform at each check too.")
        )
        def watch(provider: str | None, probe: bool) -> None:
            from .commands import watch_session

            watch_session(self._context, provider, probe=probe)

        return watch
