"""Professions and their INAMI numbers: how they are typed, written and changed.

A number is typed ``[PROFESSION:]NUMBER[:START[:END]][:conventioned]``; the profession may be left
out when there is only one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from hilum_hookspecs import InamiPeriod, Message, Profession
from hilum_hookspecs.typed import Refused, read_date, read_text

from .fields import read_inami
from .words import _

INAMI: Final = "inami"
PROFESSIONS: Final = "professions"
SEPARATOR: Final = "|"
"""Stands between several entries in one cell of a CSV file."""

_CONVENTIONED: Final = "conventioned"

LABELS: Final[Mapping[str, Message]] = {
    "doctor": _.message("Doctor"),
    "nurse": _.message("Nurse"),
    "physiotherapist": _.message("Physiotherapist"),
    "dentist": _.message("Dentist"),
    "logopedist": _.message("Speech therapist"),
    "dietician": _.message("Dietician"),
    "clinicalpsychologist": _.message("Clinical psychologist"),
    "midwife": _.message("Midwife"),
    "optician": _.message("Optician"),
    "podologist": _.message("Podologist"),
    "pharmacy-holder": _.message("Holder of a pharmacy"),
}
"""What the professions are called; a test holds it against the protocol's list."""

FIRST_DIGITS: Final[Mapping[str, str]] = {
    "doctor": "1",
    "pharmacy-holder": "2",
    "dentist": "3",
    "nurse": "4",
    "midwife": "4",
    "physiotherapist": "5",
    "logopedist": "5",
}
"""First digit of the INAMI number where the profession fixes it (INAMI numbering)."""


def read_profession(text: str) -> str:
    """Return the protocol's word for a profession."""
    return read_text(PROFESSIONS, text).casefold()


def read_entry(text: str, professions: Sequence[str]) -> tuple[str, InamiPeriod]:
    """Read one number with its profession, one of *professions* when the text names none."""
    parts = [part.strip() for part in text.split(":")]
    conventioned = parts[-1].casefold() == _CONVENTIONED
    if conventioned:
        parts.pop()
    if parts and not parts[0][:1].isalpha():
        parts.insert(0, _only(professions, text))
    if not 2 <= len(parts) <= 4 or not parts[1]:
        raise _unreadable(text)
    profession, number, start, end = (*parts, "", "")[:4]
    return read_profession(profession), InamiPeriod(
        number=read_inami(INAMI, number),
        start=read_date(INAMI, start),
        end=read_date(INAMI, end),
        conventioned=conventioned,
    )


def write_entry(profession: str, period: InamiPeriod) -> str:
    """Write a number so that :func:`read_entry` reads the same."""
    start = period.start.isoformat() if period.start else ""
    end = period.end.isoformat() if period.end else ""
    parts = [profession, period.number, *((start, end) if start or end else ())]
    return ":".join([*parts, *([_CONVENTIONED] if period.conventioned else [])])


def with_profession(professions: Sequence[Profession], name: str) -> tuple[Profession, ...]:
    """Add the profession *name* unless it is there."""
    if any(each.name == name for each in professions):
        return tuple(professions)
    return (*professions, Profession(name=name))


def without_profession(professions: Sequence[Profession], name: str) -> tuple[Profession, ...]:
    """Take the profession *name* out, its numbers with it."""
    if all(each.name != name for each in professions):
        raise Refused(
            "record.profession-absent",
            PROFESSIONS,
            _.message("The record does not have the profession {name}.", name=name),
        )
    return tuple(each for each in professions if each.name != name)


def with_default(professions: Sequence[Profession], name: str) -> tuple[Profession, ...]:
    """Mark the profession *name*, added when it is new, as the default one."""
    return tuple(
        replace(each, default=each.name == name) for each in with_profession(professions, name)
    )


def with_period(
    professions: Sequence[Profession], name: str, period: InamiPeriod
) -> tuple[Profession, ...]:
    """Add a number; it takes the place of the same number in an overlapping period."""
    return tuple(
        replace(each, inami=_placed(each.inami, period)) if each.name == name else each
        for each in with_profession(professions, name)
    )


def without_number(
    professions: Sequence[Profession], name: str, number: str
) -> tuple[Profession, ...]:
    """Take a number out of a profession, with all its periods."""
    kept = tuple(
        replace(each, inami=tuple(p for p in each.inami if p.number != number))
        if each.name == name
        else each
        for each in professions
    )
    if kept == tuple(professions):
        raise Refused(
            "record.inami-absent",
            INAMI,
            _.message(
                "The record does not have the INAMI number {number} as {name}.",
                number=number,
                name=name,
            ),
        )
    return kept


def overlap(one: InamiPeriod, other: InamiPeriod) -> bool:
    """Tell whether two periods share a day; both ends are included."""
    starts_in_time = one.start is None or other.end is None or one.start <= other.end
    return starts_in_time and (other.start is None or one.end is None or other.start <= one.end)


def _placed(periods: Sequence[InamiPeriod], new: InamiPeriod) -> tuple[InamiPeriod, ...]:
    placed = [p for p in periods if p.number != new.number or not overlap(p, new)]
    index = next((i for i, p in enumerate(periods) if p not in placed), len(placed))
    placed.insert(index, new)
    return tuple(placed)


def _only(professions: Sequence[str], text: str) -> str:
    if len(professions) != 1:
        raise _unreadable(text)
    return professions[0]


def _unreadable(text: str) -> Refused:
    return Refused(
        "record.inami-unreadable",
        INAMI,
        _.message(
            "{text} cannot be read: write PROFESSION:NUMBER, PROFESSION:NUMBER:START or "
            "PROFESSION:NUMBER:START:END.",
            text=repr(text[:60]),
        ),
    )
