"""What ``hilum session watch`` does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hilum_hookspecs import CheckResult, Liveness, SessionError

from .watch import Watch
from .words import _

if TYPE_CHECKING:
    from hilum_hookspecs import PluginContext

    from .settings import LivenessSettings


def watch_session(context: PluginContext[LivenessSettings], provider: str, *, probe: bool) -> None:
    """Show each check of a provider's session; raises ``session.over`` when it is over."""
    record = context.providers.find(provider)
    watch = Watch(context, time.sleep)
    for result in watch.checks(record.id, probe=probe):
        context.output.stream(_document(record.id, result), _line(record.name, result))
        if result.liveness is not Liveness.OVER and watch.ends_soon(record.id):
            context.output.note(_("The session ends soon: `hilum session renew`."))
    raise SessionError("session.over", provider=record.id, expired_at=result.expires_at.isoformat())


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
