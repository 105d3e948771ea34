"""Synchronisations and messages in the database. Import this where the database is used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hilum_ehealth.ehbox.messages import MessageHeader, Sender
from sqlalchemy import and_, delete, func, insert, select, update

from .model import Contents, Failure, Folder, Success, Synchronisation
from .tables import message, synchronisation

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Table


def keep_success(
    connection: Connection, folder: Folder, success: Success, messages: Sequence[MessageHeader]
) -> int:
    """Put what a synchronisation brought in the place of what was known.

    Returns how many of *messages* were not known.
    """
    known = set(connection.execute(select(message.c.id).where(_in(message, folder))).scalars())
    connection.execute(delete(message).where(_in(message, folder)))
    if messages:
        rows = [_row(folder, position, each) for position, each in enumerate(messages)]
        connection.execute(insert(message), rows)
    _put(
        connection,
        folder,
        succeeded_at=_written(success.at),
        quality=success.quality,
        messages=success.messages,
        standing_by=success.standing_by,
        current_size=success.current_size,
        max_size=success.max_size,
        failed_at=None,
        failure_code=None,
        fault_code=None,
    )
    return sum(each.id not in known for each in messages)


def keep_failure(connection: Connection, folder: Folder, failure: Failure) -> None:
    """Note that a synchronisation failed; what the last success brought stays."""
    _put(
        connection,
        folder,
        failed_at=_written(failure.at),
        failure_code=failure.code,
        fault_code=failure.fault_code,
    )


def last(connection: Connection, folder: Folder) -> Synchronisation:
    """Return the last synchronisation; an empty one when there never was any."""
    row = connection.execute(
        select(synchronisation).where(_in(synchronisation, folder))
    ).one_or_none()
    told = select(func.count()).select_from(message).where(_in(message, folder))
    return (
        _synchronisation(row, connection.execute(told).scalar_one())
        if row is not None
        else Synchronisation()
    )


def contents(connection: Connection, folder: Folder) -> Contents:
    """Return a folder as it was last synchronised."""
    rows = connection.execute(
        select(message).where(_in(message, folder)).order_by(message.c.position)
    )
    return Contents(
        synchronisation=last(connection, folder), messages=tuple(_header(row) for row in rows)
    )


def provider_ids(connection: Connection) -> Sequence[str]:
    """Return the providers of whom anything is known here."""
    return list(connection.execute(select(synchronisation.c.provider_id).distinct()).scalars())


def forget(connection: Connection, provider_ids: Sequence[str]) -> None:
    """Remove all that is known of the boxes of providers, in every environment."""
    for table in (message, synchronisation):
        connection.execute(delete(table).where(table.c.provider_id.in_(provider_ids)))


def _in(table: Table, folder: Folder) -> ColumnElement[bool]:
    return and_(
        table.c.provider_id == folder.provider_id,
        table.c.environment == folder.environment,
        table.c.source == folder.source.value,
    )


def _put(connection: Connection, folder: Folder, **values: object) -> None:
    """Change the folder's row, or make it."""
    changed = connection.execute(
        update(synchronisation).where(_in(synchronisation, folder)).values(**values)
    )
    if changed.rowcount == 0:
        connection.execute(insert(synchronisation).values(**_key(folder), **values))


def _key(folder: Folder) -> dict[str, object]:
    return {
        "provider_id": folder.provider_id,
        "environment": folder.environment,
        "source": folder.source.value,
    }


def _row(folder: Folder, position: int, header: MessageHeader) -> dict[str, object]:
    sender = header.sender
    return {
        **_key(folder),
        "position": position,
        "sender_id": sender.id,
        "sender_type": sender.type,
        "sender_quality": sender.quality,
        "sender_name": sender.name,
        "sender_first_name": sender.first_name,
        **{name: getattr(header, name) for name in _OWN},
    }


_OWN = (
    "id",
    "title",
    "published",
    "expires",
    "size",
    "content_type",
    "mime_type",
    "application",
    "important",
    "encrypted",
    "has_annex",
)
"""Columns that are fields of a header by the same name."""


def _header(row: Any) -> MessageHeader:
    return MessageHeader(
        sender=Sender(
            id=row.sender_id,
            type=row.sender_type,
            quality=row.sender_quality,
            name=row.sender_name,
            first_name=row.sender_first_name,
        ),
        **{name: getattr(row, name) for name in _OWN},
    )


def _synchronisation(row: Any, told: int) -> Synchronisation:
    """Make it of its *row*; of *told* messages there are headers, the others were too large."""
    success = failure = None
    if row.succeeded_at is not None:
        success = Success(
            at=datetime.fromisoformat(row.succeeded_at),
            quality=row.quality,
            messages=row.messages,
            too_large=row.messages - told,
            standing_by=row.standing_by,
            current_size=row.current_size,
            max_size=row.max_size,
        )
    if row.failed_at is not None:
        failure = Failure(
            at=datetime.fromisoformat(row.failed_at),
            code=row.failure_code,
            fault_code=row.fault_code,
        )
    return Synchronisation(success=success, failure=failure)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
