"""The eHealthBox, through the command line, against the simulated platform over TLS."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

BOX = "ehbox-consultation"
SYNC = ("box", "sync", "--provider", "alice")


@pytest.fixture
def box_calls(practice):
    """List the operations that the eHealthBox was asked for."""

    def operations():
        actions = [each.action for each in practice.simulator.messages if each.service == BOX]
        return [action.strip('"').rpartition(":")[2] for action in actions]

    return operations


@pytest.fixture
def listed(practice):
    """Return what is known here of Alice's received messages."""

    def read(*options):
        (box,) = practice.fine("box", "list", "--provider", "alice", *options)["boxes"]
        return box

    return read


def ids(box):
    return [message["id"] for message in box["messages"]]


def actions(practice):
    return [entry["action"] for entry in practice.fine("audit", "list")["entries"]]


def test_250_messages_come_in_four_pages_and_none_twice(practice, listed, box_calls):
    practice.open()
    document = practice.fine(*SYNC)
    assert (document["total"], document["new"]) == (250, 250)
    assert len(set(ids(listed()))) == 250
    assert box_calls() == ["getBoxInfo", *["getMessagesList"] * 4]


def test_messages_that_arrive_between_pages_double_and_hide_none(practice, listed):
    practice.fine(*SYNC)
    before = ids(listed())
    practice.simulator.switches.set("arrivals", 7)
    practice.fine(*SYNC)
    assert ids(listed()) == before
    practice.simulator.switches.clear("arrivals")
    document = practice.fine(*SYNC)
    assert (document["total"], document["new"]) == (278, 28)
    assert ids(listed())[28:] == before


def test_what_is_known_of_a_provider_goes_with_its_record(practice, listed):
    practice.fine(*SYNC)
    file = practice.folder / "hilum.db"
    with closing(sqlite3.connect(file)) as database, database:
        for table in ("ehealthbox_message", "ehealthbox_synchronisation"):
            database.execute(f"update {table} set provider_id = 'gone'")

    practice.fine(*SYNC)

    with closing(sqlite3.connect(file)) as database:
        ids = database.execute("select distinct provider_id from ehealthbox_message").fetchall()
    assert ids == [("alice",)]


def test_a_session_is_opened_by_itself_when_there_is_none(practice, listed):
    document = practice.fine(*SYNC)
    assert document["session"]["opened"] is True
    assert document["session"]["method"] == "eid"
    (session,) = practice.fine("session", "status")["sessions"]
    assert session["state"] == "alive"
    assert {"session.opened", "box.synchronised"} <= set(actions(practice))


def test_a_session_is_opened_without_the_card_when_that_is_asked_for(practice):
    document = practice.fine(*SYNC, "--method", "fallback", "--reason", "forgotten")
    assert document["session"]["method"] == "fallback"


def test_a_living_session_needs_the_keystores_password_and_no_pin(practice):
    practice.open()
    del practice.secrets["eid-pin"]
    assert practice.fine(*SYNC)["session"]["opened"] is False


def test_without_a_person_a_missing_secret_is_exit_2_and_named(practice, listed):
    practice.open()
    practice.secrets.clear()
    code, error, details = practice.refused(*SYNC)
    assert (code, error, details) == (2, "secret.missing", {"name": "keystore-password"})
    assert listed()["synchronisation"]["failure"]["code"] == "secret.missing"


def test_a_wrong_password_is_exit_4(practice):
    practice.open()
    refused = practice.refused(*SYNC, secrets={"keystore-password": "wrong"})
    assert refused[:2] == (4, "keystore.password-rejected")


def test_no_card_is_exit_5_and_opens_nothing(practice, card):
    card.unlink()
    assert practice.refused(*SYNC)[:2] == (5, "card.not-present")
    assert practice.fine("session", "status")["sessions"] == []


@pytest.mark.attack("F2")
@pytest.mark.parametrize(
    ("switch", "error"),
    [
        ("outage", (7, "ehealth.unavailable")),
        ("SOA-02001", (7, "ehealth.unavailable")),
        ("cut", (7, "network.unreachable")),
        ("garbage", (7, "network.not-soap")),
        ("huge", (7, "network.answer-too-large")),
        ("redirect", (7, "network.redirect")),
    ],
)
def test_an_outage_keeps_the_list_and_is_shown(
    practice, listed, hilum_simulator_clock, switch, error
):
    practice.fine(*SYNC)
    before = listed()
    hilum_simulator_clock.advance(minutes=30)
    practice.simulator.switches.set(switch, service=BOX)

    assert practice.refused(*SYNC)[:2] == error

    after = listed()
    assert ids(after) == ids(before)
    assert after["synchronisation"]["state"] == "failed"
    assert (
        after["synchronisation"]["synchronised_at"]
        == (before["synchronisation"]["synchronised_at"])
    )
    assert after["synchronisation"]["failure"]["code"] == error[1]
    assert actions(practice)[-1] == "box.synchronisation-failed"
    shown = practice.cli("--environment", "other", "box", "list", "--limit", "1").output
    assert "last synchronised 23/11/2026 13:00" in shown
    assert "A try on 23/11/2026 13:30 failed" in shown


def test_an_outage_that_ends_leaves_no_trace_in_the_list(practice, listed):
    practice.simulator.switches.set("outage", service=BOX)
    practice.refused(*SYNC)
    assert listed()["synchronisation"]["state"] == "failed"
    practice.simulator.reset()
    practice.fine(*SYNC)
    assert listed()["synchronisation"]["failure"] is None


@pytest.mark.parametrize("code", ["803", "810", "SOA-01002"])
def test_a_refusal_of_the_box_is_exit_6_with_its_code_and_text(practice, code):
    practice.open()
    practice.simulator.switches.set(code, service=BOX)
    exit_code, error, details = practice.refused(*SYNC)
    assert (exit_code, error) == (6, "ehealth.refused")
    assert details["fault_code"] == code
    assert details["fault_text"]
    assert practice.fine("session", "check", "--provider", "alice")["state"] == "alive"


@pytest.mark.attack("G2")
def test_a_session_that_the_platform_refuses_is_known_as_over_and_opened_anew(practice):
    first = practice.open()
    practice.simulator.switches.set("SOA-01001", service=BOX)
    assert practice.refused(*SYNC)[:2] == (3, "session.not-accepted")
    (session,) = practice.fine("session", "status")["sessions"]
    assert session["state"] == "over"

    practice.simulator.switches.clear("SOA-01001")
    document = practice.fine(*SYNC)
    assert document["session"]["opened"] is True
    assert document["session"]["expires_at"] >= first["expires_at"]


def test_messages_that_wait_outside_a_full_box_are_told(practice, listed):
    practice.simulator.switches.set("standing-by", 4)
    practice.fine(*SYNC)
    last = listed()["synchronisation"]
    assert (last["standing_by"], last["current_size"]) == (4, last["max_size"])


def test_an_empty_box_is_synchronised_too(practice, listed):
    practice.fine(*SYNC)
    practice.simulator.switches.set("messages", 0)
    assert practice.fine(*SYNC)["total"] == 0
    assert listed()["messages"] == []


def test_every_folder_can_be_synchronised(practice):
    for source, count in (("sentbox", 25), ("bininbox", 10), ("binsentbox", 0)):
        assert practice.fine(*SYNC, "--source", source)["total"] == count
        (box,) = practice.fine("box", "list", "--source", source)["boxes"]
        assert box["synchronisation"]["total"] == count


def test_a_dry_run_asks_nobody(practice, listed):
    before = practice.simulator.request_count
    practice.secrets.clear()
    document = practice.fine(*SYNC, "--dry-run")
    assert (document["dry_run"], document["session_open"]) == (True, False)
    assert practice.simulator.request_count == before
    assert listed()["synchronisation"]["state"] == "never"


def test_titles_are_in_the_private_database_and_nowhere_else(practice, listed):
    verbose = practice.cli("--environment", "other", "--verbose", *SYNC, secrets=practice.secrets)
    titles = {message["title"] for message in listed()["messages"]}
    assert titles
    assert not [title for title in titles if title in verbose.output + verbose.errors]
    entries = json.dumps(practice.fine("audit", "list"), ensure_ascii=False)
    assert not [title for title in titles if title in entries]
    for path in practice.folder.rglob("*"):
        if path.is_file() and any(title.encode() in path.read_bytes() for title in titles):
            assert path.name == "hilum.db"
            assert path.stat().st_mode & 0o077 == 0


def test_a_list_that_cannot_be_written_down_is_exit_9_and_leaves_the_old_one(practice, listed):
    practice.fine(*SYNC)
    before = ids(listed())
    practice.simulator.switches.set("messages", 7)
    database = sqlite3.connect(practice.folder / "hilum.db")
    database.execute(
        "CREATE TRIGGER full BEFORE INSERT ON ehealthbox_message WHEN NEW.position = 5 "
        "BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    database.commit()
    database.close()
    code, error, _details = practice.refused(*SYNC)
    assert (code, error.partition(".")[0]) == (9, "storage")
    assert ids(listed()) == before
    assert listed()["synchronisation"]["failure"]["code"] == error
