"""``hilum audit``: the record, and whether it is whole."""

from __future__ import annotations

import sqlite3

import pytest


@pytest.fixture
def used(hilum, clock):
    """Two sessions were opened, one of them was closed the day after."""
    hilum("session", "open", "--provider", "7", "--method", "fallback", "--reason", "damaged")
    hilum("session", "open", "--provider", "8")
    clock.move(hours=12)
    hilum("session", "close", "--provider", "7")
    return hilum


def listed(hilum, *options: str) -> list[tuple[str, str]]:
    _code, document = hilum.json("audit", "list", *options)
    return [(entry["action"], entry["provider"]) for entry in document["entries"]]


def test_the_list_says_who_did_what_by_which_method_and_reason(used):
    lines = used("audit", "list").output.splitlines()

    assert len(lines) == 3
    assert lines[0].startswith("23/11/2026 13:00  session.opened  7")
    assert "method=fallback" in lines[0]
    assert "reason=damaged" in lines[0]


def test_the_list_can_be_filtered(used):
    assert listed(used, "--provider", "85073003328") == [
        ("session.opened", "7"),
        ("session.closed", "7"),
    ]
    assert listed(used, "--action", "session.closed") == [("session.closed", "7")]
    assert listed(used, "--since", "24/11/2026") == [("session.closed", "7")]
    assert listed(used, "--until", "2026-11-24", "--limit", "1") == [("session.opened", "8")]
    assert listed(used, "--provider", "no-longer-there") == []


def test_a_day_begins_at_midnight_in_belgium(used, clock):
    clock.move(hours=23, minutes=30)  # 23:30 UTC on the 24th
    used("session", "close", "--provider", "8")

    assert listed(used, "--since", "25/11/2026") == [("session.closed", "8")]


def test_a_whole_audit_shows_each_head(used):
    code, document = used.json("audit", "verify")

    (chain,) = document["chains"]
    assert (code, chain["entries"], chain["problems"]) == (0, 3, [])
    assert chain["head"] in used("audit", "verify").output


def test_an_audit_that_was_changed_is_exit_9_and_says_where(used):
    database = sqlite3.connect(used.folder / "hilum.db")
    with database:
        database.execute("update hilum_audit set data = '{}' where sequence = 1")
    database.close()

    code, document = used.json("audit", "verify")
    assert (code, document["error"]["code"]) == (9, "storage.audit-changed")
    (chain,) = document["error"]["details"]["chains"]
    assert chain["problems"] == [{"sequence": 1, "flaw": "changed"}]
    assert "entry 1: was changed" in used("audit", "verify").errors


def test_without_entries_that_is_said(hilum):
    assert hilum("audit", "list").output == "No entries.\n"
    assert hilum("audit", "verify").output == "No entries.\n"


def test_a_refusal_is_in_the_list_with_its_code(hilum):
    hilum("session", "open", "--provider", "7", "--method", "itsme")

    _code, document = hilum.json("audit", "list", "--action", "session.refused")
    assert document["entries"][0]["data"]["code"] == "usage.unknown-method"


def test_a_whole_audit_says_so_first(used):
    first = used("audit", "verify").output.splitlines()[0]

    assert first == "Whole: nothing was changed or removed."
    assert used.json("audit", "verify")[1]["chains"][0]["last_at"].endswith("+00:00")


def test_a_list_that_leaves_entries_out_says_so(used):
    result = used("audit", "list", "--limit", "2")
    assert len(result.output.splitlines()) == 2
    assert "only the newest 2 are shown" in result.errors

    assert used.json("audit", "list", "--limit", "2")[1]["truncated"]
    assert not used.json("audit", "list", "--limit", "3")[1]["truncated"]


def test_a_person_sees_the_newest_hundred_and_a_script_all(hilum):
    for _number in range(101):
        hilum("session", "open", "--provider", "7", "--method", "itsme")

    assert len(hilum("audit", "list").output.splitlines()) == 100
    assert len(hilum.json("audit", "list")[1]["entries"]) == 101


def test_a_day_that_cannot_be_read_is_refused_with_an_example(hilum):
    errors = hilum("audit", "list", "--since", "foo").errors

    assert "foo is no day; write it like 01/04/2022." in errors
    assert "%d" not in errors + hilum("audit", "list", "--help").output


def test_an_id_that_no_record_has_is_said(used):
    assert "No record has that id" in used("audit", "list", "--provider", "nobody").errors
    assert "No record" not in used("audit", "list", "--provider", "7").errors


def test_one_entry_of_several_is_said_in_the_singular(used):
    assert "only the newest one is shown" in used("audit", "list", "--limit", "1").errors
