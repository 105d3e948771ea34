from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hilum_hookspecs import InamiPeriod, Profession, Provider, RecordError
from hilum_hookspecs.csv_files import harmless, read_rows, restored
from hilum_hookspecs.words import show
from hilum_provider_records.columns import COLUMNS, HEADINGS
from hilum_provider_records.exporting import export, write_rows
from hilum_provider_records.importing import Import, Outcome, report_document, report_lines
from hilum_provider_records.professions import LABELS, read_entry, write_entry
from hilum_provider_records.records import Records
from hypothesis import given, settings
from hypothesis import strategies as st

HEADING = "last_name;first_names;niss;inami"


@pytest.fixture
def file(tmp_path):
    def file(*lines, end="\r\n", start=b"", encoding="utf-8"):
        path = tmp_path / "providers.csv"
        path.write_bytes(start + (end.join(lines) + end).encode(encoding))
        return path

    return file


@pytest.fixture
def run(context):
    def run(path, **more):
        return Import(context).run(path, **{"dry_run": False, **more})

    return run


def outcomes(report):
    return [row.outcome.value for row in report.rows]


def codes(report):
    return [[finding.code for finding in row.findings] for row in report.rows]


def test_a_file_of_belgian_excel_is_imported(run, file, context):
    report = run(
        file(
            "Nom;Prénoms;Né le;N° NISS;Profession;N° INAMI",
            "Exemple;Élise;30/07/1985;85.07.30-033.28;physiotherapist;5/38861/71/521",
            start=b"\xef\xbb\xbf",
        )
    )

    assert outcomes(report) == ["added"]
    (record,) = Records(context).all()
    assert (record.last_name, record.first_names) == ("Exemple", "Élise")
    assert record.birth_date == date(1985, 7, 30)
    assert record.professions[0].inami[0].number == "53886171521"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_recognised(run, file, delimiter, end):
    lines = [HEADING.replace(";", delimiter), delimiter.join(("Example", "Alice", "", ""))]

    assert outcomes(run(file(*lines, end=end))) == ["added"]


def test_one_bad_row_costs_only_itself(run, file, context):
    report = run(
        file(
            HEADING,
            "Good;Alice;85073003328;",
            "Wrong;Number;85073003329;",
            "Wrong;Date;17073003384;physiotherapist:53886171521:yesterday",
            'Wrong;"Quote;1;',
            "Too;Many;;;cells",
            "",
            "Good;Bob;;",
        )
    )

    assert outcomes(report) == ["added", "refused", "refused", "refused", "refused", "added"]
    assert codes(report)[1:5] == [
        ["record.niss-check-digits"],
        ["record.date-unreadable"],
        ["record.row-malformed"],
        ["record.row-too-long"],
    ]
    assert [row.line for row in report.rows] == [2, 3, 4, 5, 6, 8]
    assert [record.first_names for record in Records(context).all()] == ["Alice", "Bob"]


def test_a_row_updates_the_record_of_the_same_person(run, file, context, alice):
    Records(context).add(alice)

    report = run(file("NISS;city", "85.07.30-033.28;Namur"))

    assert outcomes(report) == ["updated"]
    assert report.rows[0].changed == ("city",)
    assert Records(context).all() == (replace(alice, city="Namur"),)


def test_a_row_without_niss_is_matched_by_its_inami_number(run, file, context, alice):
    Records(context).add(alice)

    report = run(file("inami;city", "physiotherapist:5/38861/71/521:2020-01-01;Namur"))

    assert outcomes(report) == ["updated"]
    assert Records(context).all() == (replace(alice, city="Namur"),)


def test_an_inami_number_never_gives_a_record_another_national_number(run, file, context, alice):
    Records(context).add(alice)

    report = run(file(HEADING, "Other;;17073003384;physiotherapist:53886171521"))

    assert outcomes(report) == ["added"]
    assert len(Records(context).all()) == 2


def test_an_inami_number_never_gives_a_record_another_persons_name(run, file, context, alice):
    saved = replace(alice, niss="")
    Records(context).add(saved)

    report = run(file(HEADING, "Example;Bob;17073003384;physiotherapist:53886171522"))

    assert codes(report) == [["record.row-other-name"]]
    assert "that of Alice Example (example-k7f3)" in show(report.rows[0].findings[0].message)
    assert Records(context).all() == (saved,)


@pytest.mark.parametrize("names", ["Éxample;ALICE Marie", "example;A.", "Example;", ";"])
def test_a_name_may_be_written_in_another_way_beside_an_inami_number(
    run, file, context, alice, names
):
    Records(context).add(replace(alice, niss=""))

    report = run(file(HEADING, f"{names};85073003328;physiotherapist:53886171521"), dry_run=True)

    assert report.rows[0].old.id == alice.id


def test_the_report_says_whose_record_each_row_changes(context, file, run, alice):
    Records(context).add(alice)

    report = run(file("NISS;Nom;city", "85.07.30-033.28;Changed;Namur"), dry_run=True)

    assert list(report_lines(report))[2:] == [
        "Row 2 changes Alice Example (example-k7f3): Last name, City"
    ]
    assert report_document(report)["rows"][0]["name_before"] == "Alice Example"


def test_a_person_twice_in_a_file_is_taken_once(run, file):
    report = run(file(HEADING, "Example;Alice;85073003328;", "Example;A.;85073003328;"))

    assert outcomes(report) == ["added", "refused"]
    assert codes(report)[1] == ["record.row-repeated"]


def test_a_dry_run_reports_the_same_and_saves_nothing(run, file, context):
    path = file(HEADING, "Good;Alice;85073003328;", "Wrong;Number;85073003329;")

    report = run(path, dry_run=True)

    assert outcomes(report) == ["added", "refused"]
    assert Records(context).all() == ()
    assert context.audit.entries == []


def test_an_import_is_audited_in_one_entry(run, file, context):
    run(file(HEADING, "Good;Alice;85073003328;", "Wrong;Number;85073003329;"))

    ((_at, action, _provider, data),) = context.audit.entries
    assert action == "provider.imported"
    assert (len(data["added"]), data["updated"], data["refused"]) == (1, [], 1)
    assert "85073003328" not in repr(data)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([""], "record.file-empty"),
        (["last_nam;nis"], "record.column-unknown"),
        (["niss;NISS"], "record.column-repeated"),
    ],
)
def test_a_heading_that_cannot_be_used_is_refused(run, file, lines, code):
    with pytest.raises(Exception, match="record") as refused:
        run(file(*lines))

    assert refused.value.code == code


def test_the_nearest_column_is_named(run, file):
    with pytest.raises(Exception, match="record") as refused:
        run(file("first_name;niss"))

    assert refused.value.details["nearest"] == "first_names"


def test_a_file_of_windows_is_told_to_be_saved_in_utf_8(run, file):
    with pytest.raises(Exception, match="record") as refused:
        run(file("Nom;Prénoms", "Exemple;Élise", encoding="cp1252"))

    assert refused.value.code == "record.file-not-utf8"


@pytest.mark.attack("H3")
def test_an_endless_file_is_refused(run):
    with pytest.raises(Exception, match="record") as refused:
        run(Path("/dev/zero"))

    assert refused.value.code == "record.file-too-large"


@pytest.mark.attack("H3")
@pytest.mark.parametrize("text", ["=1+1", "+32 2 123", "-1", "@SUM(A1)", "\uff1d1", "'=1", "''=1"])
def test_a_formula_is_written_as_text_and_read_back(text):
    assert harmless(text) == f"'{text}"
    assert restored(harmless(text)) == text


@pytest.mark.parametrize("text", ["Alice", "'t Hof", "d'Hoore", "1+1", "", "'"])
def test_other_texts_are_written_as_they_are(text):
    assert harmless(text) == text
    assert restored(text) == text


@pytest.mark.attack("H3")
def test_an_export_is_private_quoted_and_never_overwrites(tmp_path, alice):
    path = tmp_path / "out.csv"
    umask = os.umask(0)
    try:
        export([replace(alice, category="=cmd|' /C calc'!A0")], path)
    finally:
        os.umask(umask)

    assert path.stat().st_mode & 0o777 == 0o600
    data = path.read_bytes()
    assert data.startswith(b'\xef\xbb\xbf"id";"last_name"')
    assert b"\"'=cmd" in data
    with pytest.raises(Exception, match="usage") as refused:
        export([alice], path)
    assert refused.value.code == "usage.file-exists"
    assert path.read_bytes() == data


def test_an_export_can_be_imported_again(context, run, tmp_path, alice, bob):
    records = Records(context)
    more = (*alice.professions, Profession(name="nurse"))
    full = replace(alice, professions=more, phone="+32 2 123 45 67", ehealthbox=True)
    records.add(full)
    records.add(bob)
    export(records.all(), tmp_path / "out.csv")

    assert outcomes(run(tmp_path / "out.csv")) == ["unchanged", "unchanged"]
    records.remove(full, confirmed=True)
    records.remove(bob, confirmed=True)
    assert outcomes(run(tmp_path / "out.csv")) == ["added", "added"]
    assert records.all() == (bob, full)


def test_a_row_may_not_have_the_identifier_of_another_person_who_was_removed(
    context, run, file, alice
):
    records = Records(context)
    records.add(alice)
    records.remove(alice, confirmed=True)
    path = file("id;last_name;first_names;niss", f"{alice.id};Stranger;Carla;")

    (row,) = run(path).rows

    assert (row.outcome.value, row.findings[0].code) == ("refused", "record.id-retired")
    assert records.all() == ()


def test_the_command_reports_refused_rows_with_exit_code_3(cli, file, tmp_path):
    path = file(HEADING, "Good;Alice;85073003328;", "Wrong;Number;85073003329;")

    code, document = cli.json("provider", "import", str(path))

    assert (code, document["error"]["code"]) == (3, "record.rows-refused")
    details = document["error"]["details"]
    assert (details["added"], details["refused"]) == (1, 1)
    assert details["rows"][1]["findings"][0]["field"] == "niss"
    assert "Row 3: Number Wrong" in cli("provider", "import", str(path)).errors
    code, document = cli.json("provider", "export", str(tmp_path / "out.csv"))
    assert (code, document["providers"]) == (0, 1)
    code, document = cli.json("provider", "import", str(tmp_path / "out.csv"))
    assert (code, document["unchanged"]) == (0, 1)


def test_a_file_that_is_not_there_is_a_mistake_of_use(cli, tmp_path):
    code, document = cli.json("provider", "import", str(tmp_path / "no.csv"))

    assert (code, document["error"]["code"]) == (2, "usage.file-unreadable")


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=40)
DATES = st.none() | st.dates(min_value=date(1900, 1, 1), max_value=date(2999, 12, 31))
PERIODS = st.builds(
    InamiPeriod,
    number=st.sampled_from(["53886171521", "54123426501", "54123464"]),
    start=DATES,
    end=DATES,
    conventioned=st.booleans(),
)


@given(PERIODS, st.sampled_from(sorted(LABELS)))
def test_a_number_is_read_as_it_was_written(period, profession):
    assert read_entry(write_entry(profession, period), []) == (profession, period)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=5))
@settings(max_examples=50, deadline=None)
def test_any_text_survives_a_file(tmp_path_factory, pairs):
    path = tmp_path_factory.mktemp("csv") / "any.csv"
    wanted = [{"last_name": a, "city": b} for a, b in pairs if a or b]

    write_rows(path, wanted)

    rows = [{k: v for k, v in row.cells.items() if v} for row in read_rows(path, COLUMNS, HEADINGS)]
    assert rows == [{k: v for k, v in each.items() if v} for each in wanted]


@pytest.mark.attack("H3")
@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused_with_a_code(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("csv") / "any.csv"
    path.write_bytes(b"last_name;niss\n" + data)
    rows = ()

    with suppress(RecordError):
        rows = read_rows(path, COLUMNS, HEADINGS)

    assert all(set(row.cells) <= set(COLUMNS) for row in rows)


def test_an_import_of_many_rows_asks_each_validator_once(context, run, file):
    calls = []
    check = context.providers.check
    context.providers.check = lambda records, purpose: calls.append(1) or check(records, purpose)
    lines = [f"Person {number};;;" for number in range(500)]

    report = run(file(HEADING, *lines))

    assert report.count(Outcome.ADDED) == 500
    assert calls == [1]
    assert isinstance(Records(context).all()[0], Provider)


def test_every_column_is_documented():
    readme = Path(__file__).parent.parent / "README.md"

    text = readme.read_text(encoding="utf-8")

    assert [column for column in COLUMNS if f"`{column}`" not in text] == []
