"""The rules for new passwords, and how long wrong ones block the next try."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import PasswordRule

from .words import _

if TYPE_CHECKING:
    from .settings import FallbackSettings

LONGEST_DELAY: Final = 30
"""Seconds between two tries before the lock-out."""


def rules(settings: FallbackSettings) -> Iterator[PasswordRule]:
    """Yield the rules that the settings ask for."""
    yield PasswordRule(
        name="length",
        label=_.message("at least {length} characters", length=settings.password_length),
        met=lambda text: len(text) >= settings.password_length,
    )
    if settings.password_upper:
        label = _.message("a capital letter")
        yield PasswordRule(name="upper", label=label, met=lambda text: any(map(str.isupper, text)))
    if settings.password_lower:
        label = _.message("a small letter")
        yield PasswordRule(name="lower", label=label, met=lambda text: any(map(str.islower, text)))
    if settings.password_digits:
        label = _.message("a digit")
        yield PasswordRule(name="digits", label=label, met=lambda text: any(map(str.isdigit, text)))
    if settings.password_symbols:
        label = _.message("a symbol, such as ! or -")
        yield PasswordRule(name="symbols", label=label, met=lambda text: any(map(_is_symbol, text)))


def blocked_for(wrong: int, settings: FallbackSettings) -> timedelta:
    """Return how long every password is refused after so many wrong ones in a row.

    One second after the first, twice as long after each; from the limit on the lock-out.
    """
    if wrong >= settings.wrong_before_lockout:
        return timedelta(minutes=settings.lockout_minutes)
    return timedelta(seconds=min(2 ** (wrong - 1), LONGEST_DELAY))


def _is_symbol(character: str) -> bool:
    return not character.isalnum() and not character.isspace()
