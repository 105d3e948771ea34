"""The plugin's tables. Import this where the database is used: it loads SQLAlchemy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata: Final = MetaData()


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept in UTC without offset, which every database can."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn into UTC."""
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say again that it is UTC."""
        return value.replace(tzinfo=UTC) if value else None


version: Final = Table(
    "cert_manager_version",
    metadata,
    Column("id", Integer, nullable=False),
    Column("provider_id", String(64), nullable=False),
    Column("environment", String(64), nullable=False),
    Column("file", String(200), nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("holder", String(64), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("not_after", Instant, nullable=False),
    Column("certificate", LargeBinary, nullable=False),
    Column("chain", JSON, nullable=False),
    Column("kept_at", Instant, nullable=False),
    PrimaryKeyConstraint("id", name="pk_cert_manager_version"),
    UniqueConstraint("file", name="uq_cert_manager_version_file"),
)
"""Every keystore that was ever taken into a record; rows are never changed nor deleted.

``file`` is the path below the folder ``keystores``, ``certificate`` DER, ``chain`` a list of DER in
base64.
"""

change: Final = Table(
    "cert_manager_change",
    metadata,
    Column("id", Integer, nullable=False),
    Column("provider_id", String(64), nullable=False, index=True),
    Column("environment", String(64), nullable=False),
    Column("action", String(20), nullable=False),
    Column("version_id", Integer),
    Column("changed_at", Instant, nullable=False),
    Column("undone", Boolean, nullable=False),
    PrimaryKeyConstraint("id", name="pk_cert_manager_change"),
    ForeignKeyConstraint(
        ["version_id"], ["cert_manager_version.id"], name="fk_cert_manager_change_version"
    ),
)
"""What was done to a record, in order: the version that was active from then on, or NULL for none.

The last change that is not undone says what is active; to undo is to mark it.
"""
