"""Making answers in few words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hilum_hookspecs import HealthAnswer, HealthCheck, HealthFix, HealthLink, HealthState, Message
from hilum_hookspecs.health import Cancelled


def ok(cause: Message, **data: object) -> HealthAnswer:
    """Return the answer that all is well."""
    return HealthAnswer(state=HealthState.OK, cause=cause, data=data)


def warning(cause: Message, remedy: Message, **data: object) -> HealthAnswer:
    """Return the answer that something wants doing and nothing stops."""
    return HealthAnswer(state=HealthState.WARNING, cause=cause, remedy=remedy, data=data)


def fixable(cause: Message, remedy: Message, fix: HealthFix, **data: object) -> HealthAnswer:
    """Return a warning about what the program may mend by itself."""
    return replace(warning(cause, remedy, **data), fix=fix)


def failed(cause: Message, remedy: Message, **data: object) -> HealthAnswer:
    """Return the answer that something stops a session or loses data."""
    return HealthAnswer(state=HealthState.FAILED, cause=cause, remedy=remedy, data=data)


def not_applicable(cause: Message, **data: object) -> HealthAnswer:
    """Return the answer that there is nothing to look at here."""
    return HealthAnswer(state=HealthState.NOT_APPLICABLE, cause=cause, data=data)


def link(
    name: str, label: Message, look: Callable[[], HealthAnswer], *, seconds: int = 10
) -> HealthLink:
    """Make a link whose look bounds itself and need not be told to end."""

    def looking(cancelled: Cancelled) -> HealthAnswer:
        return look()

    return HealthLink(name=name, label=label, look=looking, seconds=seconds)


def single(
    name: str,
    label: Message,
    rank: int,
    look: Callable[[], HealthAnswer],
    *,
    seconds: int = 10,
) -> HealthCheck:
    """Make a check of one link, which bears its name and label."""
    links = (link(name, label, look, seconds=seconds),)
    return HealthCheck(name=name, label=label, rank=rank, links=links)
