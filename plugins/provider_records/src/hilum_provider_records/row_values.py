"""The cells of one row, read into values of a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hilum_hookspecs import Finding, Profession, Provider

from .fields import BY_NAME
from .identifiers import read_id
from .professions import SEPARATOR, read_entry, read_profession, with_default, with_period
from .records import Changes
from .typed import Reading


def read_row(cells: Mapping[str, str], old: Provider) -> tuple[Changes, tuple[Finding, ...]]:
    """Read *cells* into changes of *old*, and say which cells cannot be read.

    A column that is not there changes nothing; an empty cell empties the field.
    """
    reading = Reading("")
    values: dict[str, object] = {}
    if cells.get("id"):
        values["id"] = reading.of(read_id, cells["id"], default="")
    for name, text in cells.items():
        if name in BY_NAME:
            values[name] = reading.of(BY_NAME[name].read, name, text, default=None)
    values["professions"] = _professions(cells, old.professions, reading)
    unread = {finding.field for finding in reading.findings}
    kept = {name: value for name, value in values.items() if name not in unread}
    return kept, reading.findings


def _professions(
    cells: Mapping[str, str], professions: tuple[Profession, ...], reading: Reading
) -> tuple[Profession, ...]:
    if "professions" in cells:
        known = {each.name: each for each in professions}
        names = [
            reading.of(read_profession, part, default="") for part in _parts(cells["professions"])
        ]
        professions = tuple(
            known.get(name) or Profession(name=name) for name in dict.fromkeys(names)
        )
    if "inami" in cells:
        professions = tuple(replace(each, inami=()) for each in professions)
        for part in _parts(cells["inami"]):
            names = [each.name for each in professions]
            entry = reading.of(read_entry, part, names, default=None)
            if entry is not None:
                professions = with_period(professions, *entry)
    if "default_profession" in cells:
        professions = _with_default(cells["default_profession"], professions, reading)
    return professions


def _with_default(
    text: str, professions: tuple[Profession, ...], reading: Reading
) -> tuple[Profession, ...]:
    name = reading.of(read_profession, text, default="")
    if name:
        return with_default(professions, name)
    return tuple(replace(each, default=False) for each in professions)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(SEPARATOR) if part.strip()]
