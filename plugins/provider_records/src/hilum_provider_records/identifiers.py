"""The identifiers that we give to records."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Container
from typing import Final

from hilum_hookspecs.typed import Refused

from .words import _

_ALPHABET: Final = "bcdfghjkmnpqrstvwxz23456789"
"""Without vowels and look-alikes."""

_SHAPE: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")


def new_id(last_name: str, taken: Container[str] = ()) -> str:
    """Make an identifier such as ``example-k7f3``.

    It starts with a letter, so it is never taken for a NISS or INAMI number, and ends at random,
    so that a later record of the same name is never taken for one that was removed.
    """
    while True:
        ending = "".join(secrets.choice(_ALPHABET) for _index in range(4))
        identifier = f"{_slug(last_name)}-{ending}"
        if identifier not in taken:
            return identifier


def read_id(text: str) -> str:
    """Read an identifier that somebody else gave."""
    identifier = text.strip().lower()
    if not _SHAPE.fullmatch(identifier):
        raise Refused(
            "record.id-unusable",
            "id",
            _.message(
                "An identifier has 2 to 40 letters, digits and dashes and starts with a letter."
            ),
        )
    return identifier


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:24].strip("-")
    return words if words[:1].isalpha() else "provider"
