"""The host's own tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import StorageSpec

if TYPE_CHECKING:
    from sqlalchemy import MetaData

HOST_PLUGIN: Final = "hilum"
"""The name under which the host's tables stand beside those of the plugins."""

AUDIT: Final = "hilum_audit"
USER: Final = "hilum_user"
USER_PROVIDER: Final = "hilum_user_provider"
AUDIT_KEY: Final = ("writer", "sequence")
"""What makes an entry of the audit the same entry in two databases."""


def host_tables() -> MetaData:
    """Make the tables of now."""
    from sqlalchemy import MetaData

    metadata = MetaData()
    _audit(metadata)
    _users(metadata)
    return metadata


def _audit(metadata: MetaData) -> None:
    """Add the audit; ``at`` is ISO 8601 UTC with six decimals: it sorts and hashes as written."""
    from sqlalchemy import Column, Index, Integer, String, Table, Text, UniqueConstraint

    Table(
        AUDIT,
        metadata,
        Column("id", Integer, primary_key=True),
        Column("writer", String(32), nullable=False),
        Column("sequence", Integer, nullable=False),
        Column("at", String(27), nullable=False),
        Column("environment", Text, nullable=False),
        Column("actor", Text, nullable=False),
        Column("action", Text, nullable=False),
        Column("provider_id", Text),
        Column("data", Text, nullable=False),
        Column("previous", String(64), nullable=False),
        Column("hash", String(64), nullable=False),
        UniqueConstraint(*AUDIT_KEY, name="hilum_audit_writer_sequence"),
        Index("hilum_audit_provider", "provider_id", "action", "at"),
    )


def _users(metadata: MetaData) -> None:
    """Add the users; ``user_key`` is the user name as it is compared."""
    from sqlalchemy import (
        Boolean,
        Column,
        Date,
        ForeignKeyConstraint,
        Integer,
        PrimaryKeyConstraint,
        String,
        Table,
        Text,
        UniqueConstraint,
    )

    Table(
        USER,
        metadata,
        Column("id", String(32), primary_key=True),
        Column("name", String(200), nullable=False),
        Column("user_name", String(200), nullable=False),
        Column("user_key", Text, nullable=False),
        Column("valid_from", Date),
        Column("valid_until", Date),
        Column("administrator", Boolean, nullable=False),
        Column("ehealth_login", Boolean, nullable=False),
        Column("visible", Boolean, nullable=False),
        Column("password_months", Integer, nullable=False),
        UniqueConstraint("user_key", name="hilum_user_key"),
    )
    Table(
        USER_PROVIDER,
        metadata,
        Column("user_id", String(32), nullable=False),
        Column("provider_id", String(200), nullable=False),
        Column("position", Integer, nullable=False),
        Column("mailbox", Boolean, nullable=False),
        PrimaryKeyConstraint("user_id", "provider_id", name="hilum_user_provider_key"),
        ForeignKeyConstraint(
            ["user_id"], [f"{USER}.id"], name="hilum_user_provider_user", ondelete="CASCADE"
        ),
    )


HOST_TABLES: Final = StorageSpec(
    metadata=host_tables,
    migrations=Path(__file__).parent / "migrations",
    head="hilum_0002",
)
