"""The check "an active certificate of this person", before a session is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from hilum_hookspecs import Finding, Message, Provider, Purpose
from hilum_hookspecs.words import day

from .advice import RENEWABLE_DAYS, days_left, expires_soon
from .model import Version
from .words import _


class ActiveCertificateCheck:
    """The validator; one query answers for the whole batch."""

    def __init__(
        self,
        active: Callable[[], Mapping[str, Version]],
        path: Callable[[Version], Path],
        now: Callable[[], datetime],
    ) -> None:
        self._active = active
        self._path = path
        self._now = now

    def check(self, records: Sequence[Provider], purpose: Purpose) -> Iterable[Finding]:
        """Find the records without a certificate that can be used now."""
        active = self._active() if records else {}
        for record in records:
            yield from self._findings(record, active.get(record.id))

    def _findings(self, record: Provider, version: Version | None) -> Iterator[Finding]:
        if version is None:
            yield _finding(
                record,
                "certificate.missing",
                _.message("No eHealth certificate."),
                _.message(
                    "Import one: `hilum certificate import FILE --provider {id}`", id=record.id
                ),
            )
            return
        yield from self._date_findings(record, version)
        if version.content.holder != f"SSIN={record.niss}":
            yield _finding(
                record,
                "record.wrong-person",
                _.message("The eHealth certificate belongs to somebody else than this record."),
                _.message("Correct the NISS, or import the certificate of this person."),
            )
        if not self._path(version).is_file():
            yield _finding(
                record,
                "certificate.keystore-missing",
                _.message("The keystore of the eHealth certificate is not on this computer."),
                _.message(
                    "Import it here: `hilum certificate import FILE --provider {id}`", id=record.id
                ),
            )

    def _date_findings(self, record: Provider, version: Version) -> Iterator[Finding]:
        content, now = version.content, self._now()
        if now > content.not_after:
            yield _finding(
                record,
                "certificate.expired",
                _.message(
                    "The eHealth certificate has expired ({day}).", day=day(content.not_after)
                ),
                _.message("Request a new one; one that has expired cannot be renewed."),
            )
        elif now < content.not_before:
            yield _finding(
                record,
                "certificate.not-yet-valid",
                _.message(
                    "The eHealth certificate is not valid before {day}.",
                    day=day(content.not_before),
                ),
                _.message("Check the date of this computer."),
            )
        elif days_left(content.not_after, now) < RENEWABLE_DAYS:
            yield expires_soon(record, content.not_after, now)


def _finding(record: Provider, code: str, message: Message, fix: Message) -> Finding:
    return Finding(provider_id=record.id, code=code, message=message, fix=fix, field="certificate")
