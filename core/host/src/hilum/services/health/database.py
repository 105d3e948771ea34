"""The database: it opens, it is whole, its tables are those of the program."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import HealthAnswer, HealthCheck, StorageError

from hilum.folders import check_private_file
from hilum.words import _

from .answers import failed, link, not_applicable, ok

if TYPE_CHECKING:
    from hilum.storage.database import Database

RANK: Final = 500


class DatabaseHealth:
    """Looks and makes nothing: a database that is not there yet stays so.

    *file* tells where it stands, ``None`` on a server; it raises what is wrong with the address.
    """

    def __init__(self, database: Callable[[], Database], file: Callable[[], Path | None]) -> None:
        self._database = database
        self._file = file

    def check(self) -> HealthCheck:
        """Describe the chain."""
        return HealthCheck(
            name="database",
            label=_.message("Database"),
            rank=RANK,
            links=(
                link("file", _.message("File"), self._look_at_file),
                link("integrity", _.message("Integrity"), self._look_inside),
                link("tables", _.message("Tables"), self._look_at_tables),
            ),
        )

    def _look_at_file(self) -> HealthAnswer:
        path = self._file()
        if path is None:
            return not_applicable(_.message("The database stands on a server."))
        if not path.exists():
            cause = _.message("There is none yet; it is made when something is first kept.")
            return not_applicable(cause, path=str(path))
        check_private_file(path, path.lstat())
        return ok(
            _.message("It is {path}.", path=str(path)), path=str(path), bytes=path.stat().st_size
        )

    def _look_inside(self) -> HealthAnswer:
        path = self._file()
        if path is None or not path.exists():
            return not_applicable(_.message("There is nothing to look into here."))
        problems = _problems(path)
        if problems:
            return failed(
                _.message("The database is damaged: {problem}", problem=problems[0]),
                _.message(
                    "Put a backup of {path} in its place; keep the damaged file for who can help.",
                    path=str(path),
                ),
                problems=problems,
            )
        return ok(_.message("The database is whole."))

    def _look_at_tables(self) -> HealthAnswer:
        path = self._file()
        if path is not None and not path.exists():
            return not_applicable(_.message("There are none yet."))
        plans = self._database().upgrade(dry_run=True)
        data = {
            "tables": [
                {"plugin": each.plugin, "found": each.found, "head": each.head} for each in plans
            ]
        }
        broken = [each.plugin for each in plans if each.problem is not None]
        if broken:
            return failed(
                _.message(
                    "The tables of {plugins} cannot be used by this version.",
                    plugins=", ".join(broken),
                ),
                _.message("hilum db upgrade --dry-run says why."),
                **data,
            )
        old = [each.plugin for each in plans if each.found not in (None, each.head)]
        if old:
            return failed(
                _.message(
                    "The tables of {plugins} are older than the program.", plugins=", ".join(old)
                ),
                _.message("Keep a copy of the data folder, then: hilum db upgrade"),
                **data,
            )
        return ok(_.message("All tables are up to date."), **data)


def _problems(path: Path) -> list[str]:
    """Ask SQLite whether the file is whole, without writing to it; the first problems, if any."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            rows = file.execute("PRAGMA integrity_check(3)").fetchall()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise StorageError("storage.locked", path=str(path)) from error
        raise StorageError("storage.not-readable", path=str(path)) from error
    except sqlite3.DatabaseError as error:
        return [str(error)]
    found = [str(row[0]) for row in rows]
    return [] if found == ["ok"] else found
