"""The settings of this plugin, section ``[fallback_login]``."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FallbackSettings:
    """How sessions are opened with the keystore alone, and what passwords of users must be."""

    duration_hours: int = field(default=12, metadata={"min": 1, "max": 24})
    """How long a session is asked for: shorter than one with the card, as the rule wants."""

    uses_before_reminder: int = field(default=3, metadata={"min": 1, "max": 100})
    """From which use within 30 days on the rule for exceptions is shown."""

    password_length: int = field(default=12, metadata={"min": 8, "max": 128})
    """Characters that a new password has at least."""

    password_upper: bool = True
    """Whether a new password needs a capital letter."""

    password_lower: bool = True
    """Whether a new password needs a small letter."""

    password_digits: bool = True
    """Whether a new password needs a digit."""

    password_symbols: bool = True
    """Whether a new password needs a symbol."""

    wrong_before_lockout: int = field(default=10, metadata={"min": 3, "max": 100})
    """After how many wrong passwords in a row a user is locked out."""

    lockout_minutes: int = field(default=15, metadata={"min": 1, "max": 1440})
    """How long the lock-out lasts, after each further wrong password again."""
