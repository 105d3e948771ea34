"""Logging in to the application without eHealth: what a plugin that keeps passwords offers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ports import Progress, Prompter
    from .words import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRequest:
    """What the host asks of a local log-in. It holds no secret: ask the prompter."""

    user_id: str | None
    """``None`` when no user has the name that was typed: do the same work and refuse."""

    prompter: Prompter
    progress: Progress
    temporary: bool = False
    """For a new password: whether another one must be chosen at the next log-in."""

    unknown_name: str | None = field(default=None, repr=False)
    """The name that was typed and no user has, folded as names are compared; for counting.

    It may be a password in the wrong place: keep no more than some bits of a salted hash of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRule:
    """One rule for new passwords, for a list that changes while somebody types."""

    name: str
    """Slug, stable, for scripts: ``length``."""

    label: Message
    met: Callable[[str], bool]
    """Whether a text fulfils the rule; answers at once and keeps nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordState:
    """What may be told about a user's password."""

    changed_at: datetime | None = None
    """When it was chosen; ``None`` when the user has none."""

    must_change: bool = False
    """Another one must be chosen at the next log-in."""

    wrong: int = 0
    """How often in a row it was wrong."""

    blocked_until: datetime | None = None
    """Until when every password is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalLogin:
    """A way to log in by name and password, offered by a plugin."""

    name: str
    label: Message
    verify: Callable[[PasswordRequest], None]
    """Ask for ``account-password`` and return when it is the user's.

    Raises ``CredentialRejected``: ``credential.login-rejected`` for a wrong password, for a user
    without one and for nobody, after the same work; ``credential.login-delayed`` and
    ``credential.login-locked`` (``until``, ``seconds``) before anything is asked."""

    set_password: Callable[[PasswordRequest], None]
    """Ask for ``new-account-password`` and keep it; the user may try again at once.

    Raises ``ConfigurationError``: ``secret.password-policy`` (``rules``: names of those that are
    not met), ``secret.password-unchanged`` when it is the user's already and not temporary."""

    rules: Callable[[], Iterable[PasswordRule]]
    state: Callable[[str], PasswordState]
    """What is known of the password of the user with this id."""

    forget: Callable[[str], None]
    """Forget everything about the user with this id."""

    rank: int = 100
    """The lowest is used; the one of Hilum has 900."""
