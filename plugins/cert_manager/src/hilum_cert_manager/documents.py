"""Certificates as JSON documents and as lines for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from hilum_hookspecs import ActiveCertificate, Finding, Message, Provider
from hilum_hookspecs.words import day, moment, show

from .advice import days_left
from .model import Action, Change, Content, Version
from .words import _

STAGES: Final[Mapping[str, Message]] = {
    "complete": _.message("complete"),
    "no-encryption-key": _.message("without encryption key"),
    "incomplete": _.message("requested, not completed"),
    "not-ehealth": _.message("not an eHealth keystore"),
    "unknown": _.message("only the password can tell how complete"),
}

ACTIONS: Final[Mapping[Action, Message]] = {
    Action.IMPORT: _.message("imported"),
    Action.REMOVE: _.message("removed"),
    Action.CHANGE_PASSWORD: _.message("password changed"),
}


def content_document(content: Content, now: datetime) -> dict[str, object]:
    """Return what a certificate says; field names in ``docs/reference/json.md``."""
    return {
        "holder": {
            "kind": content.holder_kind,
            "identifier": content.holder_identifier,
            "name": content.holder_name or None,
        },
        "not_before": content.not_before.isoformat(),
        "not_after": content.not_after.isoformat(),
        "days_left": days_left(content.not_after, now),
        "stage": content.stage,
        "sha256": content.sha256,
    }


def version_document(version: Version, path: Path, now: datetime) -> dict[str, object]:
    """Return a kept version with what its certificate says."""
    return {
        "environment": version.environment,
        "keystore": str(path),
        "keystore_sha256": version.file_sha256,
        "kept_at": version.kept_at.isoformat(),
        **content_document(version.content, now),
    }


def change_document(change: Change, versions: Mapping[int, Version]) -> dict[str, object]:
    """Return a step of the history."""
    version = versions.get(change.version_id or 0)
    return {
        "action": change.action.value,
        "at": change.changed_at.isoformat(),
        "file": version.file if version else None,
        "undone": change.undone,
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
    """Say each warning, what to do about it indented."""
    for finding in findings:
        yield _("Warning: {text}", text=show(finding.message))
        if finding.fix:
            yield f"  {show(finding.fix)}"


def content_lines(content: Content, now: datetime) -> Iterator[str]:
    """Say what a certificate says."""
    name = f" ({content.holder_name})" if content.holder_name else ""
    yield _("  Holder: {holder}{name}", holder=holder(content), name=name)
    yield _(
        "  Valid from {start} until {end}: {rest}",
        start=day(content.not_before),
        end=day(content.not_after),
        rest=rest(content.not_after, now),
    )
    yield _("  Keystore: {stage}", stage=stage(content.stage))
    yield _("  Fingerprint of the certificate (SHA-256): {sha256}", sha256=content.sha256)


def holder(content: Content) -> str:
    """Write the holder as people do."""
    from hilum_ehealth.errors import EhealthError
    from hilum_ehealth.identifiers import Niss

    if content.holder_kind != "SSIN":
        return content.holder
    try:
        return _("NISS {number}", number=Niss.parse(content.holder_identifier))
    except EhealthError:
        return content.holder


def rest(not_after: datetime, now: datetime) -> str:
    """Say how long a certificate is still valid."""
    left = days_left(not_after, now)
    return _("expired") if left < 0 else _.plural("{n} day left", "{n} days left", left)


def stage(name: str) -> str:
    """Say how complete a keystore is."""
    words = STAGES.get(name)
    return show(words) if words else name


def list_line(
    record: Provider,
    version: Version | None,
    now: datetime,
    elsewhere: ActiveCertificate | None = None,
) -> str:
    """Write a provider's certificate in one line; without an imported one, that of *elsewhere*."""
    if version is None and elsewhere is not None:
        state = _(
            "until {day} ({rest}), not imported: another plugin gives it",
            day=day(elsewhere.not_after),
            rest=rest(elsewhere.not_after, now),
        )
    elif version is None:
        state = _(
            "no eHealth certificate: `hilum certificate import FILE --provider {id}`", id=record.id
        )
    else:
        state = _(
            "until {day} ({rest})",
            day=day(version.content.not_after),
            rest=rest(version.content.not_after, now),
        )
    return f"{record.id}  {record.name}  {state}"


def change_line(change: Change, versions: Mapping[int, Version]) -> str:
    """Write a step of the history in one line."""
    version = versions.get(change.version_id or 0)
    until = (
        _("certificate until {day}", day=day(version.content.not_after))
        if version
        else _("no certificate")
    )
    words = {
        "at": moment(change.changed_at),
        "action": show(ACTIONS[change.action]),
        "until": until,
    }
    if change.undone:
        return "  " + _("{at}  {action}: {until} (undone)", **words)
    return "  " + _("{at}  {action}: {until}", **words)
