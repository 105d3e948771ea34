"""The last synchronisation of each folder, and the headers of its messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "ehealthbox_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ehealthbox_synchronisation",
        sa.Column("provider_id", sa.String(64), nullable=False),
        sa.Column("environment", sa.String(64), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("succeeded_at", sa.String(40)),
        sa.Column("quality", sa.String(200)),
        sa.Column("messages", sa.Integer()),
        sa.Column("standing_by", sa.Integer()),
        sa.Column("current_size", sa.BigInteger()),
        sa.Column("max_size", sa.BigInteger()),
        sa.Column("failed_at", sa.String(40)),
        sa.Column("failure_code", sa.String(100)),
        sa.Column("fault_code", sa.String(100)),
        sa.PrimaryKeyConstraint(
            "provider_id", "environment", "source", name="pk_ehealthbox_synchronisation"
        ),
    )
    op.create_table(
        "ehealthbox_message",
        sa.Column("provider_id", sa.String(64), nullable=False),
        sa.Column("environment", sa.String(64), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("id", sa.String(13), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sender_id", sa.String(200), nullable=False),
        sa.Column("sender_type", sa.String(200), nullable=False),
        sa.Column("sender_quality", sa.String(200), nullable=False),
        sa.Column("sender_name", sa.String(200), nullable=False),
        sa.Column("sender_first_name", sa.String(200), nullable=False),
        sa.Column("title", sa.String(400), nullable=False),
        sa.Column("published", sa.Date(), nullable=False),
        sa.Column("expires", sa.Date(), nullable=False),
        sa.Column("size", sa.BigInteger()),
        sa.Column("content_type", sa.String(200), nullable=False),
        sa.Column("mime_type", sa.String(200), nullable=False),
        sa.Column("application", sa.String(200), nullable=False),
        sa.Column("important", sa.Boolean(), nullable=False),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("has_annex", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "provider_id", "environment", "source", "id", name="pk_ehealthbox_message"
        ),
    )


def downgrade() -> None:
    op.drop_table("ehealthbox_message")
    op.drop_table("ehealthbox_synchronisation")
