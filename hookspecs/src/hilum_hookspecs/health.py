"""Health checks: what ``hilum doctor`` looks at, link by link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from .words import Message

Cancelled: TypeAlias = Callable[[], bool]
"""Tells whether a look must end: its time is over or the user walked away. Ask often."""


class HealthState(Enum):
    """What a look found. A warning leaves the later links worth looking at, a failure does not."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFix:
    """What the program may mend by itself: nothing is lost by it and it can be done twice."""

    label: Message
    """What would be done, as a sentence."""

    apply: Callable[[], Message]
    """Does it and says what was done; raises an error of ours when it could not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthAnswer:
    """What a look found: one sentence of cause, one of remedy."""

    state: HealthState
    cause: Message
    """What is so, also when all is well: ``the card is in the reader``."""

    remedy: Message | None = None
    """What to do; there is one for each warning and failure."""

    data: Mapping[str, object] = field(default_factory=dict)
    """JSON-able facts for scripts and for support; never a secret, nobody's number or name."""

    fix: HealthFix | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthLink:
    """One thing to look at."""

    name: str
    label: Message
    look: Callable[[Cancelled], HealthAnswer]
    """Looks, in a thread of the check's own, and changes nothing.

    Asks nobody anything. An error of ours that it raises is a failure with that error's texts.
    """

    seconds: int = 10
    """How long a look may take. Past that it is told to end, and a second later left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """A chain of links, looked at in order until one has failed: the rest depends on it."""

    name: str
    """Stable, for ``hilum doctor --only``; ``endpoint`` chooses ``endpoint-sts`` too."""

    label: Message
    links: tuple[HealthLink, ...]
    rank: int = 500
    """Where it is shown, the lowest first: Hilum's own stand at the hundreds."""

    close: Callable[[], None] = lambda: None
    """Lets go of what the looks opened; called in their thread when the chain is over."""
