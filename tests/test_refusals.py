"""Every way in which opening a session can fail: its exit code, its error, and nothing kept."""

from __future__ import annotations

import time

import pytest


def test_a_wrong_pin_is_exit_4_and_costs_one_try(practice, card):
    before = card.read_bytes()
    code, error, details = practice.refused_open(secrets={"eid-pin": "1111"})
    assert (code, error) == (4, "card.pin-rejected")
    assert details["attempts_left"] == 2
    assert card.read_bytes() != before


def test_no_card_is_exit_5(practice, card):
    card.unlink()
    assert practice.refused_open()[:2] == (5, "card.not-present")


def test_no_middleware_is_exit_5(practice):
    practice.settings = {"pkcs11_module": '"/nowhere/libbeidpkcs11.so.0"'}
    practice.write_settings()
    code, error, _details = practice.refused_open()
    assert (code, error) == (5, "card.middleware-not-found")


def test_a_wrong_keystore_password_is_exit_4_and_touches_no_card(practice, card):
    before = card.read_bytes()
    code, error, _details = practice.refused_open(secrets={"keystore-password": "wrong"})
    assert (code, error) == (4, "keystore.password-rejected")
    assert card.read_bytes() == before


def test_another_persons_card_is_exit_3(practice, card, materials):
    card.write_bytes(materials["17073003384"][1].read_bytes())
    assert practice.refused_open()[:2] == (3, "record.wrong-person")


def test_another_persons_keystore_cannot_be_imported(bare_practice, materials):
    bare_practice.add_alice()
    keystore = str(materials["17073003384"][0])
    refused = bare_practice.refused("certificate", "import", keystore, "--provider", "alice")
    assert refused[:2] == (3, "record.wrong-person")


def test_a_record_without_certificate_is_exit_3_and_says_so(bare_practice):
    bare_practice.add_alice()
    code, error, details = bare_practice.refused_open()
    assert (code, error) == (3, "record.invalid")
    assert "certificate.missing" in [finding["code"] for finding in details["findings"]]


def test_a_record_without_niss_is_exit_3_and_names_the_field(bare_practice):
    bare_practice.fine("provider", "add", "--id", "alice", "--last-name", "Example")
    code, error, details = bare_practice.refused_open()
    assert (code, error) == (3, "record.invalid")
    assert "niss" in [finding["field"] for finding in details["findings"]]


def test_an_expired_certificate_is_exit_3(practice, hilum_simulator_clock):
    hilum_simulator_clock.advance(days=4 * 365)
    code, error, details = practice.refused_open()
    assert (code, error) == (3, "record.invalid")
    assert "certificate.expired" in [finding["code"] for finding in details["findings"]]


@pytest.mark.parametrize(
    "switch",
    [
        "SOA-01001",
        "SOA-01002",
        "SOA-03004",
        "SOA-03006",
        "wsse:FailedCheck",
        "wsse:InvalidSecurity",
        "wsse:InvalidSecurityToken",
        "wsse:SecurityTokenUnavailable",
        "wsse:MessageExpired",
    ],
)
def test_a_refusal_of_the_platform_is_exit_6_with_its_code(practice, switch):
    practice.simulator.switches.set(switch)
    code, error, details = practice.refused_open()
    assert (code, error) == (6, "ehealth.refused")
    assert details["fault_code"] == switch


@pytest.mark.parametrize(
    ("switch", "error"),
    [
        ("wrong-signer", "assertion.untrusted-signer"),
        ("tampered", "assertion.signature"),
        ("other-issuer", "assertion.issuer"),
        ("expired-assertion", "assertion.expired"),
        ("too-long", "assertion.too-long"),
        ("other-person", "assertion.other-person"),
        ("other-holder", "assertion.other-holder"),
        ("no-profession", "assertion.not-recognised-provider"),
    ],
)
def test_an_answer_that_cannot_be_trusted_is_exit_6(practice, switch, error):
    practice.simulator.switches.set(switch)
    assert practice.refused_open()[:2] == (6, error)


@pytest.mark.parametrize("switch", ["SOA-02001", "SOA-02002", "outage"])
def test_an_outage_of_the_platform_is_exit_7(practice, switch):
    practice.simulator.switches.set(switch)
    assert practice.refused_open()[:2] == (7, "ehealth.unavailable")


@pytest.mark.parametrize("switch", ["cut", "garbage", "huge", "redirect"])
def test_a_network_that_misbehaves_is_not_blamed_on_the_user(practice, switch):
    practice.simulator.switches.set(switch)
    code, error, _details = practice.refused_open()
    assert code in (6, 7)
    assert error.startswith(("network.", "ehealth."))


@pytest.mark.attack("F4")
def test_a_wrong_clock_is_told_as_such(practice):
    practice.simulator.switches.set("clock-skew", 7 * 3600)
    code, error, _details = practice.refused_open()
    assert (code, error) == (6, "clock.wrong")


def test_a_platform_that_is_not_there_is_exit_7(practice):
    settings = practice.folder / "config.toml"
    port = practice.simulator.url.rpartition(":")[2]
    settings.write_text(settings.read_text().replace(f":{port}/", ":1/"))
    assert practice.refused_open()[:2] == (7, "network.unreachable")


def test_a_platform_of_another_authority_is_exit_7(practice, tmp_path, hilum_simulator_clock):
    from hilum_ehealth.testing.authority import Pki

    Pki.create(hilum_simulator_clock.now(), key="ec").write_trust(tmp_path / "elsewhere")
    settings = practice.folder / "config.toml"
    here = str(practice.simulator.environment.trust_folder)
    settings.write_text(settings.read_text().replace(here, str(tmp_path / "elsewhere")))
    before = practice.simulator.request_count
    assert practice.refused_open()[:2] == (7, "network.tls")
    assert practice.simulator.request_count == before


def test_a_silent_platform_is_given_up_within_the_time_limit(practice):
    practice.simulator.switches.set("silent")
    started = time.monotonic()
    code, error, _details = practice.refused_open()
    assert (code, error) == (7, "network.timeout")
    assert time.monotonic() - started < 40


def test_a_missing_secret_is_exit_2_and_named(practice):
    del practice.secrets["eid-pin"]
    code, error, details = practice.refused_open()
    assert (code, error, details) == (2, "secret.missing", {"name": "eid-pin"})


def test_refusals_are_audited(practice, card):
    card.unlink()
    practice.refused_open()
    entries = practice.fine("audit", "list")["entries"]
    (refusal,) = (entry for entry in entries if entry["action"] == "session.refused")
    assert refusal["data"]["code"] == "card.not-present"
