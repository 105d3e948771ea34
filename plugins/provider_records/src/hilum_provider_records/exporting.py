"""The export of records, in a form that can be imported again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from hilum_ehealth.identifiers import Niss
from hilum_hookspecs import Provider

from .csv_files import write_rows
from .fields import FIELDS
from .professions import SEPARATOR, write_entry


def export(records: Sequence[Provider], path: Path) -> int:
    """Write *records* to the new file *path*; returns how many."""
    write_rows(path, [_cells(record) for record in records])
    return len(records)


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
