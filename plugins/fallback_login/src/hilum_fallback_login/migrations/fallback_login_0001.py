"""Password hashes, and how often a password was wrong."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "fallback_login_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "fallback_login_password",
        sa.Column("user_id", sa.String(32), primary_key=True),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
        sa.Column("must_change", sa.Boolean, nullable=False),
    )
    op.create_table(
        "fallback_login_wrong",
        sa.Column("user_id", sa.String(32), primary_key=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("blocked_until", sa.String(32), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("fallback_login_wrong")
    op.drop_table("fallback_login_password")
