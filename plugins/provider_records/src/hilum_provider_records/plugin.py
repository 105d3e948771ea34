"""What this plugin gives the host: a directory of records, their checks, their tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hilum_hookspecs import NoSettings, hookimpl

if TYPE_CHECKING:
    from hilum_hookspecs import (
        Finding,
        PluginContext,
        Provider,
        ProviderDirectory,
        Purpose,
        RecordValidator,
        StorageSpec,
    )
    from sqlalchemy import MetaData

    from .records import Records

NAME = "provider-records"
HEAD = "provider_records_0002"


class Plugin:
    """Provider records, kept in the common database."""

    Settings = NoSettings

    def __init__(self, context: PluginContext[NoSettings]) -> None:
        self._context = context

    @hookimpl
    def hilum_provider_directories(self) -> Iterable[ProviderDirectory]:
        """Offer our records."""
        from hilum_hookspecs import ProviderDirectory

        yield ProviderDirectory(name=NAME, find=self._find, all=self._all)

    @hookimpl
    def hilum_record_validators(self) -> Iterable[RecordValidator]:
        """Offer the checks of NISS, INAMI numbers and what contradicts them."""
        from hilum_hookspecs import RecordValidator

        yield RecordValidator(name=NAME, check=self._check)

    @hookimpl
    def hilum_storage(self) -> Iterable[StorageSpec]:
        """Declare the tables."""
        from hilum_hookspecs import StorageSpec

        yield StorageSpec(
            metadata=_metadata, migrations=Path(__file__).parent / "migrations", head=HEAD
        )

    def _find(self, text: str) -> Sequence[Provider]:
        return self._records().find(text)

    def _all(self) -> Iterable[Provider]:
        return self._records().all()

    def _check(self, records: Sequence[Provider], purpose: Purpose) -> Iterable[Finding]:
        from .validators import RecordChecks

        kept = self._records()
        return RecordChecks(kept.owners_of_niss, kept.today).check(records, purpose)

    def _records(self) -> Records:
        from .records import Records

        return Records(self._context)


def _metadata() -> MetaData:
    from .tables import metadata

    return metadata
