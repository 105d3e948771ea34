"""Checking whether a kept session lives: locally, and by asking the platform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import CheckResult, EhealthSession, Liveness, SessionError, SessionView

from .kept_sessions import CLOCK_WRONG, OVER, TOKEN_REFUSED, was_refused
from .liveness import Platform, is_refusal

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Clock

Load = Callable[[], EhealthSession]
"""Reads the session, checked strictly; raises ``session.over``, ``session.token-refused`` and
``clock.wrong``, which says nothing about the session."""

WithKey = Callable[[EhealthSession], EhealthSession]
"""Returns the session with its private key; asks for the keystore's password when needed."""


class Checks:
    """The three answers: alive, over, unknown."""

    def __init__(self, platform: Platform, clock: Clock) -> None:
        self._platform = platform
        self._clock = clock

    def local(self, view: SessionView, load: Load) -> CheckResult:
        """Check the token alone; what the platform said last, or that it said nothing, stays."""
        session = self._read(view, load)
        if isinstance(session, CheckResult):
            return session
        alive = self._alive(session)
        if view.last_check is not None and was_refused(view):
            return replace(alive, liveness=Liveness.OVER, cause=view.last_check.cause)
        if view.last_check is not None and _unknown_since(view) is not None:
            return replace(view.last_check, checked_at=alive.checked_at)
        return alive

    def probed(self, view: SessionView, load: Load, with_key: WithKey) -> CheckResult:
        """Ask the platform too; whatever is no answer of its leaves the state unknown.

        Raises ``session.no-probe`` before anything is asked of the user.
        """
        self._platform.probes()
        session = self._read(view, load)
        if isinstance(session, CheckResult):
            return session
        said = self._platform.ask(with_key(session))
        alive = self._alive(session)
        if said is None:
            return alive
        if is_refusal(said):
            return replace(alive, liveness=Liveness.OVER, cause=said.code)
        since = _unknown_since(view) or alive.checked_at
        plugin = str(said.details["plugin"]) if said.code == "plugin.failed" else None
        return replace(
            alive, liveness=Liveness.UNKNOWN, cause=said.code, since=since, plugin=plugin
        )

    def _read(self, view: SessionView, load: Load) -> EhealthSession | CheckResult:
        try:
            return load()
        except SessionError as error:
            if error.code not in (OVER, TOKEN_REFUSED):
                raise
            ended = error.details.get("expired_at")
            return CheckResult(
                liveness=Liveness.OVER,
                checked_at=self._clock.now(),
                expires_at=datetime.fromisoformat(str(ended)) if ended else view.expires_at,
                cause=error.code,
                problem=_text(error.details.get("cause")),
            )
        except EhealthError as error:
            if error.code != CLOCK_WRONG:
                raise
            now = self._clock.now()
            return CheckResult(
                liveness=Liveness.UNKNOWN,
                checked_at=now,
                expires_at=view.expires_at,
                cause=CLOCK_WRONG,
                since=now,
            )

    def _alive(self, session: EhealthSession) -> CheckResult:
        return CheckResult(
            liveness=Liveness.ALIVE,
            checked_at=self._clock.now(),
            expires_at=session.expires_at,
        )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _unknown_since(view: SessionView) -> datetime | None:
    last = view.last_check
    return last.since if last is not None and last.liveness is Liveness.UNKNOWN else None
