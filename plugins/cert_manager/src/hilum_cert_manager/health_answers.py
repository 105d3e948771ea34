"""Answers about kept keystores: which providers they concern, by id and never by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hilum_hookspecs import HealthAnswer, HealthFix, HealthState, Message

from .model import Version
from .words import _


def ok(cause: Message) -> HealthAnswer:
    """Return the answer that all is well."""
    return HealthAnswer(state=HealthState.OK, cause=cause)


def warning(
    cause: Message, remedy: Message, versions: Sequence[Version], fix: HealthFix | None = None
) -> HealthAnswer:
    """Return the answer that something wants doing about *versions*."""
    return HealthAnswer(
        state=HealthState.WARNING, cause=cause, remedy=remedy, data=_facts(versions), fix=fix
    )


def failed(cause: Message, remedy: Message, versions: Sequence[Version]) -> HealthAnswer:
    """Return the answer that no session can be opened with *versions*."""
    return HealthAnswer(state=HealthState.FAILED, cause=cause, remedy=remedy, data=_facts(versions))


def ids_of(versions: Sequence[Version]) -> str:
    """Name the providers of *versions*."""
    return ", ".join(each.provider_id for each in versions)


def import_again(versions: Sequence[Version]) -> Message:
    """Return the remedy for a keystore that cannot be used any more."""
    return _.message(
        "Import it again: `hilum certificate import FILE --provider {id}`",
        id=versions[0].provider_id,
    )


def close_all(paths: Sequence[Path]) -> Message:
    """Make the files at *paths* ours alone and say so."""
    from hilum_ehealth.files import close_to_others

    for path in paths:
        close_to_others(path)
    return _.message("Made yours alone: {n}", n=len(paths))


def _facts(versions: Sequence[Version]) -> dict[str, object]:
    return {
        "providers": [each.provider_id for each in versions],
        "not_after": {each.provider_id: each.content.not_after.isoformat() for each in versions},
    }
