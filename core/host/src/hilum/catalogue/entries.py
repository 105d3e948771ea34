"""The texts of every code, gathered from the modules of this package, one per family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeAlias

from hilum_hookspecs import Message

Texts: TypeAlias = tuple[Message, Message | None]
"""What happened, and what to do."""

Entry: TypeAlias = Texts | Callable[[Mapping[str, object]], Texts]
"""The texts, or what chooses them by the details."""


@cache
def entries() -> Mapping[str, Entry]:
    """Return the texts by code."""
    from . import card, ehealth, host, keystore, sessions, settings, users

    parts = (host, settings, card, keystore, ehealth, sessions, users)
    return {code: entry for part in parts for code, entry in part.ENTRIES.items()}


@cache
def families() -> Mapping[str, Texts]:
    """Return the texts for a code that is not known, by family."""
    from .fallbacks import FAMILIES

    return FAMILIES
