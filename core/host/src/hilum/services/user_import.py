"""Many users at once, from a CSV file: a bad row costs only itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from hilum_hookspecs import RecordError
from hilum_hookspecs.csv_files import CsvRow, read_rows

from hilum.catalogue import words_for
from hilum.failures import CodedError, is_ours
from hilum.words import _

from .user_changes import Saved
from .user_rules import user_key
from .user_values import COLUMNS, HEADINGS, read_cells
from .users import UserService

if TYPE_CHECKING:
    from hilum_hookspecs import User

    from hilum.storage.database import Database


class Outcome(Enum):
    """What became of a row."""

    ADDED = "added"
    EXISTS = "exists"
    """A user has that user name already, and stays as it is."""

    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReport:
    """What became of one row, and why."""

    line: int
    outcome: Outcome
    user_name: str
    saved: Saved | None = None
    code: str | None = None
    """Why it was refused."""

    message: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of a file."""

    rows: tuple[RowReport, ...]
    dry_run: bool

    def count(self, outcome: Outcome) -> int:
        """Count the rows with *outcome*."""
        return sum(row.outcome is outcome for row in self.rows)


class UserImport:
    """Creates users from files; it changes none that exists."""

    def __init__(self, users: UserService, database: Database) -> None:
        self._users = users
        self._database = database

    def run(self, path: Path, *, dry_run: bool) -> ImportReport:
        """Read *path* and save the good rows in one transaction.

        Raises ``user.not-administrator`` and what :func:`~hilum_hookspecs.csv_files.read_rows`
        raises; nothing is saved then.
        """
        self._users.check_administrator()
        rows = read_rows(path, COLUMNS, HEADINGS)
        with self._database.begin():
            reports = tuple(self._reports(rows, dry_run=dry_run))
        return ImportReport(rows=reports, dry_run=dry_run)

    def _reports(self, rows: Sequence[CsvRow], *, dry_run: bool) -> Iterator[RowReport]:
        lines: dict[str, int] = {}
        added = 0
        for row in rows:
            name = row.cells.get("user_name", "").strip()
            earlier = lines.setdefault(user_key(name), row.line) if name else row.line
            try:
                _check_row(row, earlier)
                existing = self._users.known(name) if name else None
                if existing is not None:
                    yield _exists(row, existing)
                else:
                    unsaved = added if dry_run else 0
                    saved = self._users.add(read_cells(row.cells), dry_run=dry_run, unsaved=unsaved)
                    added += 1
                    yield _added(row, saved)
            except Exception as error:
                if not is_ours(error) or not _of_the_row(error):
                    raise
                yield _refused(row, name, error)


def _check_row(row: CsvRow, earlier: int) -> None:
    """Refuse a row that cannot be read, and a second one about the same user."""
    remedy = _.message("Mend the row and import the file again: the others stay as they are.")
    if row.problem is not None:
        code, message = row.problem
        raise RecordError(code, message=message, remedy=remedy)
    if earlier != row.line:
        message = _.message("Row {line} is about the same user.", line=earlier)
        raise RecordError("record.row-repeated", message=message, remedy=remedy)


def _of_the_row(error: CodedError) -> bool:
    """Tell whether *error* is about what the row says, not about disk, database or plugins."""
    return error.code.startswith(("user.", "record.", "identifier."))


def _added(row: CsvRow, saved: Saved) -> RowReport:
    return RowReport(
        line=row.line, outcome=Outcome.ADDED, user_name=saved.user.user_name, saved=saved
    )


def _exists(row: CsvRow, user: User) -> RowReport:
    return RowReport(line=row.line, outcome=Outcome.EXISTS, user_name=user.user_name)


def _refused(row: CsvRow, name: str, error: CodedError) -> RowReport:
    words = words_for(error)
    return RowReport(
        line=row.line,
        outcome=Outcome.REFUSED,
        user_name=name,
        code=error.code,
        message=words.message,
        remedy=words.remedy,
    )
