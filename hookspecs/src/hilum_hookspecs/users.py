"""Users: who works with the program, and for which providers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user's record. It holds no password: a local log-in keeps that under the user's ``id``."""

    id: str
    """Ours, stable, never given twice: who removes a user frees nobody's password."""

    name: str
    user_name: str
    """What is typed to log in: unique, capitals or not."""

    valid_from: date | None = None
    valid_until: date | None = None
    """The last day included; ``None`` is open."""

    administrator: bool = False
    providers: tuple[str, ...] = ()
    """Ids of the providers that the user works for."""

    mailboxes: tuple[str, ...] = ()
    """Those of ``providers`` whose eHealthBox the user may read."""

    ehealth_login: bool = False
    """Log in by opening the eHealth session of the one linked provider."""

    visible: bool = True
    """Offered by name in the log-in window."""

    password_months: int = 0
    """How many months a password holds; 0 is for ever."""

    def is_valid(self, day: date) -> bool:
        """Tell whether the user may log in on *day*."""
        return (self.valid_from or date.min) <= day <= (self.valid_until or date.max)
