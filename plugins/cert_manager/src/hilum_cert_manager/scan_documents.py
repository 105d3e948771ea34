"""What a scan and an inspection found, as JSON documents and as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from hilum_hookspecs import Message
from hilum_hookspecs.words import day, show

from . import documents
from .inspecting import Inspection, KeyFacts
from .problems import problem
from .scanning import Found
from .words import _

WARNINGS: Final[Mapping[str, Message]] = {
    "keystore.old-form": _.message(
        "The keystore is in the old form (3DES, SHA-1): `hilum certificate change-password` writes "
        "it in the modern one."
    ),
    "keystore.few-iterations": _.message(
        "The password is protected by few iterations: choose a long one."
    ),
    "keystore.open-to-others": _.message("Others on this computer can read the file."),
    "certificate.no-encryption-key": _.message(
        "No encryption key: sessions work, encrypted messages cannot be read."
    ),
}

REFUSALS: Final[Mapping[str, Message]] = {
    "certificate.expired": _.message("it has expired"),
    "certificate.not-yet-valid": _.message("it is not valid yet"),
    "certificate.untrusted": _.message("nobody who is trusted here issued it"),
    "certificate.wrong-environment": _.message("it is for another environment"),
    "certificate.wrong-usage": _.message("it is not for signing in"),
    "trust.no-anchors": _.message(
        "no trust anchors were imported for this environment: `hilum trust import FILE`"
    ),
}


def found_document(found: Found) -> dict[str, object]:
    """Return a file of a scan; field names in ``docs/reference/json.md``."""
    file = found.file
    return {
        "path": str(file.path),
        "stage": file.stage,
        "holder": file.holder or None,
        "not_after": file.not_after.isoformat() if file.not_after else None,
        "environment": file.environment,
        "belongs": file.belongs,
        "opened": found.opened,
        "problem": ({"code": found.code, "message": show(file.problem)} if file.problem else None),
    }


def found_line(found: Found) -> str:
    """Write a file of a scan in one line."""
    file = found.file
    belongs = {True: _("belongs to this provider"), False: _("of somebody else"), None: ""}
    parts = (
        file.path.name,
        file.holder,
        show(file.problem) if file.problem else documents.stage(file.stage),
        _("until {day}", day=day(file.not_after)) if file.not_after else "",
        file.environment or "",
        belongs[file.belongs],
    )
    return "  ".join(part for part in parts if part)


def inspection_document(seen: Inspection, belongs: bool | None, now: datetime) -> dict[str, object]:
    """Return everything about a keystore."""
    return {
        "path": str(seen.path),
        "keystore_sha256": seen.file_sha256,
        "stage": seen.stage,
        "certificate": documents.content_document(seen.content, now) if seen.content else None,
        "environment_of_issuer": seen.environment,
        "belongs": belongs,
        "refusal": seen.refusal,
        "form": "old" if seen.old_form else "modern",
        "mac": seen.mac,
        "certificate_protection": list(seen.certificate_protection),
        "iterations": seen.iterations,
        "keys": [_key_document(key) for key in seen.keys],
        "warnings": [{"code": code, "message": show(WARNINGS[code])} for code in seen.warnings],
    }


def inspection_lines(seen: Inspection, belongs: bool | None, now: datetime) -> Iterator[str]:
    """Say everything about a keystore."""
    yield str(seen.path)
    if seen.content:
        yield from documents.content_lines(seen.content, now)
    else:
        yield _("  Keystore: {stage}", stage=documents.stage(seen.stage))
    yield _("  Environment by issuer: {name}", name=seen.environment or _("unknown"))
    if belongs is not None:
        yield "  " + (_("Belongs to this provider") if belongs else _("Of somebody else"))
    for key in seen.keys:
        yield _key_line(key)
    yield _(
        "  Integrity: {mac}, certificates: {certificates}, iterations up to {iterations}",
        mac=seen.mac or _("none"),
        certificates=", ".join(seen.certificate_protection) or _("not encrypted"),
        iterations=seen.iterations,
    )
    yield _("  Fingerprint of the file (SHA-256): {sha256}", sha256=seen.file_sha256)
    if seen.refusal:
        words = REFUSALS.get(seen.refusal) or problem(seen.refusal)
        yield _("  Cannot be used here: {why}", why=show(words))
    for code in seen.warnings:
        yield "  " + _("Warning: {text}", text=show(WARNINGS[code]))


def _key_document(key: KeyFacts) -> dict[str, object]:
    return {
        "alias": key.alias,
        "kind": key.kind,
        "protection": key.protection,
        "iterations": key.iterations,
        "not_after": key.not_after.isoformat() if key.not_after else None,
    }


def _key_line(key: KeyFacts) -> str:
    until = _("until {day}", day=day(key.not_after)) if key.not_after else _("no certificate yet")
    return _(
        "  Key {alias}: {kind}, {until}, protected with {protection} ({iterations} iterations)",
        alias=key.alias,
        kind=key.kind,
        until=until,
        protection=key.protection,
        iterations=key.iterations if key.iterations is not None else "?",
    )
