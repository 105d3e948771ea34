"""The users and the providers they work for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "hilum_0002"
down_revision = "hilum_0001"


def upgrade() -> None:
    op.create_table(
        "hilum_user",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("user_name", sa.String(200), nullable=False),
        sa.Column("user_key", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_until", sa.Date),
        sa.Column("administrator", sa.Boolean, nullable=False),
        sa.Column("ehealth_login", sa.Boolean, nullable=False),
        sa.Column("visible", sa.Boolean, nullable=False),
        sa.Column("password_months", sa.Integer, nullable=False),
        sa.UniqueConstraint("user_key", name="hilum_user_key"),
    )
    op.create_table(
        "hilum_user_provider",
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("provider_id", sa.String(200), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("mailbox", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "provider_id", name="hilum_user_provider_key"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["hilum_user.id"], name="hilum_user_provider_user", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("hilum_user_provider")
    op.drop_table("hilum_user")
