"""What people type, and the files that they make in a spreadsheet."""

from __future__ import annotations

import contextlib
import tracemalloc
from datetime import date

import pytest
from hilum_hookspecs import HilumError, csv_files
from hilum_hookspecs.csv_files import harmless, read_rows, restored
from hilum_hookspecs.typed import Refused, read_date, read_flag, read_text
from hilum_hookspecs.words import show


@pytest.fixture
def file(tmp_path):
    def file(data):
        path = tmp_path / "file.csv"
        path.write_bytes(data)
        return path

    return file


def rows(path, **bounds):
    return read_rows(path, ("name", "born"), {"nom": "name", "ne le": "born"}, **bounds)


@pytest.mark.parametrize(
    "text", ["1985-07-30", "30/07/1985", "30.7.1985", " 30-07-1985\N{NO-BREAK SPACE}"]
)
def test_a_date_is_read_as_people_write_it(text):
    assert read_date("born", text) == date(1985, 7, 30)


@pytest.mark.parametrize(
    ("read", "text", "code"),
    [
        (read_date, "30/02/1985", "record.date-unreadable"),
        (read_date, "00/01/1985", "record.date-unreadable"),
        (read_date, "tomorrow", "record.date-unreadable"),
        (read_text, "a\x00b", "record.text-characters"),
        (read_text, "a" * 201, "record.text-too-long"),
        (read_flag, "perhaps", "record.flag-unreadable"),
    ],
)
def test_what_cannot_be_read_names_its_field(read, text, code):
    with pytest.raises(Refused) as caught:
        read("field", text)
    assert (caught.value.code, caught.value.field) == (code, "field")


def test_yes_and_no_are_understood_in_every_language():
    assert all(read_flag("f", word) for word in ("Yes", "oui", "JA", "1"))
    assert not any(read_flag("f", word) for word in ("no", "Non", "nee", ""))


@pytest.mark.parametrize("delimiter", [b";", b",", b"\t"])
def test_a_file_is_read_with_its_delimiter_and_its_headings(file, delimiter):
    lines = b"\xef\xbb\xbfNom|N\xc3\xa9 le\r\nAnna|30/07/1985\r\n\r\nBen|\r\n"
    found = rows(file(lines.replace(b"|", delimiter)))
    assert [(row.line, dict(row.cells)) for row in found] == [
        (2, {"name": "Anna", "born": "30/07/1985"}),
        (4, {"name": "Ben", "born": ""}),
    ]


def test_a_row_that_cannot_be_read_is_told_with_its_line(file):
    _good, malformed, long = rows(file(b'name;born\nAnna;\n"Ben;\nCleo;;;x\n'))
    assert (malformed.line, malformed.problem[0]) == (3, "record.row-malformed")
    assert (long.line, long.problem[0]) == (4, "record.row-too-long")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "record.file-empty"),
        (b"name;size\n", "record.column-unknown"),
        (b"name;Nom\n", "record.column-repeated"),
        (b"n\xe9\n", "record.file-not-utf8"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_what_to_do(file, data, code):
    with pytest.raises(HilumError) as caught:
        rows(file(data))
    assert caught.value.code == code
    assert caught.value.remedy is not None


@pytest.mark.parametrize("text", ["=1+1", "+32", "-1", "@x", "'=1", "plain", ""])
def test_a_cell_that_was_made_harmless_is_restored(text):
    assert restored(harmless(text)) == text
    assert not harmless(text).startswith(("=", "+", "-", "@"))


def test_a_day_that_does_not_exist_is_not_told_to_be_written_in_another_way():
    with pytest.raises(Refused) as refused:
        read_date("born", "31/02/2000")

    assert show(refused.value.message) == "There is no day 31/02/2000."


@pytest.mark.attack("H3")
@pytest.mark.parametrize(
    "data", [b"name;born\n" + b"\n" * 300_000, b"name;born\n" + b"a\n" * 300_000]
)
def test_a_file_of_many_lines_costs_no_more_than_the_rows_that_are_taken(file, data):
    path = file(data)
    tracemalloc.start()
    try:
        with contextlib.suppress(HilumError):
            rows(path, most_rows=100)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 2 * csv_files.MOST_BYTES


@pytest.mark.parametrize(("count", "too_many"), [(100, False), (101, True)])
def test_a_file_of_too_many_rows_is_refused(file, count, too_many):
    path = file(b"name;born\n" + b"a;\n\n" * count)

    with pytest.raises(HilumError) if too_many else contextlib.nullcontext() as caught:
        assert len(rows(path, most_rows=100)) == count

    assert not too_many or caught.value.code == "record.file-too-large"
