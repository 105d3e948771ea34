"""What ``hilum session watch`` does."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hilum_hookspecs import (
    CheckResult,
    ConfigurationError,
    Liveness,
    SessionError,
    UserCancelled,
)

from .watch import Watch
from .words import _

if TYPE_CHECKING:
    from hilum_hookspecs import PluginContext, Provider

    from .settings import LivenessSettings


def watch_session(
    context: PluginContext[LivenessSettings], provider: str | None, *, probe: bool
) -> None:
    """Show each check of a provider's session; raises ``CheckResult.refusal`` when it is over.

    Without *provider* there must be a single session (``session.none``,
    ``usage.provider-needed``). A signal to end is a user who walks away.
    """
    record = context.providers.find(provider) if provider else _only_one(context)
    try:
        with _ending_on_request():
            _watch(context, record, probe=probe)
    except KeyboardInterrupt:
        context.output.note("")  # what follows stands on a line of its own, not after ^C
        raise UserCancelled from None


def _watch(context: PluginContext[LivenessSettings], record: Provider, *, probe: bool) -> None:
    watch = Watch(context, time.sleep)
    for result in watch.checks(record.id, probe=probe):
        context.output.stream(_document(record.id, result), _line(record.name, result))
        refusal = result.refusal(record.id)
        if result.liveness is Liveness.OVER and refusal is not None:
            raise refusal
        if watch.ends_soon(record.id):
            context.output.note(_("The session ends soon: `hilum session renew`."))


def _only_one(context: PluginContext[LivenessSettings]) -> Provider:
    found = [each for each in context.providers.all() if context.sessions.view(each.id)]
    if not found:
        raise SessionError("session.none")
    if len(found) > 1:
        raise ConfigurationError("usage.provider-needed", providers=[each.id for each in found])
    return found[0]


@contextmanager
def _ending_on_request() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, where this thread may say so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _document(provider_id: str, result: CheckResult) -> dict[str, object]:
    return {
        "provider": provider_id,
        "state": result.liveness.value,
        "checked_at": result.checked_at.isoformat(),
        "expires_at": result.expires_at.isoformat(),
        "cause": result.cause,
        "since": result.since.isoformat() if result.since else None,
    }


def _line(name: str, result: CheckResult) -> str:
    states = {
        Liveness.ALIVE: _("the session is alive"),
        Liveness.OVER: _("the session is over"),
        Liveness.UNKNOWN: _("not known: eHealth could not be reached"),
    }
    return _("{name}: {state}", name=name, state=states[result.liveness])
