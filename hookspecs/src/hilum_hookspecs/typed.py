"""Reading what people type, on the command line and in the cells of a file."""

from __future__ import annotations

import re
from datetime import date
from typing import Final
from unicodedata import category

from .words import Message, _

LONGEST: Final = 200
"""Characters that a text field may have."""

_YES: Final = frozenset({"yes", "y", "true", "1", "x", "oui", "o", "ja", "j", "vrai", "waar"})
_NO: Final = frozenset({"", "no", "n", "false", "0", "non", "nee", "nein", "faux", "onwaar"})


class Refused(Exception):
    """What was typed for a field cannot be read; the caller makes an error or a finding of it."""

    def __init__(self, code: str, name: str, message: Message) -> None:
        super().__init__(code)
        self.code = code
        self.field = name
        self.message = message


def read_text(name: str, text: str) -> str:
    """Return *text* with plain spaces and none around it; control characters are refused."""
    text = "".join(" " if category(each) == "Zs" else each for each in text).strip()
    if any(not character.isprintable() for character in text):
        raise Refused(
            "record.text-characters",
            name,
            _.message("The text holds an invisible character."),
        )
    if len(text) > LONGEST:
        raise Refused(
            "record.text-too-long",
            name,
            _.message("The text has more than {longest} characters.", longest=LONGEST),
        )
    return text


def read_date(name: str, text: str) -> date | None:
    """Read ``1985-07-30`` or ``30/07/1985`` (also with points or dashes); empty is ``None``."""
    text = read_text(name, text)
    if not text:
        return None
    iso = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text, re.ASCII)
    usual = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text, re.ASCII)
    parts = iso.groups() if iso else usual.groups()[::-1] if usual else None
    if parts is None:
        raise Refused(
            "record.date-unreadable",
            name,
            _.message(
                "{text} is not a date: write it as 1985-07-30 or 30/07/1985.", text=repr(text[:20])
            ),
        )
    try:
        return date(*map(int, parts))
    except ValueError:
        raise Refused(
            "record.date-unreadable", name, _.message("There is no day {text}.", text=text)
        ) from None


def read_flag(name: str, text: str) -> bool:
    """Read yes or no, in the words of the languages spoken here; empty is no."""
    word = read_text(name, text).casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Refused("record.flag-unreadable", name, _.message("Write yes or no."))
