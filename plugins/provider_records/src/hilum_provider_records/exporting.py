"""The export of records, in a form that can be imported again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from hilum_ehealth.files import write_atomically
from hilum_ehealth.identifiers import Niss
from hilum_hookspecs import ConfigurationError, Provider
from hilum_hookspecs.csv_files import csv_bytes

from .columns import COLUMNS
from .fields import FIELDS
from .professions import SEPARATOR, write_entry
from .words import _


def export(records: Sequence[Provider], path: Path) -> int:
    """Write *records* to the new file *path*; returns how many."""
    write_rows(path, [_cells(record) for record in records])
    return len(records)


def write_rows(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    """Write a new private file (0600) that Belgian Excel opens: BOM, semicolons, all quoted.

    Raises ``usage.file-exists`` and the ``storage.*`` errors of a full or read-only disk.
    """
    if os.path.lexists(path):
        raise ConfigurationError(
            "usage.file-exists",
            message=_.message("{path} exists already.", path=str(path)),
            remedy=_.message("Choose another name, or remove that file first."),
            path=str(path),
        )
    write_atomically(path, csv_bytes(COLUMNS, rows))


def _cells(record: Provider) -> dict[str, str]:
    default = next((each.name for each in record.professions if each.default), "")
    entries = [write_entry(p.name, period) for p in record.professions for period in p.inami]
    cells = {each.name: _written(each.name, getattr(record, each.name)) for each in FIELDS}
    return {
        "id": record.id,
        **cells,
        "professions": SEPARATOR.join(each.name for each in record.professions),
        "default_profession": default,
        "inami": SEPARATOR.join(entries),
    }


def _written(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if name == "niss" and value:
        return str(Niss(str(value)))  # with points: a spreadsheet would drop a leading zero
    return str(value or "")
