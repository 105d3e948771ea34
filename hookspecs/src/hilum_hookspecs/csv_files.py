"""CSV files as spreadsheets write them: read with bounds, and with cells that execute nothing.

No field holds a line break, so each line is a row of its own and a stray quote costs one row.
"""

from __future__ import annotations

import csv
import io
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from .errors import ConfigurationError, RecordError
from .words import Message, _

MOST_BYTES: Final = 10_000_000
MOST_ROWS: Final = 50_000

_STARTS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001  # full-width signs start formulas too


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvRow:
    """One line of a file that is not blank."""

    line: int
    """Counted from 1, the heading included."""

    cells: Mapping[str, str] = field(repr=False)
    """Text by column; a cell that the line lacks is not in it."""

    problem: tuple[str, Message] | None = None
    """Code and sentence when the line cannot be read."""


class _Names(NamedTuple):
    columns: Sequence[str]
    headings: Mapping[str, str]


def read_rows(
    path: Path,
    columns: Sequence[str],
    headings: Mapping[str, str],
    *,
    most_rows: int = MOST_ROWS,
) -> tuple[CsvRow, ...]:
    """Read a CSV file: UTF-8 with or without BOM; comma, semicolon or tab.

    It may have any of *columns*, in any order; *headings* are understood beside their names,
    without accents and in small letters: ``{"nom": "last_name"}``.

    Raises ``usage.file-unreadable``, ``record.file-too-large``, ``record.file-not-utf8``,
    ``record.file-empty``, ``record.column-unknown`` and ``record.column-repeated``.
    """
    lines = _lines(_text(path, most_rows))
    heading = next(lines, None)
    if heading is None:
        raise RecordError(
            "record.file-empty",
            message=_.message("{path} is empty.", path=str(path)),
            remedy=_.message(
                "The first line names the columns: {known}.", known=", ".join(columns)
            ),
            path=str(path),
        )
    _number, names = heading
    delimiter = max(";,\t", key=names.count)
    found = _found_columns(names, delimiter, path, _Names(columns, headings))
    rows: list[CsvRow] = []
    for number, line in lines:
        if len(rows) == most_rows:
            raise _too_large(path, most_rows)
        rows.append(_row(number, line, delimiter, found))
    return tuple(row for row in rows if row.problem or any(row.cells.values()))


def csv_bytes(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """Return a CSV file that Belgian Excel opens: UTF-8 with BOM, semicolons, all cells quoted.

    Every cell is :func:`harmless`; one that a row lacks is empty.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([harmless(row.get(column, "")) for column in columns] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def harmless(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula."""
    return f"'{text}" if text.lstrip("'").startswith(_STARTS_FORMULA) else text


def restored(text: str) -> str:
    """Take away the apostrophe of :func:`harmless`."""
    return text[1:] if text.startswith("'") and harmless(text[1:]) != text[1:] else text


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank with their numbers, one at a time: there may be many."""
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if line.strip():
            yield number, line.removesuffix("\n")


def _text(path: Path, most_rows: int) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        problem = os.strerror(error.errno or 0)
        raise ConfigurationError(
            "usage.file-unreadable",
            message=_.message("{path} cannot be read: {problem}", path=str(path), problem=problem),
            remedy=_.message("Check the name and the rights of the file."),
            path=str(path),
            problem=problem,
        ) from error
    if len(data) > MOST_BYTES:
        raise _too_large(path, most_rows)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordError(
            "record.file-not-utf8",
            message=_.message("{path} is not a CSV file in UTF-8.", path=str(path)),
            remedy=_.message('In Excel, save it as "CSV UTF-8 (delimited)".'),
            path=str(path),
            line=data.count(b"\n", 0, error.start) + 1,
        ) from None


def _too_large(path: Path, most_rows: int) -> RecordError:
    return RecordError(
        "record.file-too-large",
        message=_.message(
            "{path} has more than {rows} rows or {megabytes} MB.",
            path=str(path),
            rows=most_rows,
            megabytes=MOST_BYTES // 1_000_000,
        ),
        remedy=_.message("Split it into several files."),
        path=str(path),
        rows=most_rows,
        bytes=MOST_BYTES,
    )


def _found_columns(heading: str, delimiter: str, path: Path, names: _Names) -> tuple[str, ...]:
    headings = [each.strip() for each in _cells(heading, delimiter) or ()]
    columns: list[str] = []
    for each in headings:
        column = _column(each, path, names)
        if column in columns:
            raise RecordError(
                "record.column-repeated",
                message=_.message("The column {column} stands there twice.", column=column),
                remedy=_.message("Remove one of the two."),
                path=str(path),
                column=column,
            )
        columns.append(column)
    return tuple(columns)


def _column(heading: str, path: Path, names: _Names) -> str:
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode().casefold()
    words = re.sub(r"[^a-z0-9]+", " ", plain).strip()
    known = {name.replace("_", " "): name for name in names.columns} | dict(names.headings)
    if words in known:
        return known[words]
    from difflib import get_close_matches

    nearest = known[(get_close_matches(words, known, n=1, cutoff=0) or [*known])[0]]
    raise RecordError(
        "record.column-unknown",
        message=_.message(
            "There is no column {column}; the nearest is {nearest}.",
            column=repr(heading[:40]),
            nearest=nearest,
        ),
        remedy=_.message("Use these columns: {known}.", known=", ".join(names.columns)),
        path=str(path),
        column=heading[:40],
        nearest=nearest,
        known=list(names.columns),
    )


def _row(number: int, line: str, delimiter: str, columns: Sequence[str]) -> CsvRow:
    cells = _cells(line, delimiter)
    if cells is None:
        message = _.message("A quotation mark is missing, or a cell holds a line break.")
        return CsvRow(line=number, cells={}, problem=("record.row-malformed", message))
    if any(cell.strip() for cell in cells[len(columns) :]):
        message = _.message("The row has more cells than the heading.")
        return CsvRow(line=number, cells={}, problem=("record.row-too-long", message))
    return CsvRow(
        line=number,
        cells={c: restored(cell.strip()) for c, cell in zip(columns, cells, strict=False)},
    )


def _cells(line: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None
