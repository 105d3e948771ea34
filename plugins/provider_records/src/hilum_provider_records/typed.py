"""What was typed on the command line, read into values of a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from hilum_hookspecs import Finding, Message, Profession, Provider, RecordInvalid
from hilum_hookspecs.typed import Refused

from .fields import BY_NAME
from .identifiers import read_id
from .professions import (
    read_entry,
    read_profession,
    with_default,
    with_period,
    with_profession,
    without_number,
    without_profession,
)
from .records import Changes
from .words import _

T = TypeVar("T")

Options = Mapping[str, object]
"""Options by name of the parameter; ``None`` or an empty tuple was not given."""


class Reading:
    """Reads option after option and keeps every refusal, so that all are told at once."""

    def __init__(self, record_id: str) -> None:
        self._record_id = record_id
        self._findings: list[Finding] = []

    def of(self, read: Callable[..., T], *arguments: object, default: T) -> T:
        """Call *read*; a refusal is kept and *default* returned."""
        try:
            return read(*arguments)
        except Refused as refused:
            self._findings.append(
                Finding(
                    provider_id=self._record_id,
                    code=refused.code,
                    field=refused.field,
                    message=_named(refused),
                )
            )
            return default

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The refusals so far."""
        return tuple(self._findings)

    def done(self) -> None:
        """Raise ``record.invalid`` when something was refused."""
        if self._findings:
            raise RecordInvalid(self._findings)


def _named(refused: Refused) -> Message:
    """Say which field is meant; what cannot be read as a profession or a number says it itself."""
    field = BY_NAME.get(refused.field)
    if field is None:
        return refused.message
    return _.message("{label}: {value}", label=field.label, value=refused.message)


def changes(options: Options, record: Provider) -> Changes:
    """Read the options that were given into changes of *record*.

    Raises ``record.invalid`` with a finding for each option that cannot be read.
    """
    reading = Reading(record.id)
    values: dict[str, object] = {}
    for name, each in BY_NAME.items():
        given = options.get(name)
        if isinstance(given, bool):
            values[name] = given
        elif given is not None:
            values[name] = reading.of(each.read, name, str(given), default=None)
    values["professions"] = _professions(options, record.professions, reading)
    reading.done()
    return values


def identifier(text: str) -> str:
    """Read an identifier of the user's own; raises ``record.invalid``."""
    reading = Reading("")
    chosen = reading.of(read_id, text, default="")
    reading.done()
    return chosen


def _professions(
    options: Options, professions: tuple[Profession, ...], reading: Reading
) -> tuple[Profession, ...]:
    """Take out what goes, then add what comes, then mark the default."""

    def step(change: Callable[..., tuple[Profession, ...]], *arguments: object) -> None:
        nonlocal professions
        professions = reading.of(change, professions, *arguments, default=professions)

    for text in _given(options, "remove_inami"):
        step(_without_entry, text)
    for text in _given(options, "remove_profession"):
        step(_by_word(without_profession), text)
    for text in _given(options, "profession"):
        step(_by_word(with_profession), text)
    for text in _given(options, "inami"):
        step(_with_entry, text)
    if options.get("default_profession"):
        step(_by_word(with_default), options["default_profession"])
    return professions


def _with_entry(professions: Sequence[Profession], text: str) -> tuple[Profession, ...]:
    name, period = read_entry(text, [each.name for each in professions])
    return with_period(professions, name, period)


def _without_entry(professions: Sequence[Profession], text: str) -> tuple[Profession, ...]:
    name, period = read_entry(text, [each.name for each in professions])
    return without_number(professions, name, period.number)


def _by_word(
    change: Callable[[Sequence[Profession], str], tuple[Profession, ...]],
) -> Callable[[Sequence[Profession], str], tuple[Profession, ...]]:
    return lambda professions, text: change(professions, read_profession(text))


def _given(options: Options, name: str) -> Iterable[str]:
    values = options.get(name) or ()
    return [str(value) for value in values] if isinstance(values, Iterable) else ()
