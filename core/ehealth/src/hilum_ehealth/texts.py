"""Texts from outside, made fit to be shown and kept."""

from __future__ import annotations

from typing import Final

MAX_TEXT: Final = 200
"""Characters of a name or a word that are kept."""


def one_line(text: str, limit: int = MAX_TEXT) -> str:
    """Return at most *limit* characters of *text* on one line.

    Line ends, control characters and those that turn the direction of writing become spaces, and
    spaces in a row become one.
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:limit]
