"""What each command does: read what was typed, call one use case, show the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hilum_hookspecs import Finding, PluginContext, Provider, Purpose, RecordInvalid

from . import documents, typed
from .identifiers import new_id
from .records import Records, errors, of
from .words import _


class Commands:
    """The commands ``hilum provider ...``."""

    def __init__(self, context: PluginContext[Any]) -> None:
        self._context = context
        self._records = Records(context)

    def add(self, options: typed.Options, *, identifier: str | None, dry_run: bool) -> None:
        """Add a provider."""
        record = self._new(options, identifier)
        warnings = self._records.add(record, dry_run=dry_run)
        done = _("Would be added: {name} ({id})") if dry_run else _("Added: {name} ({id})")
        self._show_saved(record, done, warnings, {"dry_run": dry_run})

    def list(self) -> None:
        """List the providers."""
        records = self._context.providers.all()
        now = self._context.clock.now()
        active = {record.id: self._context.certificates.active(record.id) for record in records}
        self._context.output.show(
            {
                "providers": [
                    {
                        **documents.record_document(record),
                        "certificate": documents.certificate_document(active[record.id], now),
                    }
                    for record in records
                ]
            },
            [documents.list_line(record, active[record.id], now) for record in records]
            or [_("No provider yet: `hilum provider add --help`")],
        )

    def show(self, text: str) -> None:
        """Show one record."""
        record = self._context.providers.find(text)
        now = self._context.clock.now()
        certificate = self._context.certificates.active(record.id)
        self._context.output.show(
            {
                "provider": documents.record_document(record),
                "certificate": documents.certificate_document(certificate, now),
            },
            [
                *documents.record_lines(record, self._records.today()),
                f"  {documents.certificate_line(certificate, record, now)}",
            ],
        )

    def edit(self, text: str, options: typed.Options, *, dry_run: bool) -> None:
        """Change what was given."""
        record, names, warnings = self._records.edit(
            text, lambda old: typed.changes(options, old), dry_run=dry_run
        )
        if not names:
            done = _("Nothing to change: {name} ({id})")
        elif dry_run:
            done = _("Would be changed: {name} ({id}): {fields}")
        else:
            done = _("Changed: {name} ({id}): {fields}")
        if "niss" in names:
            self._note_wrong_person(record)
        more = {"changed": list(names), "dry_run": dry_run}
        self._show_saved(record, done, warnings, more, fields=documents.names(names))

    def _note_wrong_person(self, record: Provider) -> None:
        """Say that the certificate belongs to the NISS of before, when it does."""
        for finding in self._context.providers.check([record], Purpose.EHEALTH_LOGIN):
            if finding.code == "record.wrong-person":
                for line in documents.finding_lines([finding]):
                    self._context.output.note(line)

    def remove(self, text: str, *, confirmed: bool, dry_run: bool) -> None:
        """Remove a record."""
        record = self._records.one(text)
        self._records.remove(record, confirmed=confirmed, dry_run=dry_run)
        done = (
            _("Would be removed: {name} ({id})", name=record.name, id=record.id)
            if dry_run
            else _("Removed: {name} ({id})", name=record.name, id=record.id)
        )
        self._context.output.show(
            {
                "provider": record.id,
                "name": record.name,
                "removed": not dry_run,
                "dry_run": dry_run,
            },
            [done],
        )

    def check(self, text: str | None, purpose: str) -> None:
        """Check one record or all; raises ``record.invalid`` when one is not good enough."""
        records = [self._context.providers.find(text)] if text else self._context.providers.all()
        findings = tuple(self._context.providers.check(records, Purpose(purpose)))
        if errors(findings):
            raise RecordInvalid(findings if text else _with_names(findings, records))
        self._context.output.show(
            {
                "purpose": purpose,
                "providers": [record.id for record in records],
                "findings": documents.finding_documents(findings),
            },
            [
                *(_("Good: {name} ({id})", name=r.name, id=r.id) for r in records),
                *documents.finding_lines(findings),
            ]
            or [_("No provider yet: `hilum provider add --help`")],
        )

    def import_file(self, file: Path, *, dry_run: bool) -> None:
        """Import a CSV file; raises ``record.rows-refused`` when rows were refused."""
        from .importing import Import, report_document, report_lines

        report = Import(self._context).run(file, dry_run=dry_run)
        report.raise_for_refused()
        self._context.output.show(report_document(report), report_lines(report))

    def export_file(self, file: Path) -> None:
        """Export all our records."""
        from .exporting import export

        count = export(self._records.all(), file)
        done = _.plural(
            "{n} provider written to {file}", "{n} providers written to {file}", count, file=file
        )
        self._context.output.show({"file": str(file), "providers": count}, [done])

    def _new(self, options: typed.Options, identifier: str | None) -> Provider:
        chosen = typed.identifier(identifier) if identifier else None
        values = typed.changes(options, Provider(id=chosen or "", last_name=""))
        return of(values, chosen or new_id(str(values.get("last_name", ""))))

    def _show_saved(
        self,
        record: Provider,
        done: str,
        warnings: tuple[Finding, ...],
        more: dict[str, object],
        fields: str = "",
    ) -> None:
        self._context.output.show(
            {
                "provider": documents.record_document(record),
                "findings": documents.finding_documents(warnings),
                **more,
            },
            [
                done.format(name=record.name, id=record.id, fields=fields),
                *documents.finding_lines(warnings),
            ],
        )


def _with_names(findings: Sequence[Finding], records: Sequence[Provider]) -> tuple[Finding, ...]:
    """Say in each sentence whose record it is about."""
    names = {record.id: record.name for record in records}
    return tuple(
        replace(
            each,
            message=_.message("{name}: {text}", name=names[each.provider_id], text=each.message),
        )
        for each in findings
    )
