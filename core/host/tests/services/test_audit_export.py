"""``hilum audit export``: a private file with the verified heads in it."""

from __future__ import annotations

import csv
import json
import sqlite3
import stat

import pytest


@pytest.fixture
def used(hilum):
    hilum("session", "open", "--provider", "7", "--method", "fallback", "--reason", "damaged")
    hilum("session", "open", "--provider", "8")
    return hilum


def cells(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_an_export_is_private_and_ends_with_the_head_that_verify_shows(used, tmp_path):
    file = tmp_path / "audit.csv"

    code, document = used.json("audit", "export", str(file))

    *entries, head = cells(file)
    assert (code, document["entries"], document["format"]) == (0, 3, "csv")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry["action"] for entry in entries] == [
        "session.opened",
        "session.opened",
        "audit.exported",
    ]
    (chain,) = used.json("audit", "verify")[1]["chains"]
    assert (head["action"], head["hash"]) == ("audit.head", chain["head"])


def test_an_export_as_json_lines_begins_with_the_heads(used, tmp_path):
    file = tmp_path / "audit.jsonl"

    used("audit", "export", str(file), "--provider", "7")

    first, *entries = [json.loads(line) for line in file.read_text().splitlines()]
    assert first["format"] == "hilum-audit-1"
    assert first["chains"][0]["head"] == used.json("audit", "verify")[1]["chains"][0]["head"]
    assert [(entry["action"], entry["data"]["reason"]) for entry in entries] == [
        ("session.opened", "damaged")
    ]


def test_an_export_never_takes_the_place_of_a_file(used, tmp_path):
    file = tmp_path / "audit.csv"
    file.write_text("mine")

    code, document = used.json("audit", "export", str(file))

    assert (code, document["error"]["code"]) == (2, "usage.file-exists")
    assert file.read_text() == "mine"


def test_an_export_that_cannot_be_written_is_exit_9_and_names_the_file(used, tmp_path):
    file = tmp_path / "nowhere" / "audit.csv"

    code, document = used.json("audit", "export", str(file))

    assert (code, document["error"]["code"]) == (9, "storage.write-failed")
    assert document["error"]["details"]["path"] == str(file)


def test_an_export_of_a_record_that_was_changed_says_so(used, tmp_path):
    database = sqlite3.connect(used.folder / "hilum.db")
    with database:
        database.execute("update hilum_audit set data = '{}' where sequence = 1")
    database.close()

    result = used("audit", "export", str(tmp_path / "audit.jsonl"))

    assert "The record is not whole" in result.errors
    first = json.loads((tmp_path / "audit.jsonl").read_text().splitlines()[0])
    assert first["chains"][0]["problems"] == [{"sequence": 1, "flaw": "changed"}]


@pytest.mark.attack("H3")
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_an_export_is_a_formula(used, tmp_path, start):
    database = sqlite3.connect(used.folder / "hilum.db")
    with database:
        database.execute("update hilum_audit set actor = ?", (f"{start}cmd|'/c calc'!A0",))
    database.close()

    used("audit", "export", str(tmp_path / "audit.csv"))

    assert [entry["actor"] for entry in cells(tmp_path / "audit.csv")][:2] == [
        f"'{start}cmd|'/c calc'!A0"
    ] * 2
