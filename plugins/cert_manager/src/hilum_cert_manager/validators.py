"""The check "an active certificate of this person", before a session is opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from hilum_hookspecs import (
    ActiveCertificate,
    Finding,
    HilumError,
    Message,
    Provider,
    Purpose,
    UserCancelled,
)
from hilum_hookspecs.words import day

from .advice import RENEWABLE_DAYS, days_left, expires_soon
from .words import _

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Certificates, Clock


class ActiveCertificateCheck:
    """The validator; judges the certificate that a session would use, whichever source has it."""

    def __init__(self, certificates: Certificates, clock: Clock) -> None:
        self._certificates = certificates
        self._clock = clock

    def check(self, records: Sequence[Provider], purpose: Purpose) -> Iterable[Finding]:
        """Find the records without a certificate that can be used now."""
        for record in records:
            try:
                active = self._certificates.active(record.id)
            except UserCancelled:
                raise
            except HilumError as error:
                yield _not_had(record, error)
            else:
                yield from self._findings(record, active)

    def _findings(self, record: Provider, active: ActiveCertificate | None) -> Iterator[Finding]:
        if active is None:
            yield _finding(
                record,
                "certificate.missing",
                _.message("No eHealth certificate."),
                _.message(
                    "Import one: `hilum certificate import FILE --provider {id}`", id=record.id
                ),
            )
            return
        yield from self._date_findings(record, active)
        if _holder(active) != f"SSIN={record.niss}":
            yield _finding(
                record,
                "record.wrong-person",
                _.message("The eHealth certificate belongs to somebody else than this record."),
                _.message("Correct the NISS, or import the certificate of this person."),
            )
        if not active.keystore.is_file():
            yield _finding(
                record,
                "certificate.keystore-missing",
                _.message("The keystore of the eHealth certificate is not on this computer."),
                _.message(
                    "Import it here: `hilum certificate import FILE --provider {id}`", id=record.id
                ),
            )

    def _date_findings(self, record: Provider, active: ActiveCertificate) -> Iterator[Finding]:
        now = self._clock.now()
        if now > active.not_after:
            yield _finding(
                record,
                "certificate.expired",
                _.message(
                    "The eHealth certificate has expired ({day}).", day=day(active.not_after)
                ),
                _.message("Request a new one; one that has expired cannot be renewed."),
            )
        elif now < active.not_before:
            yield _finding(
                record,
                "certificate.not-yet-valid",
                _.message(
                    "The eHealth certificate is not valid before {day}.",
                    day=day(active.not_before),
                ),
                _.message("Check the date of this computer."),
            )
        elif days_left(active.not_after, now) < RENEWABLE_DAYS:
            yield expires_soon(record, active.not_after, now)


def _finding(record: Provider, code: str, message: Message, fix: Message) -> Finding:
    return Finding(provider_id=record.id, code=code, message=message, fix=fix, field="certificate")


def _not_had(record: Provider, error: HilumError) -> Finding:
    """Say why no source could answer: as the error says itself, when it does."""
    return _finding(
        record,
        error.code,
        error.message
        or _.message("The eHealth certificate cannot be had ({code}).", code=error.code),
        error.remedy or _.message("See what is wrong with the plugins: `hilum plugins list`"),
    )


def _holder(active: ActiveCertificate) -> str:
    """Return whose the certificate is, as eHealth writes it; empty when it does not say."""
    from cryptography.x509 import load_der_x509_certificate
    from hilum_ehealth.certificates import holder_of
    from hilum_ehealth.errors import EhealthError

    try:
        holder = holder_of(load_der_x509_certificate(active.certificate))
    except (EhealthError, ValueError):
        return ""
    return f"{holder.kind}={holder.identifier}"
