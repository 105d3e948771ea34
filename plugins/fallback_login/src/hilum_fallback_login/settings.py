"""The settings of this plugin, section ``[fallback_login]``."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FallbackSettings:
    """How sessions are opened with the keystore alone."""

    duration_hours: int = field(default=12, metadata={"min": 1, "max": 24})
    """How long a session is asked for: shorter than one with the card, as the rule wants."""

    uses_before_reminder: int = field(default=3, metadata={"min": 1, "max": 100})
    """From which use within 30 days on the rule for exceptions is shown."""
