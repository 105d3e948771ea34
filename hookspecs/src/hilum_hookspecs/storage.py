"""Tables of a plugin in the common database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import MetaData


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSpec:
    """A plugin's tables and their history.

    Table names start with the plugin's name. No foreign key leads to another plugin's table.
    """

    metadata: Callable[[], MetaData]
    """Makes the tables of now; SQLAlchemy is imported inside."""

    migrations: Path
    """Folder of alembic revision files, one history per plugin, the first without parent."""

    head: str
    """The newest revision; the host compares it with the database before use."""
