"""Many users at once, from a CSV file: a bad row costs only itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import RecordError
from hilum_hookspecs.csv_files import CsvRow, read_rows

from hilum.catalogue import words_for
from hilum.failures import CodedError, is_ours
from hilum.words import _

from .user_changes import Saved, as_first, audited
from .user_rules import user_key
from .user_values import COLUMNS, HEADINGS, read_cells
from .users import UserService

if TYPE_CHECKING:
    from hilum_hookspecs import User
    from hilum_hookspecs.ports import Audit
    from sqlalchemy import Connection

MOST_ROWS: Final = 2_000
"""Of one file; others wait while its users are saved."""


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

    def __init__(self, users: UserService, audit: Audit) -> None:
        self._users = users
        self._audit = audit

    def run(self, path: Path, *, dry_run: bool) -> ImportReport:
        """Read *path* and save the good rows in one transaction.

        Raises ``user.not-administrator`` and what :func:`~hilum_hookspecs.csv_files.read_rows`
        raises; nothing is saved then.
        """
        self._users.check_administrator()
        rows = read_rows(path, COLUMNS, HEADINGS, most_rows=MOST_ROWS)
        # Providers and certificates are asked about each row before others have to wait for us.
        reports = list(self._read(rows))
        with self._users.alone() as connection:
            names = _Names(self._users.all())
            reports = [_judged(report, names) for report in reports]
            if not names:
                reports = _with_first(reports)
            if not dry_run:
                self._save(connection, [r.saved.user for r in reports if r.saved is not None])
        return ImportReport(rows=tuple(reports), dry_run=dry_run)

    def _read(self, rows: Sequence[CsvRow]) -> Iterator[RowReport]:
        names = _Names(self._users.all())
        lines: dict[str, int] = {}
        for row in rows:
            name = row.cells.get("user_name", "").strip()
            earlier = lines.setdefault(user_key(name), row.line) if name else row.line
            try:
                _check_row(row, earlier)
                existing = names.holder(name)
                if existing is not None:
                    yield _exists(row.line, existing)
                else:
                    yield _added(row, self._users.prepare(read_cells(row.cells)))
            except Exception as error:
                if not is_ours(error) or not _of_the_row(error):
                    raise
                yield _refused(row, name, error)

    def _save(self, connection: Connection, users: Sequence[User]) -> None:
        from . import user_store

        for user in users:
            user_store.add(connection, user)
        if users:
            self._audit.record("user.imported", users=[audited(user) for user in users])


class _Names:
    """The user names that are taken."""

    def __init__(self, users: Sequence[User]) -> None:
        self._names = {user_key(user.user_name): user.user_name for user in users}
        self._ids = {user.id for user in users}

    def __len__(self) -> int:
        return len(self._names)

    def holder(self, user_name: str) -> str | None:
        """Return how the user who has *user_name* writes it; ``None`` when nobody has it.

        Raises ``user.user-name-taken`` for the id of a user.
        """
        key = user_key(user_name)
        if key not in self._names and key in self._ids:
            raise RecordError("user.user-name-taken", user_name=user_name)
        return self._names.get(key)


def _judged(report: RowReport, names: _Names) -> RowReport:
    """Look again whether there is such a user: somebody may have added it meanwhile."""
    existing = names.holder(report.user_name) if report.saved is not None else None
    return _exists(report.line, existing) if existing is not None else report


def _with_first(reports: Sequence[RowReport]) -> list[RowReport]:
    """Make the first user ever an administrator."""
    first = next((report for report in reports if report.saved is not None), None)
    return [
        replace(report, saved=as_first(report.saved))
        if report is first and report.saved
        else report
        for report in reports
    ]


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


def _exists(line: int, user_name: str) -> RowReport:
    return RowReport(line=line, outcome=Outcome.EXISTS, user_name=user_name)


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
