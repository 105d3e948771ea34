"""What the database refuses, as errors of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hilum_hookspecs import StorageError

if TYPE_CHECKING:
    from sqlalchemy.exc import SQLAlchemyError

_FULL: Final = ("SQLITE_FULL", "SQLITE_IOERR_WRITE")
_BUSY: Final = ("SQLITE_BUSY", "SQLITE_LOCKED")


def storage_error(error: SQLAlchemyError, place: str) -> StorageError:
    """Return the error of ours for what the database at *place* said.

    ``storage.disk-full`` and ``storage.locked`` (``path``), else ``storage.database``
    (``path``, ``problem``). SQLite names what happened; its texts hold no values.
    """
    cause = getattr(error, "orig", None) or error
    name = str(getattr(cause, "sqlite_errorname", ""))
    if name.startswith(_FULL):
        return StorageError("storage.disk-full", path=place)
    if name.startswith(_BUSY):
        return StorageError("storage.locked", path=place)
    return StorageError("storage.database", path=place, problem=_problem(cause, name))


def _problem(cause: BaseException, name: str) -> str:
    """Say what is wrong in one line: other databases put values on the lines that follow."""
    if name or type(cause).__module__.startswith("sqlite3"):
        return str(cause)
    lines = str(getattr(cause, "diag", None) and cause).splitlines()
    return lines[0] if lines and lines[0] != "None" else type(cause).__name__
