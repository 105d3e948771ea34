"""Records as JSON documents and as lines for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.identifiers import Inami, Niss
from hilum_hookspecs import ActiveCertificate, Finding, InamiPeriod, Provider, Severity
from hilum_hookspecs.words import day, show

from .fields import FIELDS
from .professions import LABELS
from .words import _


def record_document(record: Provider) -> dict[str, object]:
    """Return the document of a record; field names in ``docs/reference/json.md``."""
    document: dict[str, object] = {"id": record.id, "name": record.name}
    for each in FIELDS:
        value = getattr(record, each.name)
        document[each.name] = value.isoformat() if isinstance(value, date) else value
    document["professions"] = [
        {
            "name": profession.name,
            "default": profession.default,
            "inami": [_period_document(period) for period in profession.inami],
        }
        for profession in record.professions
    ]
    return document


def certificate_document(
    certificate: ActiveCertificate | None, now: datetime
) -> dict[str, object] | None:
    """Return what the list tells about the active certificate."""
    if certificate is None:
        return None
    return {
        "not_after": certificate.not_after.isoformat(),
        "days_left": days_left(certificate, now),
        "stage": certificate.stage,
    }


def finding_documents(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Return findings with their texts in the language of now."""
    return [
        {
            "provider_id": finding.provider_id,
            "code": finding.code,
            "field": finding.field,
            "severity": finding.severity.value,
            "message": show(finding.message),
            "fix": show(finding.fix) if finding.fix else None,
        }
        for finding in findings
    ]


def finding_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Say each finding, what to do about it indented."""
    for finding in findings:
        text = show(finding.message)
        is_warning = finding.severity is Severity.WARNING
        yield _("Warning: {text}", text=text) if is_warning else _("Error: {text}", text=text)
        if finding.fix:
            yield f"  {show(finding.fix)}"


def record_lines(record: Provider, today: date) -> Iterator[str]:
    """Write a record, a field a line; empty fields are left out."""
    yield f"{record.name}  ({record.id})"
    for each in FIELDS:
        value = getattr(record, each.name)
        if value:
            written = _written(each.name, value, today)
            yield "  " + _("{label}: {value}", label=show(each.label), value=written)
    for profession in record.professions:
        name = _profession(profession.name)
        yield "  " + (_("{name} (default)", name=name) if profession.default else name)
        for period in profession.inami:
            yield f"    {_period(period)}"
        if not profession.inami:
            yield "    " + _("No INAMI number")


def certificate_line(certificate: ActiveCertificate | None, record: Provider, now: datetime) -> str:
    """Say which certificate the record uses, or what to do when there is none."""
    if certificate is None:
        return _(
            "No eHealth certificate: `hilum certificate import FILE --provider {id}`", id=record.id
        )
    left = days_left(certificate, now)
    if left < 0:
        return _("The eHealth certificate expired on {day}", day=day(certificate.not_after))
    return _.plural(
        "eHealth certificate until {day} ({n} day left)",
        "eHealth certificate until {day} ({n} days left)",
        left,
        day=day(certificate.not_after),
    )


def list_line(record: Provider, certificate: ActiveCertificate | None, now: datetime) -> str:
    """Write a record in one line of the list."""
    professions = ", ".join(_profession(each.name) for each in record.professions)
    parts = (record.id, record.name, professions, certificate_line(certificate, record, now))
    return "  ".join(part for part in parts if part)


def days_left(certificate: ActiveCertificate, now: datetime) -> int:
    """Count the whole days until the certificate ends; negative when it has ended."""
    return (certificate.not_after - now).days


def names(fields: Sequence[str]) -> str:
    """List fields by their labels."""
    labels = {each.name: show(each.label) for each in FIELDS}
    labels["professions"] = _("Professions and INAMI numbers")
    return ", ".join(labels.get(name, name) for name in fields)


def _period_document(period: InamiPeriod) -> dict[str, object]:
    return {
        "number": period.number,
        "start": period.start.isoformat() if period.start else None,
        "end": period.end.isoformat() if period.end else None,
        "conventioned": period.conventioned,
    }


def _period(period: InamiPeriod) -> str:
    text = _("INAMI number {number}", number=_number(Inami, period.number))
    if period.start:
        text += " " + _("from {day}", day=day(period.start))
    if period.end:
        text += " " + _("until {day}", day=day(period.end))
    return text + (", " + _("conventioned") if period.conventioned else "")


def _profession(name: str) -> str:
    label = LABELS.get(name)
    return show(label) if label else name


def _written(name: str, value: Any, today: date) -> str:
    if isinstance(value, date):
        age = today.year - value.year - ((today.month, today.day) < (value.month, value.day))
        return _("{day} ({age} years old)", day=day(value), age=age)
    if isinstance(value, bool):
        return _("yes")
    return _number(Niss, value) if name == "niss" else str(value)


def _number(kind: type[Niss] | type[Inami], digits: str) -> str:
    """Write a NISS or INAMI number as people do; a wrong one as it is."""
    try:
        return str(kind.parse(digits))
    except EhealthError:
        return digits
