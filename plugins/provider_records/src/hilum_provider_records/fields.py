"""The fields of a record: their names, labels, and how what people type is read.

One list serves the command line, the CSV files and the sentences about a record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from hilum_hookspecs import Message
from hilum_hookspecs.typed import Refused, read_date, read_flag, read_text

from .words import _

GENDERS: Final = {"f": "F", "m": "M", "": ""}
LANGUAGES: Final = ("", "fr", "nl", "de", "en")


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
