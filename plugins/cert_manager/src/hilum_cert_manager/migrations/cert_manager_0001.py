"""Versions of keystores and the changes that made them active."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "cert_manager_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cert_manager_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.String(64), nullable=False),
        sa.Column("environment", sa.String(64), nullable=False),
        sa.Column("file", sa.String(200), nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("not_before", sa.DateTime(), nullable=False),
        sa.Column("not_after", sa.DateTime(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.JSON(), nullable=False),
        sa.Column("kept_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cert_manager_version"),
        sa.UniqueConstraint("file", name="uq_cert_manager_version_file"),
    )
    op.create_table(
        "cert_manager_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.String(64), nullable=False),
        sa.Column("environment", sa.String(64), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("version_id", sa.Integer()),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cert_manager_change"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["cert_manager_version.id"], name="fk_cert_manager_change_version"
        ),
    )
    op.create_index("ix_cert_manager_change_provider_id", "cert_manager_change", ["provider_id"])


def downgrade() -> None:
    op.drop_table("cert_manager_change")
    op.drop_table("cert_manager_version")
