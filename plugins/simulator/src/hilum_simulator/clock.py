"""Clocks: the computer's, and one that a test or the demonstration moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the instant it stands at."""
        return self._now

    def advance(self, **delta: float) -> None:
        """Move it: ``advance(minutes=15)``, back with a negative number."""
        self._now += timedelta(**delta)

    def set(self, instant: datetime) -> None:
        """Put it to *instant* (aware)."""
        self._now = instant
