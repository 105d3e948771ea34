"""Looking after the database: checked, backed up, restored."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import ConfigurationError, HilumError, StorageError

from hilum.folders import private_folder
from hilum.redaction import redact
from hilum.storage.checks import Examined, TablesState, examine
from hilum.storage.tables import AUDIT, AUDIT_KEY, HOST_PLUGIN, host_tables

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Clock

    from hilum.storage.database import Database

    from .audit import AuditLog
    from .audit_chain import Chain

_NO_TABLE: Final = "storage.database"
"""The code when the table of the audit is missing, older or damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found; nothing at all when there is no database yet."""

    place: str
    examined: Examined | None
    chains: Sequence[Chain] = ()

    @property
    def good(self) -> bool:
        """Whether nothing is to be done."""
        broken = any(chain.problems for chain in self.chains)
        return not broken and (self.examined is None or self.examined.good)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """A backup that was made, or would be."""

    file: Path
    size: int
    """Bytes."""

    audited: bool
    """Whether it could be written down: old tables of ours cannot take an entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A restore that was done, or would be."""

    place: Path
    kept: Path | None
    """The database of before; ``None`` when there was none."""

    behind: tuple[str, ...]
    """Plugins whose tables are older than the program."""

    audit_kept: bool
    """Whether the entries of the audit that the backup lacks were carried over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A move that was done, or would be."""

    place: str
    """The database of now on, once the settings name it."""

    rows: Mapping[str, int]
    """How many rows were copied, by table; none in a trial."""


class DatabaseCare:
    """The use cases of ``hilum db`` besides upgrades.

    *audit_on* makes the audit of a database whose tables nobody looked at.
    """

    def __init__(
        self,
        database: Database,
        *,
        audit_on: Callable[[Database], AuditLog],
        clock: Clock,
    ) -> None:
        self._database = database
        self._audit_on = audit_on
        self._audit = audit_on(database)
        self._clock = clock

    def check(self) -> Checked:
        """Look at everything and change nothing. Raises ``storage.*`` for what cannot be read."""
        place, file = self._database.place, self._database.file
        if file is not None and not file.exists():
            return Checked(place=place, examined=None)
        examined = examine(self._database)
        ours = next(each for each in examined.plugins if each.plugin == HOST_PLUGIN)
        chains = self._audit.verify() if ours.state is TablesState.GOOD else ()
        return Checked(place=place, examined=examined, chains=chains)

    def back_up(self, target: Path, *, replace: bool, dry_run: bool = False) -> BackedUp:
        """Copy the database to the new file *target* (0600) while it is in use.

        The copy was opened and checked before it has its name. Raises ``storage.server-backup``,
        ``usage.same-database`` (``place``) for the database and what SQLite keeps beside it,
        ``usage.file-exists`` unless it may *replace*, ``storage.no-database`` without one,
        and what :func:`~hilum.storage.backup.checked_copy` raises.
        """
        from hilum.storage.backup import checked_copy, is_one_of, take_name

        source = self._sqlite_file("storage.server-backup")
        if is_one_of(target, source):
            raise ConfigurationError("usage.same-database", place=str(target))
        if os.path.lexists(target) and not replace:
            raise ConfigurationError("usage.file-exists", path=str(target), option="--force")
        if not source.exists():
            raise StorageError("storage.no-database", path=str(source))
        with checked_copy(source, target, at_rest=False) as copy:
            size = copy.stat().st_size
            if not dry_run:
                take_name(copy, target, replace=replace)
        audited = not dry_run and self._noted("database.backed-up", target)
        return BackedUp(file=target, size=size, audited=audited)

    def restore(self, backup: Path, *, dry_run: bool = False) -> Restored:
        """Put *backup* in the place of the database, which is kept beside it.

        No entry of the audit is lost: those that the backup lacks are carried over, as far as the
        database of before can be read. Raises ``storage.server-restore``, ``storage.locked`` while
        another process uses the database, ``storage.not-a-backup`` (``path``),
        ``storage.schema-new``, and what :func:`~hilum.storage.backup.checked_copy` raises.
        """
        from hilum.storage.backup import checked_copy, used_alone

        present = self._sqlite_file("storage.server-restore")
        private_folder(present.parent)
        with checked_copy(backup, present, at_rest=True) as copy:
            behind = self._behind(copy, backup)
            self._database.close()
            if present.exists():
                with used_alone(present):
                    pass
            if dry_run:
                return Restored(place=present, kept=None, behind=behind, audit_kept=True)
            kept, audit_kept = self._exchanged(copy, present, backup)
        if not audit_kept:
            self._noted("database.restored", backup)
        return Restored(place=present, kept=kept, behind=behind, audit_kept=audit_kept)

    def move(self, target: Database, *, dry_run: bool = False) -> Moved:
        """Copy everything into the empty database *target*, in one transaction.

        The database of now stays as it is. Raises ``usage.same-database``, ``storage.not-empty``,
        ``storage.tables-left`` (``tables``) while there are tables of plugins that take no part,
        and ``storage.*``.
        """
        from hilum.storage.moving import copy_rows

        if target.place == self._database.place:
            raise ConfigurationError("usage.same-database", place=target.place)
        left = examine(self._database).left
        if left:
            tables = [table for each in left for table in each.tables]
            raise StorageError("storage.tables-left", tables=tables)
        if dry_run:
            return Moved(place=target.place, rows={})
        moved = self._audit_on(target)
        with self._database.begin() as source, target.opened() as connection:
            self._audit.record("database.moved")
            rows = copy_rows(source, self._database, connection)
            if any(chain.problems for chain in moved.verify()):
                raise StorageError("storage.audit-changed", chains=[])
        self._audit.hand_over(moved)
        return Moved(place=target.place, rows=rows)

    def _exchanged(self, copy: Path, present: Path, backup: Path) -> tuple[Path | None, bool]:
        """Put *copy* in place; returns what was kept, and whether the audit went on in it."""
        from hilum.storage.backup import take_name

        if not present.exists():
            take_name(copy, present, replace=False)
            return None, False
        noted = self._noted("database.restored", backup)
        self._database.close()
        try:
            return self._swapped(copy, present, noted)
        except (HilumError, EhealthError):
            if noted:
                self._noted("database.restore-failed", backup)
            raise

    def _swapped(self, copy: Path, present: Path, noted: bool) -> tuple[Path, bool]:
        from hilum.storage.backup import carry_rows, put_in_place, used_alone

        kept = _free_name(present, f"before-{self._clock.now():%Y%m%d-%H%M%S}")
        columns = [c.name for c in host_tables().tables[AUDIT].columns if c.name != "id"]
        with used_alone(present) as connection:
            carried = connection is not None and carry_rows(
                connection, copy, AUDIT, columns, AUDIT_KEY
            )
            put_in_place(copy, present, kept, alone=connection)
        return kept, noted and carried

    def _behind(self, copy: Path, backup: Path) -> tuple[str, ...]:
        """Name the plugins whose tables in *copy* are older than ours; refuse newer ones."""
        from hilum.storage.backup import revisions
        from hilum.storage.schema import revisions_after

        found = revisions(copy)
        if HOST_PLUGIN not in found:
            raise StorageError("storage.not-a-backup", path=str(backup))
        specs = dict(self._database.specs())
        return tuple(
            plugin
            for plugin, revision in sorted(found.items())
            if plugin in specs and revisions_after(plugin, specs[plugin], revision)
        )

    def _sqlite_file(self, otherwise: str) -> Path:
        file = self._database.file
        if file is None:
            raise StorageError(otherwise, path=self._database.place)
        return file

    def _noted(self, action: str, file: Path) -> bool:
        """Write it down; tells ``False`` when the tables there are cannot take an entry."""
        try:
            self._audit.record(action, file=redact(file.name))
        except StorageError as error:
            if error.code != _NO_TABLE:
                raise
            return False
        return True


def _free_name(path: Path, end: str) -> Path:
    """Return ``PATH.END`` with a number when there is such a file already."""
    kept, number = path.with_name(f"{path.name}.{end}"), 2
    while os.path.lexists(kept):
        kept, number = path.with_name(f"{path.name}.{end}-{number}"), number + 1
    return kept
