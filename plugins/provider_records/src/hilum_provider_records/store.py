"""Records in the database. Import this where the database is used: it loads SQLAlchemy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.identifiers import Inami, Niss
from hilum_hookspecs import (
    Finding,
    InamiPeriod,
    Profession,
    Provider,
    RecordInvalid,
)
from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from .tables import FLAGS, TEXTS, inami, profession, provider
from .words import _

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

_OWN = (*TEXTS, *FLAGS, "birth_date")


def everything(connection: Connection) -> tuple[Provider, ...]:
    """Read every record, by last name and first names."""
    return _load(connection, None)


def matching(connection: Connection, text: str) -> tuple[Provider, ...]:
    """Read the records whose id, NISS or INAMI number (first eight digits) is *text*."""
    conditions = [provider.c.id == text.strip().lower()]
    niss, base = _niss(text), _base(text)
    if niss:
        conditions.append(provider.c.niss == niss)
    if base:
        conditions.append(
            provider.c.id.in_(select(inami.c.provider_id).where(inami.c.base == base))
        )
    return _load(connection, or_(*conditions))


def owners_of_niss(connection: Connection, numbers: Sequence[str]) -> dict[str, str]:
    """Tell which records have one of these NISS: the NISS and the record's id."""
    owners: dict[str, str] = {}
    for start in range(0, len(numbers), 500):  # SQLite bounds the parameters of a statement
        chunk = numbers[start : start + 500]
        rows = connection.execute(
            select(provider.c.niss, provider.c.id).where(provider.c.niss.in_(chunk))
        )
        owners.update({row.niss: row.id for row in rows})
    return owners


def add(connection: Connection, records: Sequence[Provider]) -> None:
    """Insert new records."""
    if records:
        with _unique(records):
            connection.execute(insert(provider), [_row(record) for record in records])
        _add_children(connection, records)


def replace(connection: Connection, records: Sequence[Provider]) -> None:
    """Write records over those with the same ids."""
    if not records:
        return
    ids = [{"of": record.id} for record in records]
    connection.execute(delete(inami).where(inami.c.provider_id == bindparam("of")), ids)
    connection.execute(delete(profession).where(profession.c.provider_id == bindparam("of")), ids)
    statement = update(provider).where(provider.c.id == bindparam("of"))
    with _unique(records):
        connection.execute(statement, [{**_row(r), "of": r.id} for r in records])
    _add_children(connection, records)


def remove(connection: Connection, provider_id: str) -> None:
    """Delete a record with its professions and numbers."""
    connection.execute(delete(inami).where(inami.c.provider_id == provider_id))
    connection.execute(delete(profession).where(profession.c.provider_id == provider_id))
    connection.execute(delete(provider).where(provider.c.id == provider_id))


def _load(connection: Connection, condition: ColumnElement[bool] | None) -> tuple[Provider, ...]:
    chosen, wanted = select(provider), select(provider.c.id)
    if condition is not None:
        chosen, wanted = chosen.where(condition), wanted.where(condition)
    children = _professions(connection, None if condition is None else wanted)
    records = [
        Provider(
            id=row.id,
            niss=row.niss or "",
            professions=tuple(children.get(row.id, ())),
            **{name: getattr(row, name) for name in _OWN},
        )
        for row in connection.execute(chosen)
    ]
    return tuple(sorted(records, key=_by_name))


def _professions(connection: Connection, wanted: Any) -> dict[str, list[Profession]]:
    numbers: defaultdict[tuple[str, str], list[InamiPeriod]] = defaultdict(list)
    of_numbers = select(inami).order_by(inami.c.position)
    of_professions = select(profession).order_by(profession.c.position)
    if wanted is not None:
        of_numbers = of_numbers.where(inami.c.provider_id.in_(wanted))
        of_professions = of_professions.where(profession.c.provider_id.in_(wanted))
    for row in connection.execute(of_numbers):
        numbers[row.provider_id, row.profession].append(
            InamiPeriod(
                number=row.number,
                start=row.start_date,
                end=row.end_date,
                conventioned=row.conventioned,
            )
        )
    found: defaultdict[str, list[Profession]] = defaultdict(list)
    for row in connection.execute(of_professions):
        found[row.provider_id].append(
            Profession(
                name=row.name,
                default=row.is_default,
                inami=tuple(numbers[row.provider_id, row.name]),
            )
        )
    return found


def _add_children(connection: Connection, records: Sequence[Provider]) -> None:
    professions = [
        {"provider_id": r.id, "name": p.name, "position": i, "is_default": p.default}
        for r in records
        for i, p in enumerate(r.professions)
    ]
    numbers = [
        {
            "provider_id": record.id,
            "profession": each.name,
            "position": index,
            "number": period.number,
            "base": period.number[:8],
            "start_date": period.start,
            "end_date": period.end,
            "conventioned": period.conventioned,
        }
        for record in records
        for each in record.professions
        for index, period in enumerate(each.inami)
    ]
    if professions:
        connection.execute(insert(profession), professions)
    if numbers:
        connection.execute(insert(inami), numbers)


def _row(record: Provider) -> dict[str, object]:
    values = {name: getattr(record, name) for name in _OWN}
    return {"id": record.id, "niss": record.niss or None, **values}


@contextmanager
def _unique(records: Sequence[Provider]) -> Iterator[None]:
    """Two desks may save the same person at once: the database has the last word."""
    try:
        yield
    except IntegrityError:
        message = _.message("Another record was saved with the same NISS or the same identifier.")
        raise RecordInvalid(
            [
                Finding(
                    provider_id=record.id,
                    code="record.niss-duplicate",
                    field="niss",
                    message=message,
                )
                for record in records[:1]
            ]
        ) from None  # the driver's error holds the parameters, national numbers among them


def _by_name(record: Provider) -> tuple[str, str, str]:
    return record.last_name.casefold(), record.first_names.casefold(), record.id


def _niss(text: str) -> str | None:
    try:
        return Niss.parse(text).digits
    except EhealthError:
        return None


def _base(text: str) -> str | None:
    try:
        return Inami.parse(text).base
    except EhealthError:
        return None
