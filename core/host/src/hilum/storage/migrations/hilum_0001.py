"""The audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "hilum_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "hilum_audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("writer", sa.String(32), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("provider_id", sa.Text),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.UniqueConstraint("writer", "sequence", name="hilum_audit_writer_sequence"),
    )
    op.create_index("hilum_audit_provider", "hilum_audit", ["provider_id", "action", "at"])


def downgrade() -> None:
    op.drop_table("hilum_audit")
