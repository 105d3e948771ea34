"""The settings of this plugin, section ``[fallback_login]``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FallbackSettings:
    """How sessions are opened with the keystore alone."""

    duration_hours: int = 12
    """How long a session is asked for: shorter than one with the card, as the rule wants."""

    uses_before_reminder: int = 3
    """From which use within 30 days on the rule for exceptions is shown."""
