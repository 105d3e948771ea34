"""The command ``hilum session watch``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hilum_hookspecs import CheckResult, Liveness, PluginContext, SessionError, hookimpl
from hilum_hookspecs.cli import CliCommand

from .settings import LivenessSettings
from .words import _

if TYPE_CHECKING:
    import click


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
        @click.option(
            "--provider", required=True, help=_("The provider's id, NISS or INAMI number.")
        )
        @click.option(
            "--probe", is_flag=True, help=_("Ask the eHealth platform at each check too.")
        )
        def watch(provider: str, probe: bool) -> None:
            self._run(provider, probe=probe)

        return watch

    def _run(self, provider: str, *, probe: bool) -> None:
        import time

        from .watch import Watch

        record = self._context.providers.find(provider)
        watch = Watch(self._context, time.sleep)
        for result in watch.checks(record.id, probe=probe):
            self._context.output.stream(_document(record.id, result), _line(record.name, result))
            if result.liveness is not Liveness.OVER and watch.ends_soon(record.id):
                self._context.output.note(_("The session ends soon: `hilum session renew`."))
        raise SessionError(
            "session.over", provider=record.id, expired_at=result.expires_at.isoformat()
        )


def _document(provider_id: str, result: CheckResult) -> dict[str, object]:
    return {
        "provider": provider_id,
        "state": result.liveness.value,
        "checked_at": result.checked_at.isoformat(),
        "expires_at": result.expires_at.isoformat(),
        "cause": result.cause,
        "unknown_since": result.since.isoformat() if result.since else None,
    }


def _line(name: str, result: CheckResult) -> str:
    states = {
        Liveness.ALIVE: _("the session is alive"),
        Liveness.OVER: _("the session is over"),
        Liveness.UNKNOWN: _("not known: eHealth could not be reached"),
    }
    return f"{name}: {states[result.liveness]}"
