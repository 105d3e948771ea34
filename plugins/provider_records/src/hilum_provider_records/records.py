"""The use cases: add, change, remove and find records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from hilum_hookspecs import (
    ConfigurationError,
    Finding,
    PluginContext,
    Profession,
    Provider,
    Purpose,
    RecordError,
    RecordInvalid,
    Severity,
)

from .words import _

Changes = Mapping[str, Any]
"""Values by name of the field, ``professions`` among them."""


class Records:
    """The records in our database."""

    def __init__(self, context: PluginContext[Any]) -> None:
        self._context = context

    def all(self) -> tuple[Provider, ...]:
        """Return every record, by name."""
        from . import store

        with self._context.storage.begin() as connection:
            return store.everything(connection)

    def find(self, text: str) -> tuple[Provider, ...]:
        """Return the records whose id, NISS or INAMI number is *text*."""
        from . import store

        with self._context.storage.begin() as connection:
            return store.matching(connection, text)

    def one(self, text: str) -> Provider:
        """Return the one record of ours that *text* names.

        Raises ``record.not-found``, ``record.ambiguous``, and ``record.read-only`` for a record
        of another directory.
        """
        found = self._context.providers.find(text)
        if any(record.id == found.id for record in self.find(found.id)):
            return found
        raise RecordError(
            "record.read-only",
            message=_.message("The record of {name} is kept in another system.", name=found.name),
            remedy=_.message("Change it there."),
            provider=found.id,
            name=found.name,
        )

    def owners_of_niss(self, numbers: Sequence[str]) -> dict[str, str]:
        """Tell which records have some of these NISS."""
        from . import store

        with self._context.storage.begin() as connection:
            return store.owners_of_niss(connection, numbers)

    def add(self, record: Provider, *, dry_run: bool = False) -> tuple[Finding, ...]:
        """Save a new record; returns the warnings. Raises ``record.invalid``."""
        from . import retired, store

        with self._context.storage.begin() as connection:
            warnings = self._accepted([record])
            if self.find(record.id):
                raise RecordInvalid([_id_taken(record)])
            refused = retired.refusals(connection)(record)
            if refused is not None:
                raise RecordInvalid([refused])
            if not dry_run:
                store.add(connection, [record])
                self._context.audit.record("provider.added", provider_id=record.id)
        return warnings

    def edit(
        self, text: str, changes: Callable[[Provider], Changes], *, dry_run: bool = False
    ) -> tuple[Provider, tuple[str, ...], tuple[Finding, ...]]:
        """Change the record that *text* names; returns it, what changed, and the warnings.

        *changes* is asked with the record as it is now. Raises the refusals of :meth:`one`, and
        ``record.invalid``; nothing is saved then.
        """
        from . import store

        with self._context.storage.begin() as connection:
            record = self.one(text)
            changed = replace(record, **changes(record))
            names = differences(record, changed)
            warnings = self._accepted([changed])
            if names and not dry_run:
                store.replace(connection, [changed])
                self._context.audit.record(
                    "provider.edited", provider_id=record.id, fields=list(names)
                )
        return changed, names, warnings

    def remove(self, record: Provider, *, confirmed: bool, dry_run: bool = False) -> None:
        """Delete a record, asking first unless it is *confirmed*.

        Raises ``usage.not-confirmed`` when nobody agrees or nobody can be asked.
        """
        from . import retired, store

        if dry_run:
            return
        if not confirmed:
            self._ask_before_removal(record)
        with self._context.storage.begin() as connection:
            store.remove(connection, record.id)
            retired.retire(connection, record)
            self._context.audit.record("provider.removed", provider_id=record.id)

    def today(self) -> date:
        """Return the day of now in Belgium."""
        return self._context.clock.now().astimezone(ZoneInfo("Europe/Brussels")).date()

    def _accepted(self, records: Sequence[Provider]) -> tuple[Finding, ...]:
        findings = self._context.providers.check(records, Purpose.SAVE)
        if errors(findings):
            raise RecordInvalid(findings)
        return tuple(findings)

    def _ask_before_removal(self, record: Provider) -> None:
        question = _.message(
            "Remove the record of {name} ({id}) with its INAMI numbers?",
            name=record.name,
            id=record.id,
        )
        if not self._context.prompter.confirm("remove-provider", question):
            raise ConfigurationError(
                "usage.not-confirmed",
                message=_.message("The record of {name} was not removed.", name=record.name),
                remedy=_.message("Answer yes, or give --yes."),
                option="--yes",
                provider=record.id,
            )


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep the findings that stop the purpose."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def differences(old: Provider, new: Provider) -> tuple[str, ...]:
    """Name the fields in which two states of a record differ."""
    names = (field.name for field in fields(Provider))
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))


def of(values: Changes, identifier: str) -> Provider:
    """Make a record from *values*; an only profession is the default one."""
    professions: tuple[Profession, ...] = values.get("professions", ())
    given = {name: value for name, value in values.items() if value is not None}
    return Provider(id=identifier, **{"last_name": "", **given, "professions": professions})


def _id_taken(record: Provider) -> Finding:
    return Finding(
        provider_id=record.id,
        code="record.id-taken",
        field="id",
        message=_.message("Another record has the identifier {id}.", id=record.id),
    )
