"""The checks of a record: what must be right to save it and to open an eHealth session."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations

from hilum_ehealth.identifiers import Niss, refused_inami, refused_niss
from hilum_hookspecs import Finding, InamiPeriod, Message, Profession, Provider, Purpose, Severity
from hilum_hookspecs.words import day

from .professions import FIRST_DIGITS, LABELS, overlap
from .sentences import INAMI_REASONS, NISS_FIXES, NISS_REASONS
from .words import _

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_PHONE = re.compile(r"\+?[0-9 ./()-]{6,25}")

Owners = Callable[[Sequence[str]], dict[str, str]]
"""Tells which saved records have some of these NISS: NISS and record's id."""


class RecordChecks:
    """The validator; it sees all records of a batch at once."""

    def __init__(self, owners_of_niss: Owners, today: Callable[[], date]) -> None:
        self._owners_of_niss = owners_of_niss
        self._today = today

    def check(self, records: Sequence[Provider], purpose: Purpose) -> Iterable[Finding]:
        """Find what is wrong with *records* for *purpose*."""
        yield from _niss_findings(records)
        yield from _inami_findings(records)
        for record in records:
            yield from _profession_findings(record)
        if purpose is Purpose.SAVE:
            yield from self._duplicates(records)
            for record in records:
                yield from _own_findings(record)
        else:
            today = self._today()
            for record in records:
                yield from _login_findings(record, today)

    def _duplicates(self, records: Sequence[Provider]) -> Iterator[Finding]:
        here = Counter(record.niss for record in records if record.niss)
        saved = self._owners_of_niss(list(here))
        for record in records:
            elsewhere = saved.get(record.niss, record.id) != record.id
            if record.niss and (elsewhere or here[record.niss] > 1):
                yield _finding(
                    record,
                    "record.niss-duplicate",
                    "niss",
                    _.message("Another record has the same NISS."),
                    fix=_.message("Change the record that exists: `hilum provider edit`."),
                )


def _niss_findings(records: Sequence[Provider]) -> Iterator[Finding]:
    given = [record for record in records if record.niss]
    for index, reason in refused_niss([record.niss for record in given]).items():
        name = reason.removeprefix("identifier.")
        yield _finding(
            given[index],
            f"record.niss-{name}",
            "niss",
            NISS_REASONS[name],
            fix=NISS_FIXES,
        )


def _inami_findings(records: Sequence[Provider]) -> Iterator[Finding]:
    given = [(r, p, period) for r in records for p in r.professions for period in p.inami]
    for index, reason in refused_inami([period.number for _r, _p, period in given]).items():
        record, profession, period = given[index]
        name = reason.removeprefix("identifier.")
        yield _finding(
            record,
            f"record.inami-{name}",
            "inami",
            _.message(
                "INAMI number {number} ({profession}): {reason}",
                number=period.number,
                profession=_label(profession.name),
                reason=INAMI_REASONS[name],
            ),
            fix=_.message("Compare it with a letter of the INAMI or with a stamp."),
        )


def _profession_findings(record: Provider) -> Iterator[Finding]:
    for profession in record.professions:
        if profession.name not in LABELS:
            yield _unknown_profession(record, profession)
        for period in profession.inami:
            if period.start and period.end and period.start > period.end:
                yield _reversed(record, profession, period)
        for one, other in combinations(profession.inami, 2):
            if overlap(one, other):
                yield _overlapping(record, profession, one, other)
        yield from _foreign_numbers(record, profession)


def _unknown_profession(record: Provider, profession: Profession) -> Finding:
    return _finding(
        record,
        "record.profession-unknown",
        "professions",
        _.message("eHealth knows no profession {name}.", name=profession.name),
        fix=_.message("Use one of: {names}.", names=", ".join(LABELS)),
    )


def _reversed(record: Provider, profession: Profession, period: InamiPeriod) -> Finding:
    return _finding(
        record,
        "record.inami-period-reversed",
        "inami",
        _.message(
            "INAMI number {number} ({profession}) ends before it starts.",
            number=period.number,
            profession=_label(profession.name),
        ),
    )


def _overlapping(
    record: Provider, profession: Profession, one: InamiPeriod, other: InamiPeriod
) -> Finding:
    return _finding(
        record,
        "record.inami-periods-overlap",
        "inami",
        _.message(
            "The periods of the INAMI numbers {one} and {other} ({profession}) overlap.",
            one=one.number,
            other=other.number,
            profession=_label(profession.name),
        ),
        fix=_.message("Give the older one an end date before the newer one starts."),
    )


def _foreign_numbers(record: Provider, profession: Profession) -> Iterator[Finding]:
    expected = FIRST_DIGITS.get(profession.name)
    for period in profession.inami:
        if expected and period.number[:1] != expected:
            yield _finding(
                record,
                "record.inami-profession",
                "inami",
                _.message(
                    "INAMI number {number} does not look like one of a {profession}: those start "
                    "with {digit}.",
                    number=period.number,
                    profession=_label(profession.name),
                    digit=expected,
                ),
                severity=Severity.WARNING,
            )


def _own_findings(record: Provider) -> Iterator[Finding]:
    if not record.last_name:
        yield _finding(
            record, "record.name-missing", "last_name", _.message("The last name is missing.")
        )
    if record.email and not _EMAIL.fullmatch(record.email):
        yield _finding(
            record,
            "record.email-wrong",
            "email",
            _.message("The e-mail address is not written as name@domain."),
        )
    for name in ("phone", "mobile"):
        number = getattr(record, name)
        if number and not _PHONE.fullmatch(number):
            yield _finding(
                record,
                "record.phone-doubtful",
                name,
                _.message("The telephone number holds other things than digits."),
                severity=Severity.WARNING,
            )
    if sum(profession.default for profession in record.professions) > 1:
        yield _finding(
            record,
            "record.professions-default",
            "professions",
            _.message("Only one profession can be the default one."),
        )
    yield from _contradictions(record)


def _contradictions(record: Provider) -> Iterator[Finding]:
    niss = Niss(record.niss) if record.niss and not refused_niss([record.niss]) else None
    if niss is None:
        return
    if niss.birth_date and record.birth_date and niss.birth_date != record.birth_date:
        yield _finding(
            record,
            "record.birth-date-contradicts-niss",
            "birth_date",
            _.message(
                "The NISS says born on {niss}, the record says {record}.",
                niss=day(niss.birth_date),
                record=day(record.birth_date),
            ),
            severity=Severity.WARNING,
        )
    if niss.gender and record.gender and niss.gender != record.gender:
        yield _finding(
            record,
            "record.gender-contradicts-niss",
            "gender",
            _.message("The gender in the record is not the one that the NISS tells."),
            severity=Severity.WARNING,
        )


def _login_findings(record: Provider, today: date) -> Iterator[Finding]:
    if not record.niss:
        yield _finding(
            record,
            "record.niss-missing",
            "niss",
            _.message("The NISS is missing."),
            fix=_.message("Add it: `hilum provider edit {id} --niss NUMBER`.", id=record.id),
        )
    if not any(profession.inami_on(today) for profession in record.professions):
        yield _finding(
            record,
            "record.inami-missing",
            "inami",
            _.message("No INAMI number holds today."),
            fix=_.message(
                "Add it: `hilum provider edit {id} --inami PROFESSION:NUMBER`.", id=record.id
            ),
        )


def _label(profession: str) -> Message | str:
    return LABELS.get(profession, profession)


def _finding(
    record: Provider,
    code: str,
    field: str,
    message: Message,
    *,
    severity: Severity = Severity.ERROR,
    fix: Message | None = None,
) -> Finding:
    return Finding(
        provider_id=record.id, code=code, field=field, message=message, severity=severity, fix=fix
    )
