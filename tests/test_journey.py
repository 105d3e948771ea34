"""The main job, from the record to the end of the session, through the command line."""

from __future__ import annotations

import json
import stat
from datetime import datetime, timedelta

import pytest


def requests(practice):
    return practice.simulator.request_count


def end_of(document):
    return datetime.fromisoformat(document["expires_at"])


@pytest.fixture
def token(practice):
    """Open a session and return its token file."""
    practice.open()
    (token,) = (
        path
        for path in practice.folder.rglob("*")
        if path.is_file() and b"<Assertion" in path.read_bytes()
    )
    return token


def test_a_session_opens_with_the_identity_card(practice, hilum_simulator_clock):
    document = practice.open("--method", "eid")
    assert document["method"] == "eid"
    assert document["reused"] is False
    assert end_of(document) - hilum_simulator_clock.now() == timedelta(hours=24)


def test_a_second_opening_asks_neither_network_nor_secret(practice):
    practice.open()
    before = requests(practice)
    practice.secrets.clear()
    assert practice.open()["reused"] is True
    assert requests(practice) == before


def test_after_half_of_its_life_a_session_is_opened_anew(practice, hilum_simulator_clock):
    practice.open()
    hilum_simulator_clock.advance(hours=13)
    assert practice.open()["reused"] is False


def test_the_fallback_ends_sooner_and_its_reason_is_kept(practice, hilum_simulator_clock):
    document = practice.open("--method", "fallback", "--reason", "forgotten")
    assert end_of(document) - hilum_simulator_clock.now() == timedelta(hours=12)
    entries = practice.fine("audit", "list")["entries"]
    (used,) = (entry for entry in entries if entry["action"] == "fallback.used")
    assert used["data"]["reason"] == "forgotten"


def test_the_session_lives_on_when_the_card_is_taken_out(practice, card):
    practice.open()
    card.unlink()
    check = practice.fine("session", "check", "--provider", "alice")
    assert check["state"] == "alive"
    (session,) = practice.fine("session", "status")["sessions"]
    assert session["provider"] == "alice"


def test_the_platform_says_that_the_session_lives(practice):
    practice.open()
    before = requests(practice)
    check = practice.fine("session", "check", "--provider", "alice", "--probe")
    assert check["state"] == "alive"
    assert requests(practice) == before + 1


def test_a_session_that_the_platform_refuses_is_over(practice):
    practice.open()
    practice.simulator.switches.set("SOA-01001", service="ehbox-consultation")
    refused = practice.refused("session", "check", "--provider", "alice", "--probe")
    assert refused[:2] == (3, "session.not-accepted")


def test_an_outage_leaves_the_state_unknown_and_the_session_kept(practice):
    practice.open()
    practice.simulator.switches.set("outage", service="ehbox-consultation")
    refused = practice.refused("session", "check", "--provider", "alice", "--probe")
    assert refused[:2] == (7, "network.session-unknown")
    assert practice.open()["reused"] is True


def test_the_session_is_over_at_its_end(practice, hilum_simulator_clock):
    practice.open()
    hilum_simulator_clock.advance(hours=24)
    refused = practice.refused("session", "check", "--provider", "alice")
    assert refused[:2] == (3, "session.over")


def test_a_renewed_session_ends_later(practice, hilum_simulator_clock):
    first = practice.open()
    hilum_simulator_clock.advance(hours=6)
    second = practice.fine("session", "renew", "--provider", "alice")
    assert end_of(second) > end_of(first)


def test_closing_leaves_nothing_behind(practice, token):
    practice.fine("session", "close", "--provider", "alice")
    assert not token.exists()
    assert practice.fine("session", "status")["sessions"] == []
    assert practice.refused("session", "check", "--provider", "alice")[:2] == (3, "session.none")


def test_the_token_lies_in_a_private_file_in_a_private_folder(token):
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert stat.S_IMODE(token.parent.stat().st_mode) == 0o700


def test_a_changed_byte_is_noticed(practice, token):
    data = bytearray(token.read_bytes())
    data[data.index(b"true")] ^= 0x01
    token.write_bytes(data)
    assert practice.refused("session", "token", "--provider", "alice")[:2] == (
        3,
        "session.token-refused",
    )


def test_another_persons_token_is_refused(practice, token, materials):
    from hilum_ehealth.testing.assertions import PHYSIOTHERAPIST, AssertionForm

    bob = practice.simulator.pki.ehealth_certificate(niss="17073003384", name="BOB OTHER")
    person = {
        name: value.replace("85073003328", "17073003384") for name, value in PHYSIOTHERAPIST.items()
    }
    form = AssertionForm(
        holder=bob.certificate, issued_at=practice.cli.clock.now(), attributes=person
    )
    token.write_bytes(form.signed(practice.simulator.pki.iam_signer))
    assert practice.refused("session", "token", "--provider", "alice")[:2] == (
        3,
        "session.token-refused",
    )


def test_another_platforms_token_is_refused(practice, token, hilum_simulator_clock):
    from hilum_ehealth.testing.assertions import AssertionForm
    from hilum_ehealth.testing.authority import Pki

    elsewhere = Pki.create(hilum_simulator_clock.now(), key="ec")
    holder = elsewhere.ehealth_certificate(niss="85073003328", name="ALICE EXAMPLE", key_type="ec")
    form = AssertionForm(holder=holder.certificate, issued_at=hilum_simulator_clock.now())
    token.write_bytes(form.signed(elsewhere.iam_signer))
    assert practice.refused("session", "token", "--provider", "alice")[:2] == (
        3,
        "session.token-refused",
    )


def test_a_header_that_promises_more_than_the_token_opens_nothing(
    practice, token, hilum_simulator_clock
):
    (header,) = (path for path in token.parent.iterdir() if path.suffix == ".json")
    document = json.loads(header.read_text())
    for key, value in document.items():
        if key == "expires_at":
            later = datetime.fromisoformat(value) + timedelta(days=5)
            document[key] = later.isoformat()
    header.write_text(json.dumps(document))
    hilum_simulator_clock.advance(hours=30)
    refused = practice.refused("session", "check", "--provider", "alice")
    assert refused[:2] == (3, "session.over")


def test_the_audit_tells_the_whole_story_and_its_chain_holds(practice):
    practice.open()
    practice.fine("session", "close", "--provider", "alice")
    actions = [entry["action"] for entry in practice.fine("audit", "list")["entries"]]
    for action in ("provider.added", "certificate.imported", "session.opened", "session.closed"):
        assert action in actions
    (chain,) = practice.fine("audit", "verify")["chains"]
    assert chain["entries"] == len(actions)
