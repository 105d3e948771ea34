"""The import of records from a CSV file: a bad row costs only itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hilum_hookspecs import Finding, PluginContext, Provider, Purpose, RecordError
from hilum_hookspecs.csv_files import CsvRow, read_rows
from hilum_hookspecs.typed import Refused

from . import documents, store
from .columns import COLUMNS, HEADINGS
from .identifiers import new_id
from .matching import Index
from .records import differences, errors
from .retired import refusals
from .row_values import read_row
from .words import _

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Outcome(Enum):
    """What became of a row."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReport:
    """What became of one row, and why."""

    line: int
    outcome: Outcome
    record: Provider | None = field(default=None, repr=False)
    old: Provider | None = field(default=None, repr=False)
    """The saved record that the row is about."""

    changed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of a file."""

    rows: tuple[RowReport, ...]
    dry_run: bool

    def count(self, outcome: Outcome) -> int:
        """Count the rows with *outcome*."""
        return sum(row.outcome is outcome for row in self.rows)

    def raise_for_refused(self) -> None:
        """Raise ``record.rows-refused``, the report in its details, when rows were refused."""
        if not self.count(Outcome.REFUSED):
            return
        raise RecordError(
            "record.rows-refused",
            message=_.message("Rows were refused:\n{report}", report="\n".join(report_lines(self))),
            remedy=_.message("Mend these rows and import the file again: the others stay as is."),
            **report_document(self),
        )


class Import:
    """Imports one file."""

    def __init__(self, context: PluginContext[Any]) -> None:
        self._context = context

    def run(self, path: Path, *, dry_run: bool) -> ImportReport:
        """Read *path* and save the good rows in one transaction.

        Raises what :func:`read_rows` raises; nothing is saved then.
        """
        rows = read_rows(path, COLUMNS, HEADINGS)
        with self._context.storage.begin() as connection:
            index = Index(store.everything(connection))
            refusal = refusals(connection)
            proposed = [_unless_retired(_proposed(row, index), refusal) for row in rows]
            report = ImportReport(rows=self._checked(proposed), dry_run=dry_run)
            if not dry_run:
                self._save(connection, report)
        return report

    def _checked(self, rows: Sequence[RowReport]) -> tuple[RowReport, ...]:
        """Ask every validator about all rows that may be saved, in one batch."""
        records = [row.record for row in rows if row.record and _saved(row)]
        findings: dict[str, list[Finding]] = {}
        for finding in self._context.providers.check(records, Purpose.SAVE) if records else ():
            findings.setdefault(finding.provider_id, []).append(finding)
        return tuple(_judged(row, findings) for row in rows)

    def _save(self, connection: Connection, report: ImportReport) -> None:
        added = [r.record for r in report.rows if r.record and r.outcome is Outcome.ADDED]
        updated = [r.record for r in report.rows if r.record and r.outcome is Outcome.UPDATED]
        if not added and not updated:
            return
        store.replace(connection, updated)
        store.add(connection, added)
        self._context.audit.record(
            "provider.imported",
            added=[record.id for record in added],
            updated=[record.id for record in updated],
            refused=report.count(Outcome.REFUSED),
        )


def _proposed(row: CsvRow, index: Index) -> RowReport:
    if row.problem:
        code, message = row.problem
        refusal = Finding(provider_id="", code=code, message=message)
        return RowReport(line=row.line, outcome=Outcome.REFUSED, findings=(refusal,))
    try:
        old = index.match(row.cells)
    except Refused as refused:
        return _refused(row, refused)
    blank = Provider(id="", last_name="")
    values, refusals = read_row(row.cells, old or blank)
    record = replace(old or blank, **values)
    if not record.id:
        record = replace(record, id=new_id(record.last_name, index.ids))
    if refusals:
        named = tuple(replace(finding, provider_id=record.id) for finding in refusals)
        return RowReport(line=row.line, outcome=Outcome.REFUSED, record=record, findings=named)
    earlier = index.claim(record, row.line)
    if earlier:
        return _repeated(row, record, earlier)
    return _change(row, old, record)


def _unless_retired(row: RowReport, refusal: Callable[[Provider], Finding | None]) -> RowReport:
    """Refuse a new record whose identifier was somebody else's."""
    if row.record is None or row.outcome is not Outcome.ADDED:
        return row
    finding = refusal(row.record)
    return row if finding is None else replace(row, outcome=Outcome.REFUSED, findings=(finding,))


def _change(row: CsvRow, old: Provider | None, record: Provider) -> RowReport:
    if old is None:
        return RowReport(line=row.line, outcome=Outcome.ADDED, record=record)
    changed = differences(old, record)
    outcome = Outcome.UPDATED if changed else Outcome.UNCHANGED
    return RowReport(line=row.line, outcome=outcome, record=record, old=old, changed=changed)


def _refused(row: CsvRow, refused: Refused) -> RowReport:
    """Refuse a row that must not be taken for the record which it seems to be about."""
    named = Provider(
        id="",
        last_name=row.cells.get("last_name", ""),
        first_names=row.cells.get("first_names", ""),
    )
    finding = Finding(
        provider_id="", code=refused.code, field=refused.field, message=refused.message
    )
    return RowReport(line=row.line, outcome=Outcome.REFUSED, record=named, findings=(finding,))


def report_document(report: ImportReport) -> dict[str, object]:
    """Return the report as a document."""
    counts = {outcome.value: report.count(outcome) for outcome in Outcome}
    return {**counts, "rows": [_row_document(r) for r in report.rows], "dry_run": report.dry_run}


def report_lines(report: ImportReport) -> Iterator[str]:
    """Say what became of the file, and of each row that needs a word."""
    if report.dry_run:
        yield _("Nothing was saved: this is what would happen.")
    yield _(
        "{added} added, {updated} updated, {unchanged} unchanged, {refused} refused",
        **{outcome.value: report.count(outcome) for outcome in Outcome},
    )
    for row in report.rows:
        if row.old is not None and row.outcome is Outcome.UPDATED:
            yield _updated_line(row.line, row.old, row.changed)
        elif row.findings:
            name = row.record.name if row.record else ""
            yield _("Row {line}: {name}", line=row.line, name=name).rstrip(" :")
        for line in documents.finding_lines(row.findings):
            yield f"  {line}"


def _updated_line(line: int, old: Provider, changed: Sequence[str]) -> str:
    """Say whose record a row changes, by the name it had."""
    return _(
        "Row {line} changes {name} ({id}): {fields}",
        line=line,
        name=old.name,
        id=old.id,
        fields=documents.names(changed),
    )


def _row_document(row: RowReport) -> Mapping[str, object]:
    kept = row.record if row.outcome is not Outcome.REFUSED else None
    return {
        "row": row.line,
        "outcome": row.outcome.value,
        "provider": kept.id if kept else None,
        "name": row.record.name if row.record else None,
        "name_before": row.old.name if row.old else None,
        "changed": list(row.changed),
        "findings": documents.finding_documents(row.findings),
    }


def _saved(row: RowReport) -> bool:
    return row.outcome in (Outcome.ADDED, Outcome.UPDATED)


def _judged(row: RowReport, findings: Mapping[str, list[Finding]]) -> RowReport:
    if row.record is None or not _saved(row):
        return row
    own = tuple(findings.get(row.record.id, ()))
    outcome = Outcome.REFUSED if errors(own) else row.outcome
    return replace(row, outcome=outcome, findings=own)


def _repeated(row: CsvRow, record: Provider, earlier: int) -> RowReport:
    finding = Finding(
        provider_id=record.id,
        code="record.row-repeated",
        message=_.message("Row {line} is about the same person.", line=earlier),
    )
    return RowReport(line=row.line, outcome=Outcome.REFUSED, record=record, findings=(finding,))
