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


def host_tables() -> MetaData:
    """Make the tables of now.

    ``at`` is text, ISO 8601 UTC with six decimals, so that it sorts and hashes as written.
    """
    from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

    metadata = MetaData()
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
        UniqueConstraint("writer", "sequence", name="hilum_audit_writer_sequence"),
        Index("hilum_audit_provider", "provider_id", "action", "at"),
    )
    return metadata


HOST_TABLES: Final = StorageSpec(
    metadata=host_tables,
    migrations=Path(__file__).parent / "migrations",
    head="hilum_0001",
)
