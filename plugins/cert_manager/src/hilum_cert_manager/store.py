"""Versions and changes in the database. Import this where the database is used."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from .model import Action, Change, Content, Version
from .tables import change, version

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select


def add_version(
    connection: Connection,
    *,
    provider_id: str,
    environment: str,
    file: str,
    file_sha256: str,
    content: Content,
    now: datetime,
) -> Version:
    """Note a keystore that stands in our folder."""
    result = connection.execute(
        insert(version).values(
            provider_id=provider_id,
            environment=environment,
            file=file,
            file_sha256=file_sha256,
            holder=content.holder,
            stage=content.stage,
            not_before=content.not_before,
            not_after=content.not_after,
            certificate=content.certificate,
            chain=[b64encode(each).decode() for each in content.chain],
            kept_at=now,
        )
    )
    (key,) = result.inserted_primary_key or (0,)
    return Version(
        id=key,
        provider_id=provider_id,
        environment=environment,
        file=file,
        file_sha256=file_sha256,
        content=content,
        kept_at=now,
    )


def add_change(
    connection: Connection,
    *,
    provider_id: str,
    environment: str,
    action: Action,
    version_id: int | None,
    now: datetime,
) -> None:
    """Make *version_id*, or none, the active one."""
    connection.execute(
        insert(change).values(
            provider_id=provider_id,
            environment=environment,
            action=action.value,
            version_id=version_id,
            changed_at=now,
            undone=False,
        )
    )


def undo(connection: Connection, change_id: int) -> None:
    """Mark a change as undone."""
    connection.execute(update(change).where(change.c.id == change_id).values(undone=True))


def active(connection: Connection, provider_id: str, environment: str) -> Version | None:
    """Return the version that the last change which holds made active."""
    asked = {"of": provider_id, "in_environment": environment}
    row = connection.execute(_last_active(), asked).first()
    return _version(row) if row else None


@cache
def _last_active() -> Select[Any]:
    """Write the statement once: it is asked twice for every session, and writing costs most."""
    last = (
        select(change.c.version_id)
        .where(change.c.provider_id == bindparam("of"))
        .where(change.c.environment == bindparam("in_environment"))
        .where(change.c.undone.is_(False))
        .order_by(change.c.id.desc())
        .limit(1)
    )
    return select(version).where(version.c.id == last.scalar_subquery())


def all_active(connection: Connection, environment: str) -> dict[str, Version]:
    """Return the active version of every provider that has one, by provider's id."""
    last = (
        select(func.max(change.c.id))
        .where(change.c.environment == environment, change.c.undone.is_(False))
        .group_by(change.c.provider_id)
    )
    joined = select(version).join(change, change.c.version_id == version.c.id)
    rows = connection.execute(joined.where(change.c.id.in_(last)))
    return {row.provider_id: _version(row) for row in rows}


def versions(connection: Connection, provider_id: str, environment: str) -> tuple[Version, ...]:
    """Return every version of a provider, oldest first."""
    rows = connection.execute(
        select(version)
        .where(version.c.provider_id == provider_id, version.c.environment == environment)
        .order_by(version.c.id)
    )
    return tuple(_version(row) for row in rows)


def changes(connection: Connection, provider_id: str, environment: str) -> tuple[Change, ...]:
    """Return what was done to a provider's certificate, oldest first."""
    rows = connection.execute(
        select(change)
        .where(change.c.provider_id == provider_id, change.c.environment == environment)
        .order_by(change.c.id)
    )
    return tuple(
        Change(
            id=row.id,
            action=Action(row.action),
            version_id=row.version_id,
            changed_at=row.changed_at,
            undone=row.undone,
        )
        for row in rows
    )


def _version(row: Any) -> Version:
    from hashlib import sha256

    kind, _equals, identifier = row.holder.partition("=")
    return Version(
        id=row.id,
        provider_id=row.provider_id,
        environment=row.environment,
        file=row.file,
        file_sha256=row.file_sha256,
        content=Content(
            certificate=row.certificate,
            chain=tuple(b64decode(each) for each in row.chain),
            holder_kind=kind,
            holder_identifier=identifier,
            holder_name="",
            not_before=row.not_before,
            not_after=row.not_after,
            stage=row.stage,
            sha256=sha256(row.certificate).hexdigest(),
        ),
        kept_at=row.kept_at,
    )
