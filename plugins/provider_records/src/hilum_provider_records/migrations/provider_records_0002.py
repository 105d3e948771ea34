"""Identifiers of records that were removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "provider_records_0002"
down_revision = "provider_records_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_records_retired",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("person", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_provider_records_retired"),
    )


def downgrade() -> None:
    op.drop_table("provider_records_retired")
