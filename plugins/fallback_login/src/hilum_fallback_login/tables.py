"""The plugin's tables. Import this where the database is used: it loads SQLAlchemy."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Integer, MetaData, String, Table, Text

metadata: Final = MetaData()

password: Final = Table(
    "fallback_login_password",
    metadata,
    Column("user_id", String(32), primary_key=True),
    Column("hash", Text, nullable=False),
    Column("changed_at", String(32), nullable=False),
    Column("must_change", Boolean, nullable=False),
)
"""One row per user with a password; ``hash`` is argon2's own text, with salt and parameters."""

wrong: Final = Table(
    "fallback_login_wrong",
    metadata,
    Column("user_id", String(32), primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("blocked_until", String(32), nullable=False),
)
"""Wrong passwords in a row; a name that nobody has is counted under a key instead of an id."""
