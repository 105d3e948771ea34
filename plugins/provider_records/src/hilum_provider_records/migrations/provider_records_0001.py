"""Records, professions and INAMI numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "provider_records_0001"
down_revision = None
branch_labels = None
depends_on = None

TEXTS = (
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
FLAGS = ("ehealthbox", "independent", "practice_owner")


def upgrade() -> None:
    op.create_table(
        "provider_records_provider",
        sa.Column("id", sa.String(40), nullable=False),
        *(sa.Column(name, sa.String(200), nullable=False) for name in TEXTS),
        sa.Column("birth_date", sa.Date()),
        sa.Column("niss", sa.String(11)),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in FLAGS),
        sa.PrimaryKeyConstraint("id", name="pk_provider_records_provider"),
        sa.UniqueConstraint("niss", name="uq_provider_records_provider_niss"),
    )
    op.create_table(
        "provider_records_profession",
        sa.Column("provider_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("provider_id", "name", name="pk_provider_records_profession"),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["provider_records_provider.id"],
            name="fk_provider_records_profession_provider",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "provider_records_inami",
        sa.Column("provider_id", sa.String(40), nullable=False),
        sa.Column("profession", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(11), nullable=False),
        sa.Column("base", sa.String(8), nullable=False),
        sa.Column("start_date", sa.Date()),
        sa.Column("end_date", sa.Date()),
        sa.Column("conventioned", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "provider_id", "profession", "position", name="pk_provider_records_inami"
        ),
        sa.ForeignKeyConstraint(
            ["provider_id", "profession"],
            ["provider_records_profession.provider_id", "provider_records_profession.name"],
            name="fk_provider_records_inami_profession",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_provider_records_inami_base", "provider_records_inami", ["base"])


def downgrade() -> None:
    op.drop_table("provider_records_inami")
    op.drop_table("provider_records_profession")
    op.drop_table("provider_records_provider")
