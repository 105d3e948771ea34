"""When a session is checked: a pure function of the session and the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hilum_hookspecs import SessionView

from .settings import LivenessSettings


@dataclass(frozen=True, slots=True)
class Policy:
    """Every *period*, and at the instants that matter to the user: the warning and the end."""

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
        last = session.last_check.checked_at if session.last_check else session.opened_at
        due = min(last, now) + self.period
        marks = (session.expires_at - self.warning, session.expires_at)
        return min([due, *(mark for mark in marks if last < mark)])

    def ends_soon(self, session: SessionView, now: datetime) -> bool:
        """Tell whether the session lives but is within the warning time of its end."""
        return session.expires_at - self.warning <= now < session.expires_at


def next_check(session: SessionView, now: datetime) -> datetime:
    """Return the instant of the next check under the usual times (every 15 minutes)."""
    return Policy().next_check(session, now)
