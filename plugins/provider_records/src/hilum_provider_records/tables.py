"""The plugin's tables. Import this where the database is used: it loads SQLAlchemy."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

metadata: Final = MetaData()

TEXTS: Final = (
    "last_name",
    "first_names",
    "initials",
    "gender",
    "language",
    "salutation",
    "category",
    "specialisation",
    "street",
    "postal_code",
    "city",
    "country",
    "phone",
    "mobile",
    "email",
)
FLAGS: Final = ("ehealthbox", "independent", "practice_owner")

provider: Final = Table(
    "provider_records_provider",
    metadata,
    Column("id", String(40), nullable=False),
    *(Column(name, String(200), nullable=False) for name in TEXTS),
    Column("birth_date", Date),
    Column("niss", String(11)),
    *(Column(name, Boolean, nullable=False) for name in FLAGS),
    PrimaryKeyConstraint("id", name="pk_provider_records_provider"),
    UniqueConstraint("niss", name="uq_provider_records_provider_niss"),
)
"""One row per person; ``niss`` is NULL when it is not known, so that it can be unique."""

profession: Final = Table(
    "provider_records_profession",
    metadata,
    Column("provider_id", String(40), nullable=False),
    Column("name", String(40), nullable=False),
    Column("position", Integer, nullable=False),
    Column("is_default", Boolean, nullable=False),
    PrimaryKeyConstraint("provider_id", "name", name="pk_provider_records_profession"),
    ForeignKeyConstraint(
        ["provider_id"],
        ["provider_records_provider.id"],
        name="fk_provider_records_profession_provider",
        ondelete="CASCADE",
    ),
)

inami: Final = Table(
    "provider_records_inami",
    metadata,
    Column("provider_id", String(40), nullable=False),
    Column("profession", String(40), nullable=False),
    Column("position", Integer, nullable=False),
    Column("number", String(11), nullable=False),
    Column("base", String(8), nullable=False, index=True),
    Column("start_date", Date),
    Column("end_date", Date),
    Column("conventioned", Boolean, nullable=False),
    PrimaryKeyConstraint("provider_id", "profession", "position", name="pk_provider_records_inami"),
    ForeignKeyConstraint(
        ["provider_id", "profession"],
        ["provider_records_profession.provider_id", "provider_records_profession.name"],
        name="fk_provider_records_inami_profession",
        ondelete="CASCADE",
    ),
)
"""INAMI numbers with their periods; ``base`` is the first eight digits, which identify."""

retired: Final = Table(
    "provider_records_retired",
    metadata,
    Column("id", String(40), nullable=False),
    Column("salt", String(32), nullable=False),
    Column("person", String(64)),
    PrimaryKeyConstraint("id", name="pk_provider_records_retired"),
)
"""Identifiers of records that were removed; ``person`` is a hash of the NISS, NULL without one."""
