"""The plugin's tables. Import this where the database is used: it loads SQLAlchemy."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
)

metadata: Final = MetaData()

synchronisation: Final = Table(
    "ehealthbox_synchronisation",
    metadata,
    Column("provider_id", String(64), nullable=False),
    Column("environment", String(64), nullable=False),
    Column("source", String(20), nullable=False),
    Column("succeeded_at", String(40)),
    Column("quality", String(200)),
    Column("messages", Integer),
    Column("standing_by", Integer),
    Column("current_size", BigInteger),
    Column("max_size", BigInteger),
    Column("failed_at", String(40)),
    Column("failure_code", String(100)),
    Column("fault_code", String(100)),
    PrimaryKeyConstraint(
        "provider_id", "environment", "source", name="pk_ehealthbox_synchronisation"
    ),
)
"""One row per folder; instants are ISO 8601 in UTC. The columns of a success are NULL together
until there was one, those of a failure while the last synchronisation succeeded."""

message: Final = Table(
    "ehealthbox_message",
    metadata,
    Column("provider_id", String(64), nullable=False),
    Column("environment", String(64), nullable=False),
    Column("source", String(20), nullable=False),
    Column("id", String(13), nullable=False),
    Column("position", Integer, nullable=False),
    Column("sender_id", String(200), nullable=False),
    Column("sender_type", String(200), nullable=False),
    Column("sender_quality", String(200), nullable=False),
    Column("sender_name", String(200), nullable=False),
    Column("sender_first_name", String(200), nullable=False),
    Column("title", String(400), nullable=False),
    Column("published", Date, nullable=False),
    Column("expires", Date, nullable=False),
    Column("size", BigInteger),
    Column("content_type", String(200), nullable=False),
    Column("mime_type", String(200), nullable=False),
    Column("application", String(200), nullable=False),
    Column("important", Boolean, nullable=False),
    Column("encrypted", Boolean, nullable=False),
    Column("has_annex", Boolean, nullable=False),
    PrimaryKeyConstraint(
        "provider_id", "environment", "source", "id", name="pk_ehealthbox_message"
    ),
)
"""The headers that the last success brought; ``position`` 0 is the most recent message."""
