"""The settings of this plugin, section ``[session_liveness]``."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LivenessSettings:
    """When an open session is checked and when its end is announced."""

    period_minutes: int = field(default=15, metadata={"min": 1, "max": 240})
    """Time between two checks."""

    warn_minutes: int = field(default=10, metadata={"min": 1, "max": 120})
    """How long before its end a session is announced as ending."""
