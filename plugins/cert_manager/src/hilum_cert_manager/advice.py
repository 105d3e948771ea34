"""What is worth a word about a certificate although it can be used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from hilum_hookspecs import Finding, Message, Provider, Severity
from hilum_hookspecs.words import day

from .model import Content, Version
from .words import _

RENEWABLE_DAYS: Final = 90
"""Days before its end from which eHealth renews a certificate."""

NO_ENCRYPTION_KEY: Final = "no-encryption-key"


def days_left(not_after: datetime, now: datetime) -> int:
    """Count the whole days until *not_after*; negative when it has passed."""
    return (not_after - now).days


def import_warnings(
    content: Content, record: Provider, before: Version | None, now: datetime
) -> tuple[Finding, ...]:
    """Say what the user should know about the keystore that is imported."""
    return tuple(_warnings(content, record, before, now))


def _warnings(
    content: Content, record: Provider, before: Version | None, now: datetime
) -> Iterator[Finding]:
    if content.stage == NO_ENCRYPTION_KEY:
        yield _warning(
            record,
            "certificate.no-encryption-key",
            _.message(
                "The keystore has no encryption key: sessions work, but encrypted messages cannot "
                "be read."
            ),
            _.message("Complete the request, then import the completed file."),
        )
    if days_left(content.not_after, now) < RENEWABLE_DAYS:
        yield expires_soon(record, content.not_after, now)
    if before and before.content.not_after > content.not_after:
        yield _warning(
            record,
            "certificate.older-than-active",
            _.message(
                "This certificate ends on {day}, before the one that was in use until now ({old}).",
                day=day(content.not_after),
                old=day(before.content.not_after),
            ),
            _.message(
                "If that was a mistake: `hilum certificate undo --provider {id}`", id=record.id
            ),
        )


def file_warnings(path: Path, record: Provider) -> Iterator[Finding]:
    """Say that the file that was imported is not its owner's alone."""
    from hilum_ehealth.errors import EhealthError
    from hilum_ehealth.keystore import check_file_mode

    try:
        check_file_mode(path.resolve())
    except EhealthError:
        yield _warning(
            record,
            "keystore.open-to-others",
            _.message("Others on this computer can read {path}.", path=str(path)),
            _.message("Make it yours alone: chmod 600 {path}", path=str(path)),
        )


def expires_soon(record: Provider, not_after: datetime, now: datetime) -> Finding:
    """Say that the certificate ends soon and can be renewed."""
    return _warning(
        record,
        "certificate.expires-soon",
        _.message(
            "The eHealth certificate ends on {day}: days left {days}.",
            day=day(not_after),
            days=days_left(not_after, now),
        ),
        _.message("Renew it now: a certificate that has ended cannot be renewed."),
    )


def _warning(record: Provider, code: str, message: Message, fix: Message) -> Finding:
    return Finding(
        provider_id=record.id,
        code=code,
        message=message,
        fix=fix,
        severity=Severity.WARNING,
        field="certificate",
    )
