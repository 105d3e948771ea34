"""What was typed for a user, on the command line or in a file, read into values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from hilum_hookspecs import RecordError
from hilum_hookspecs.typed import Refused, read_date, read_flag, read_text

from hilum.words import _

from .user_changes import Values
from .user_rules import LONGEST_EXPIRY

COLUMNS: Final = (
    "user_name",
    "name",
    "valid_from",
    "valid_until",
    "administrator",
    "providers",
    "mailboxes",
    "ehealth_login",
    "visible",
    "password_months",
)
"""The columns of a file of users."""

HEADINGS: Final = {
    "utilisateur": "user_name",
    "nom d utilisateur": "user_name",
    "nom": "name",
    "valable du": "valid_from",
    "valable au": "valid_until",
    "administrateur": "administrator",
    "prestataires": "providers",
    "prestataires de soins": "providers",
    "boites aux lettres": "mailboxes",
    "connexion via ehealth": "ehealth_login",
    "visible au demarrage": "visible",
    "mot de passe expire": "password_months",
}
"""Headings that are understood beside the names of the columns, without accents."""

SEPARATOR: Final = "|"
"""Stands between several providers in one cell."""


def read_values(typed: Mapping[str, str | None]) -> Values:
    """Read texts by name of the field; ``None`` was not given.

    Raises ``RecordError`` with the code of the text that cannot be read (``field``).
    """
    given = {name: text for name, text in typed.items() if text is not None}
    try:
        return {name: _READERS[name](name, text) for name, text in given.items()}
    except Refused as refused:
        raise RecordError(
            refused.code,
            message=_.message("{field}: {problem}", field=refused.field, problem=refused.message),
            remedy=_.message("Correct it and try again; nothing was saved for this user."),
            field=refused.field,
            **refused.message.arguments,
        ) from None


def read_cells(cells: Mapping[str, str]) -> Values:
    """Read the cells of a row; an empty cell says nothing. Raises what :func:`read_values` does."""
    return read_values({name: text.strip() or None for name, text in cells.items()})


def _read_months(name: str, text: str) -> int:
    text = read_text(name, text)
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal() and len(text) < 5):
        raise Refused(
            "user.password-months",
            name,
            _.message("Write a number of months up to {longest}.", longest=LONGEST_EXPIRY),
        )
    return int(text)


def _read_list(name: str, text: str) -> tuple[str, ...]:
    parts = (read_text(name, part) for part in text.split(SEPARATOR))
    return tuple(part for part in parts if part)


_READERS: Final[Mapping[str, Callable[[str, str], object]]] = {
    "user_name": read_text,
    "name": read_text,
    "valid_from": read_date,
    "valid_until": read_date,
    "administrator": read_flag,
    "providers": _read_list,
    "mailboxes": _read_list,
    "ehealth_login": read_flag,
    "visible": read_flag,
    "password_months": _read_months,
}
