"""What this plugin gives the host: its tables. Its commands are in :mod:`.cli`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from hilum_hookspecs import NoSettings, hookimpl

if TYPE_CHECKING:
    from hilum_hookspecs import PluginContext, StorageSpec
    from sqlalchemy import MetaData

HEAD = "ehealthbox_0001"


class Plugin:
    """What the last synchronisation of each eHealthBox brought, in the common database."""

    Settings = NoSettings

    def __init__(self, context: PluginContext[NoSettings]) -> None:
        pass

    @hookimpl
    def hilum_storage(self) -> Iterable[StorageSpec]:
        """Declare the tables."""
        from hilum_hookspecs import StorageSpec

        yield StorageSpec(
            metadata=_metadata, migrations=Path(__file__).parent / "migrations", head=HEAD
        )


def _metadata() -> MetaData:
    from .tables import metadata

    return metadata
