"""What the database refuses, as errors of ours."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import StorageError

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy.exc import SQLAlchemyError

_FULL: Final = ("SQLITE_FULL", "SQLITE_IOERR_WRITE")
_NOT_WRITABLE: Final = ("SQLITE_READONLY", "SQLITE_PERM")
_NOT_OPENED: Final = ("SQLITE_CANTOPEN", "SQLITE_AUTH")
_BUSY: Final = ("SQLITE_BUSY", "SQLITE_LOCKED")
_FULL_PERHAPS: Final = ("SQLITE_IOERR", "SQLITE_CANTOPEN")
"""What SQLite says when it can neither make, enlarge nor flush one of its files."""

_AWAY: Final = ("08", "57P0")
"""SQLSTATE of a connection that failed, or of a server that shuts down or is not up yet."""

_NO_SPACE: Final = 256 * 1024
"""Bytes; SQLite's smallest helper file is an eighth of it."""


def storage_error(error: SQLAlchemyError | sqlite3.Error, place: str) -> StorageError:
    """Return the error of ours for what the database at *place* said.

    ``storage.disk-full``, ``storage.locked``, ``storage.not-writable`` and
    ``storage.not-readable`` (``path``), ``storage.unreachable`` (``path``, ``problem``) for a
    server that does not answer, else ``storage.database`` (the same). SQLite names what happened;
    its texts hold no values.
    """
    cause = getattr(error, "orig", None) or error
    name = str(getattr(cause, "sqlite_errorname", ""))
    if name.startswith(_FULL) or (name.startswith(_FULL_PERHAPS) and _is_full(place)):
        return StorageError("storage.disk-full", path=place)
    if name.startswith(_BUSY):
        return StorageError("storage.locked", path=place)
    if name.startswith(_NOT_WRITABLE):
        return StorageError("storage.not-writable", path=place)
    if name.startswith(_NOT_OPENED):
        return StorageError("storage.not-readable", path=place)
    code = "storage.unreachable" if _is_away(error, cause) else "storage.database"
    return StorageError(code, path=place, problem=_problem(cause, name))


def _is_away(error: BaseException, cause: BaseException) -> bool:
    """Tell whether the connection to a server was lost, or never made."""
    if getattr(error, "connection_invalidated", False):
        return True
    refused = type(cause).__name__ == "OperationalError" and hasattr(cause, "sqlstate")
    state = getattr(cause, "sqlstate", None)
    return refused and (state is None or str(state).startswith(_AWAY))


def _is_full(place: str) -> bool:
    """Tell whether the disk with the file *place* has no room left for this user."""
    import shutil

    try:
        return shutil.disk_usage(os.path.dirname(place)).free < _NO_SPACE
    except OSError:
        return False


def _problem(cause: BaseException, name: str) -> str:
    """Say what is wrong in one line: other databases put values on the lines that follow."""
    if name or type(cause).__module__.startswith("sqlite3"):
        return str(cause)
    lines = str(getattr(cause, "diag", None) and cause).splitlines()
    return lines[0] if lines and lines[0] != "None" else type(cause).__name__
