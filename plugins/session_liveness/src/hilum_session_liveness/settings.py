"""The settings of this plugin, section ``[session_liveness]``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LivenessSettings:
    """When an open session is checked and when its end is announced."""

    period_minutes: int = 15
    """Time between two checks."""

    warn_minutes: int = 10
    """How long before its end a session is announced as ending."""
