"""Users and log-in with everything installed: the card, the simulated platform, real hashes."""

from __future__ import annotations

import pytest

OWN = "Sunny-Garden-42"


@pytest.fixture
def desk(practice):
    """A practice with Alice's record and certificate, and Alice as its first user."""
    practice.secrets |= {"account-password": OWN, "new-account-password": OWN}
    practice.fine("user", "add", "--name", "Alice", "--user-name", "alice", "--provider", "alice")
    return practice


def tokens(practice):
    """Return the files that hold an assertion."""
    files = (path for path in practice.folder.rglob("*") if path.is_file())
    return [path for path in files if b"<Assertion" in path.read_bytes()]


@pytest.mark.attack("G3")
def test_the_day_of_a_user_who_logs_in_via_ehealth(desk):
    login = desk.fine("login", "alice")
    assert (login["via"], login["session"]["method"]) == ("ehealth", "eid")
    assert desk.fine("session", "check", "--probe")["state"] == "alive"
    assert len(tokens(desk)) == 1

    ended = desk.fine("logout")

    assert [session["provider"] for session in ended["sessions"]] == ["alice"]
    assert tokens(desk) == []
    assert desk.fine("session", "status")["sessions"] == []
    assert desk.fine("login", "--status")["login"] is None
    assert desk.refused("session", "check", "--provider", "alice")[:2] == (3, "session.none")


def test_who_logs_in_shows_the_card_also_when_a_session_is_open(desk):
    desk.open()
    desk.secrets.pop("eid-pin")
    code, error, details = desk.refused("login", "alice")
    assert (code, error, details["name"]) == (2, "secret.missing", "eid-pin")
    assert desk.open()["reused"] is True


def test_without_the_card_the_password_is_another_way_in(desk, card):
    desk.fine("user", "password", "alice")
    card.unlink()
    code, error, details = desk.refused("login", "alice")
    assert (code, error, details["instead"]) == (5, "card.not-present", "password")
    assert desk.fine("login", "alice", "--via", "password")["session"] is None
    assert desk.fine("session", "status")["sessions"] == []


def test_with_the_fallback_procedure_instead_of_the_card(desk, card):
    card.unlink()
    login = desk.fine("login", "alice", "--method", "fallback", "--reason", "forgotten")
    assert login["session"]["method"] == "fallback"


def test_an_outage_of_ehealth_keeps_nobody_from_the_application(desk):
    desk.fine("user", "password", "alice")
    desk.simulator.switches.set("outage")
    code, error, details = desk.refused("login", "alice")
    assert (code, error, details["instead"]) == (7, "ehealth.unavailable", "password")
    assert desk.fine("login", "alice", "--via", "password")["via"] == "password"


def test_an_expired_certificate_is_told_with_its_remedy(desk, hilum_simulator_clock):
    desk.fine("user", "password", "alice")
    hilum_simulator_clock.advance(days=4 * 365)
    code, error, details = desk.refused("login", "alice")
    assert (code, error) == (3, "user.ehealth-refused")
    assert [each["code"] for each in details["conditions"]] == ["certificate.expired"]


def test_without_the_plugin_for_passwords_users_remain_and_ehealth_works(desk):
    desk.fine("user", "password", "alice")
    without = ("--without", "fallback_login")
    assert desk.fine(*without, "user", "show", "alice")["password"] is None
    assert desk.refused(*without, "login", "alice", "--via", "password")[:2] == (
        2,
        "user.no-local-login",
    )
    assert desk.fine(*without, "login", "alice")["via"] == "ehealth"
    assert desk.fine("user", "show", "alice")["password"]["set"] is True


@pytest.mark.attack("E1")
def test_a_wrong_password_delays_the_next_one_in_another_process_too(desk, hilum_simulator_clock):
    desk.fine("user", "password", "alice")
    wrong = ("login", "alice", "--via", "password")
    assert desk.refused(*wrong, secrets={"account-password": "Canary-Wrong-9"})[:2] == (
        4,
        "credential.login-rejected",
    )
    assert desk.refused(*wrong)[:2] == (4, "credential.login-delayed")
    assert desk.fine("user", "show", "alice")["password"]["wrong"] == 1
    hilum_simulator_clock.advance(seconds=1)
    desk.fine(*wrong)
    for path in desk.folder.rglob("*"):
        if path.is_file():
            assert b"Canary" not in path.read_bytes()
            assert OWN.encode() not in path.read_bytes()


@pytest.mark.attack("E2")
def test_a_name_that_nobody_has_waits_as_a_user_does(desk):
    desk.fine("user", "password", "alice")
    told = []
    for name in ("alice", "Nobody", "NOBODY", "somebody"):
        login = ("login", name, "--via", "password")
        told.append(desk.refused(*login, secrets={"account-password": "wrong"})[:2])
    rejected, delayed = (4, "credential.login-rejected"), (4, "credential.login-delayed")
    assert told == [rejected, rejected, delayed, rejected]
