"""Details of an error as a person reads them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from hilum_hookspecs import Message
from hilum_hookspecs.words import show

from hilum.words import _

EXPECTED: Final = {
    "text": _.message("a text"),
    "number": _.message("a number"),
    "true-or-false": _.message("true or false"),
    "list-of-texts": _.message("a list of texts"),
    "https-url": _.message("an address that starts with https://, without name and password"),
    "e-mail-address": _.message("an e-mail address"),
    "name": _.message("small letters, digits, - and _"),
    "niss": _.message("NISS"),
    "inami": _.message("INAMI number"),
    "cbe": _.message("enterprise number"),
    "card": _.message("card"),
    "keystore": _.message("keystore"),
    "record": _.message("provider record"),
}
"""Words that details hold for a program, as they are shown to a person."""


class Filled(dict[str, object]):
    """Details for ``str.format_map``: readable values, and something for one that is missing."""

    def __getitem__(self, key: str) -> str:
        """Return the detail *key* as a person reads it."""
        return readable(super().__getitem__(key)) if key in self else "?"


def readable(value: object) -> str:
    """Return *value* for a person: instants in Belgian time and form, lists with commas."""
    if isinstance(value, Message):
        return show(value)
    if isinstance(value, str):
        return show(EXPECTED[value]) if value in EXPECTED else _instant(value) or value
    if isinstance(value, datetime):
        return _belgian(value)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(readable(each) for each in value)
    return "?" if value is None else str(value)


def _instant(text: str) -> str | None:
    """Read an instant that was written in ISO 8601 to be JSON-able."""
    if len(text) < 10 or text[4:5] != "-" or text[7:8] != "-":
        return None
    try:
        if len(text) == 10:
            return f"{date.fromisoformat(text):%d/%m/%Y}"
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return _belgian(instant) if instant.tzinfo else None


def _belgian(instant: datetime) -> str:
    from zoneinfo import ZoneInfo

    return f"{instant.astimezone(ZoneInfo('Europe/Brussels')):%d/%m/%Y %H:%M}"
