"""When a session is checked: a pure function of the session and the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hilum_hookspecs import Liveness, SessionView

from .settings import LivenessSettings

RETRY: Final = timedelta(minutes=5)
"""How often a check that got no answer is tried again."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Every *period*, and at the instants that matter to the user: the warning and the end.

    While it is unknown whether a session lives, every five minutes, each session at an instant of
    its own within them: not all desks may ask at once when the platform is back.
    """

    period: timedelta = timedelta(minutes=15)
    warning: timedelta = timedelta(minutes=10)

    @classmethod
    def of(cls, settings: LivenessSettings) -> Policy:
        """Take the times from the settings."""
        return cls(
            timedelta(minutes=settings.period_minutes), timedelta(minutes=settings.warn_minutes)
        )

    def next_check(self, session: SessionView, now: datetime) -> datetime:
        """Return the instant of the next check; not after *now* means at once.

        A clock that jumped forward (sleep) makes the check due, one that jumped back does not
        push it further away than one period.
        """
        last = _last_look(session)
        due = min(last, now) + self.period
        check = session.last_check
        if check is not None and check.liveness is Liveness.UNKNOWN:
            due = min(due, _next_try(session.id, check.since or last, min(last, now)))
        marks = (session.expires_at - self.warning, session.expires_at)
        return min([due, *(mark for mark in marks if last < mark)])

    def is_fresh(self, session: SessionView, now: datetime) -> bool:
        """Tell whether the session was checked, or opened, so lately that it may count as alive."""
        return now - _last_look(session) <= self.period + RETRY

    def ends_soon(self, session: SessionView, now: datetime) -> bool:
        """Tell whether the session lives but is within the warning time of its end."""
        return session.expires_at - self.warning <= now < session.expires_at


def next_check(session: SessionView, now: datetime) -> datetime:
    """Return the instant of the next check under the usual times (every 15 minutes)."""
    return Policy().next_check(session, now)


def _last_look(session: SessionView) -> datetime:
    return session.last_check.checked_at if session.last_check else session.opened_at


def _next_try(session_id: str, since: datetime, last: datetime) -> datetime:
    """Return the first of the session's own instants after *last*, one every :data:`RETRY`.

    Where they lie is drawn from the session's identifier, so that it is the same in every process.
    """
    own = since + RETRY * _fraction(f"{session_id} {since.isoformat()}")
    passed = max(0, (last - own) // RETRY + 1)
    return own + RETRY * passed


def _fraction(text: str) -> float:
    """Draw a number from 0 to 1 from *text*, evenly spread over texts."""
    from hashlib import sha256

    return int.from_bytes(sha256(text.encode()).digest()[:6], "big") / 2**48
