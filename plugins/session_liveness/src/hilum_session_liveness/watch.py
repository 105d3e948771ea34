"""Watching one session until it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from hilum_hookspecs import CheckResult, Liveness, PluginContext, SessionError, SessionView

from .policy import Policy
from .settings import LivenessSettings

LONGEST_NAP: Final = timedelta(seconds=20)
"""The clock is read at least this often, so that a computer that slept checks soon after."""


class Watch:
    """Checks a provider's session when the policy says so; *nap* waits some seconds."""

    def __init__(
        self, context: PluginContext[LivenessSettings], nap: Callable[[float], None]
    ) -> None:
        self._context = context
        self._policy = Policy.of(context.settings)
        self._nap = nap

    def checks(self, provider_id: str, *, probe: bool) -> Iterator[CheckResult]:
        """Yield one result now and one per check, the last when the session is over.

        Raises ``SessionError`` (``session.none``) when there is none, or no longer.
        """
        while True:
            result = self._context.sessions.check(provider_id, probe=probe)
            yield result
            if result.liveness is Liveness.OVER:
                return
            self._wait(provider_id)

    def ends_soon(self, provider_id: str) -> bool:
        """Tell whether the end of the session is near."""
        return self._policy.ends_soon(self._view(provider_id), self._context.clock.now())

    def _wait(self, provider_id: str) -> None:
        """Wait for the next check; a clock that is set back meanwhile puts it off by nothing."""
        napped = timedelta(0)
        while napped < self._policy.period:
            now = self._context.clock.now()
            left = self._policy.next_check(self._view(provider_id), now) - now
            if left <= timedelta(0):
                return
            nap = min(left, LONGEST_NAP)
            self._nap(nap.total_seconds())
            napped += nap

    def _view(self, provider_id: str) -> SessionView:
        view = self._context.sessions.view(provider_id)
        if view is None:
            raise SessionError("session.none", provider=provider_id)
        return view
