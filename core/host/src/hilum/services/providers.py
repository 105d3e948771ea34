"""Provider records of every directory, and the checks of every validator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar, cast

from hilum_hookspecs import (
    Finding,
    Provider,
    ProviderDirectory,
    Purpose,
    RecordError,
    RecordValidator,
    UserCancelled,
)

from hilum.host import Host, is_ours
from hilum.words import _

T = TypeVar("T")


class ProviderService:
    """The port ``Providers`` over the directories and validators of every plugin."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def find(self, text: str) -> Provider:
        """Return the one record whose id, NISS or INAMI number is *text*.

        Raises ``RecordError``: ``record.no-directory``, ``record.not-found``,
        ``record.ambiguous`` (``providers``, their ids). The text is in none of them: it may be a
        national number.
        """
        found = [
            record
            for source, directory in self._directories()
            for record in self._records(source, self._host.call(source, directory.find, text))
        ]
        if not found:
            raise RecordError("record.not-found")
        if len(found) > 1:
            raise RecordError("record.ambiguous", providers=[record.id for record in found])
        return found[0]

    def all(self) -> Sequence[Provider]:
        """Return every record, by name."""
        records = [
            record
            for source, directory in self._directories()
            for record in self._records(source, self._host.call(source, directory.all))
        ]
        return sorted(records, key=lambda r: (r.last_name.casefold(), r.first_names.casefold()))

    def check(self, records: Sequence[Provider], purpose: Purpose) -> Sequence[Finding]:
        """Run every validator over the batch.

        A validator that raises gives each record the finding ``record.validator-failed``.
        """
        found = cast(
            "list[tuple[str, RecordValidator]]",
            self._host.collect_with_source("hilum_record_validators"),
        )
        return [
            finding
            for source, validator in found
            if purpose in validator.purposes
            for finding in self._findings(source, validator, records, purpose)
        ]

    def _findings(
        self,
        source: str,
        validator: RecordValidator,
        records: Sequence[Provider],
        purpose: Purpose,
    ) -> Sequence[Finding]:
        def check() -> Sequence[Finding]:
            return _only(Finding, validator.check(records, purpose))

        try:
            return self._host.call(source, check)
        except UserCancelled:
            raise
        except Exception as error:
            # A check that fails must never count as passed, whatever it raised.
            if not is_ours(error):
                raise
            return [_failed(record, source, validator) for record in records]

    def _directories(self) -> list[tuple[str, ProviderDirectory]]:
        found = self._host.collect_with_source("hilum_provider_directories")
        if not found:
            raise RecordError("record.no-directory")
        return cast("list[tuple[str, ProviderDirectory]]", found)

    def _records(self, source: str, records: Iterable[object]) -> Sequence[Provider]:
        return self._host.call(source, _only, Provider, records)


def _failed(record: Provider, source: str, validator: RecordValidator) -> Finding:
    return Finding(
        provider_id=record.id,
        code="record.validator-failed",
        message=_.message(
            "The check “{validator}” of the plugin {plugin} failed",
            validator=validator.name,
            plugin=source,
        ),
        fix=_.message(
            "Tell whoever makes the plugin; until then it can be switched off with "
            "`hilum plugins disable {plugin}`.",
            plugin=source,
        ),
    )


def _only(wanted: type[T], values: Iterable[object]) -> tuple[T, ...]:
    """Read *values* to the end and refuse what is none of *wanted*: a plugin's defect."""
    read = tuple(values)
    for value in read:
        if not isinstance(value, wanted):
            raise TypeError(f"{wanted.__name__} expected, not {type(value).__name__}")
    return cast("tuple[T, ...]", read)
