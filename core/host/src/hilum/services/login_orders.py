"""What somebody asks for who logs in, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .login_files import Login, Via

if TYPE_CHECKING:
    from .openings import Opening, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginOrder:
    """What somebody asks for who logs in."""

    user: str | None = None
    """User name; ``None`` is the one who logged in last."""

    via: Via | None = None
    """``None`` is via eHealth for a user who has that option, and when the order says how the
    session is opened; else with the password."""

    method: str | None = None
    reason: str | None = None
    profession: str | None = None
    """How the eHealth session is opened, as :class:`~hilum.services.openings.Order` has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPlan:
    """How somebody would log in."""

    user_name: str
    """As it was typed: whether anybody has it is not told before the password."""

    via: Via
    session: Plan | None = None
    """The session that would be opened, via eHealth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """A login, and the session that came with it."""

    login: Login
    opening: Opening | None = None
    """``None`` when a password was used."""

    password_changed: bool = False
    """A new password had to be chosen."""
