"""Status indicators: lamps with words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .words import Message


class StatusState(Enum):
    """Never shown by colour alone."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What an indicator shows now."""

    state: StatusState
    words: Message
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusIndicator:
    """A lamp: in the status bar of a window, in a line of ``hilum session status``."""

    name: str
    label: Message
    read: Callable[[str], Status]
    """The state for a provider's id; answers at once, from what is known on this computer."""

    visible: Callable[[str], bool] = lambda provider_id: True
    action: str | None = None
    """Name of what a click starts: ``open-session``."""
