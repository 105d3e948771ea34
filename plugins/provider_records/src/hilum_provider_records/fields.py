"""The fields of a record: their names, labels, and how what people type is read.

One list serves the command line, the CSV files and the sentences about a record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from unicodedata import category

from hilum_hookspecs import Message

from .words import _

LONGEST: Final = 200
"""Characters that a text field may have."""

GENDERS: Final = {"f": "F", "m": "M", "": ""}
LANGUAGES: Final = ("", "fr", "nl", "de", "en")
_YES: Final = frozenset({"yes", "y", "true", "1", "x", "oui", "o", "ja", "j", "vrai", "waar"})
_NO: Final = frozenset({"", "no", "n", "false", "0", "non", "nee", "nein", "faux", "onwaar"})


class Refused(Exception):
    """What was typed for a field cannot be read; becomes a finding about that field."""

    def __init__(self, code: str, name: str, message: Message) -> None:
        super().__init__(code)
        self.code = code
        self.field = name
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a record beside professions and INAMI numbers."""

    name: str
    """The attribute of ``Provider``, the column of a CSV file, the option with ``-`` for ``_``."""

    label: Message
    read: Callable[[str, str], object] = field(repr=False)
    """Turns (field name, text) into the value, or raises :class:`Refused`."""

    @property
    def option(self) -> str:
        """The option of the command line."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def is_flag(self) -> bool:
        """True when the value is yes or no."""
        return self.read is read_flag


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
    """Read ``1985-07-30`` or ``30/07/1985`` (also with points or dashes)."""
    text = read_text(name, text)
    if not text:
        return None
    iso = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text, re.ASCII)
    usual = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text, re.ASCII)
    parts = iso.groups() if iso else usual.groups()[::-1] if usual else None
    try:
        return date(*map(int, parts)) if parts else _no_date(name, text)
    except ValueError:
        return _no_date(name, text)


def read_flag(name: str, text: str) -> bool:
    """Read yes or no, in the words of the languages spoken here."""
    word = read_text(name, text).casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Refused("record.flag-unreadable", name, _.message("Write yes or no."))


def read_niss(name: str, text: str) -> str:
    """Return the digits of a good NISS; a wrong one as it was typed, for the validator to judge."""
    from hilum_ehealth.errors import EhealthError
    from hilum_ehealth.identifiers import Niss

    text = read_text(name, text)
    try:
        return Niss.parse(text).digits
    except EhealthError:
        return text


def read_inami(name: str, text: str) -> str:
    """Return the digits of a good INAMI number; a wrong one as it was typed."""
    from hilum_ehealth.errors import EhealthError
    from hilum_ehealth.identifiers import Inami

    text = read_text(name, text)
    try:
        return Inami.parse(text).digits
    except EhealthError:
        return text


def _read_gender(name: str, text: str) -> str:
    letter = read_text(name, text).casefold()
    if letter not in GENDERS:
        raise Refused("record.gender-unknown", name, _.message("Write F or M, or nothing."))
    return GENDERS[letter]


def _read_language(name: str, text: str) -> str:
    code = read_text(name, text).casefold()
    if code not in LANGUAGES:
        raise Refused(
            "record.language-unknown", name, _.message("Write fr, nl, de or en, or nothing.")
        )
    return code


def _no_date(name: str, text: str) -> date | None:
    raise Refused(
        "record.date-unreadable",
        name,
        _.message(
            "{text} is not a date: write it as 1985-07-30 or 30/07/1985.", text=repr(text[:20])
        ),
    )


def _text(name: str, label: Message) -> Field:
    return Field(name=name, label=label, read=read_text)


def _flag(name: str, label: Message) -> Field:
    return Field(name=name, label=label, read=read_flag)


FIELDS: Final = (
    _text("last_name", _.message("Last name")),
    _text("first_names", _.message("First names")),
    _text("initials", _.message("Initials")),
    Field(name="birth_date", label=_.message("Born on"), read=read_date),
    Field(name="gender", label=_.message("Gender"), read=_read_gender),
    Field(name="language", label=_.message("Language"), read=_read_language),
    _text("salutation", _.message("Form of address")),
    _text("category", _.message("Category")),
    _text("specialisation", _.message("Specialisation")),
    _text("street", _.message("Street and number")),
    _text("postal_code", _.message("Postal code")),
    _text("city", _.message("City")),
    _text("country", _.message("Country")),
    _text("phone", _.message("Telephone")),
    _text("mobile", _.message("Mobile phone")),
    _text("email", _.message("E-mail")),
    Field(name="niss", label=_.message("NISS"), read=read_niss),
    _flag("ehealthbox", _.message("eHealthBox in use")),
    _flag("independent", _.message("Self-employed")),
    _flag("practice_owner", _.message("Owner of the practice")),
)
"""Every field, in the order in which it is shown."""

BY_NAME: Final[Mapping[str, Field]] = {each.name: each for each in FIELDS}
