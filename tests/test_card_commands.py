"""Sessions through the command line with an emulated card in a real reader service (OpenSC)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HILUM = Path(sys.executable).with_name("hilum")
ALICE = "85073003328"
BOB = "17073003384"
PIN = "2580"
WRONG = {"eid-pin": "1111"}
SIGN = "PERFORM_SECURITY_OPERATION"

pytestmark = pytest.mark.vreader


@pytest.fixture
def reader(monkeypatch):
    """A reader with two empty slots, which every command of this test finds."""
    from hilum_ehealth.testing.card_emulator.virtual_reader import VirtualReader, missing

    if reason := missing():
        pytest.skip(reason)
    with VirtualReader() as reader:
        for name, value in reader.environment.items():
            monkeypatch.setenv(name, value)
        yield reader


@pytest.fixture
def desk(practice, reader):
    """Alice's practice, whose card comes through OpenSC."""
    from hilum_ehealth.testing.card_emulator.virtual_reader import opensc_module

    practice.settings = {"pkcs11_module": f'"{opensc_module()}"'}
    practice.write_settings()
    return practice


@pytest.fixture(scope="module")
def cards(tmp_path_factory, _hilum_simulator_server):
    """Cards of Alice and Bob with RSA keys, as files."""
    from hilum_simulator.materials import Person, make_card, write_software_card

    made = {}
    for niss, given, surname in ((ALICE, "Alice", "Example"), (BOB, "Bob", "Other")):
        person = Person(niss=niss, given_names=(given,), surname=surname)
        card = make_card(_hilum_simulator_server.pki, person, key_type="rsa")
        made[niss] = tmp_path_factory.mktemp("cards") / f"{given}.card"
        write_software_card(made[niss], person, card, pin=PIN)
    return made


@pytest.fixture
def alice(cards, tmp_path):
    return Path(shutil.copy(cards[ALICE], tmp_path / "reader-alice.card"))


@pytest.fixture
def bob(cards, tmp_path):
    return Path(shutil.copy(cards[BOB], tmp_path / "reader-bob.card"))


def test_a_session_opens_with_a_card_in_a_reader(desk, reader, alice):
    reader.insert(alice)
    assert desk.open("--method", "eid")["method"] == "eid"
    assert reader.heard("VERIFY") == 1


def test_a_card_in_the_second_slot_is_found_beside_a_foreign_one(desk, reader, alice):
    reader.insert_foreign()
    reader.insert(alice, slot=1)
    assert desk.open()["method"] == "eid"


@pytest.mark.attack("C1")
def test_wrong_pins_are_counted_and_the_last_try_is_kept(desk, reader, alice):
    reader.insert(alice)
    for left in (2, 1):
        code, error, details = desk.refused_open(secrets=WRONG)
        assert (code, error, details["attempts_left"]) == (4, "card.pin-rejected", left)
    assert desk.refused_open(secrets=WRONG)[:2] == (4, "card.pin-last-try")
    assert reader.heard("VERIFY") == 2
    assert json.loads(alice.read_text())["tries_left"] == 1


@pytest.mark.attack("C1")
def test_a_blocked_card_is_exit_4(desk, reader, alice):
    alice.write_text(json.dumps(json.loads(alice.read_text()) | {"tries_left": 0}))
    reader.insert(alice)
    assert desk.refused_open()[:2] == (4, "card.pin-blocked")


@pytest.mark.attack("C1")
@pytest.mark.attack("C4")
def test_a_card_pulled_during_the_pin_is_exit_5_and_its_try_is_counted(desk, reader, alice):
    reader.insert(alice)
    reader.pull_at("VERIFY")
    code, document = desk("session", "open", "--provider", "alice")
    error = document["error"]
    assert (code, error["code"]) == (5, "card.removed")
    assert error["message"] == "The card was taken out. A try of the PIN may be lost."
    reader.swap(alice)
    assert desk.refused_open(secrets=WRONG)[2]["attempts_left"] == 1


@pytest.mark.attack("C4")
def test_a_card_pulled_during_the_signature_is_exit_5(desk, reader, alice):
    reader.insert(alice)
    reader.pull_at(SIGN)
    code, document = desk("session", "open", "--provider", "alice")
    error = document["error"]
    assert (code, error["code"]) == (5, "card.removed")
    assert error["message"] == "The card was taken out."
    reader.swap(alice)
    assert desk.open()["method"] == "eid"


@pytest.mark.attack("C1")
def test_another_persons_card_is_exit_3_and_gets_no_pin(desk, reader, bob):
    reader.insert(bob)
    assert desk.refused_open()[:2] == (3, "record.wrong-person")
    assert reader.heard("VERIFY") == 0


@pytest.mark.attack("C4")
def test_each_thing_that_is_missing_is_exit_5_at_once(desk, reader, alice):
    assert desk.refused_open()[:2] == (5, "card.not-present")
    reader.insert_foreign()
    assert desk.refused_open()[:2] == (5, "card.not-recognised")
    reader.stop_pcscd()
    assert desk.refused_open()[:2] == (5, "card.no-service")
    reader.start_pcscd(readers=False)
    assert desk.refused_open()[:2] == (5, "card.no-reader")


def test_somebody_at_the_terminal_gets_the_time_to_put_the_card_in(desk, reader, alice):
    steps = []

    def heard(step):
        steps.append(step)
        if step.startswith("Put your identity card"):
            reader.insert(alice)

    code, document = desk.cli.json(
        *("--environment", "other", "session", "open", "--provider", "alice"),
        secrets=desk.secrets,
        tty=True,
        on_step=heard,
    )
    assert code == 0, document
    assert len([step for step in steps if step.startswith("Put")]) == 1


@pytest.mark.attack("C1")
@pytest.mark.attack("C4")
def test_ctrl_c_at_a_card_that_does_not_answer_ends_everything_within_a_second(desk, reader, alice):
    reader.insert(alice)
    reader.hold_at("VERIFY")
    process = subprocess.Popen(
        [
            *(HILUM, "--data-dir", desk.folder, "--environment", "other", "--no-input"),
            *("--secret", "keystore-password=env:K", "--secret", "eid-pin=env:P"),
            *("session", "open", "--provider", "alice"),
        ],
        env={**os.environ, "LANG": "C.UTF-8", "K": desk.secrets["keystore-password"], "P": PIN},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not reader.heard("VERIFY"):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    (helper,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    interrupted_at = time.monotonic()
    process.send_signal(signal.SIGINT)
    _output, errors = process.communicate(timeout=20)
    assert time.monotonic() - interrupted_at < 1
    assert process.returncode == 130
    assert "one of its tries may be lost" in errors
    assert not Path(f"/proc/{helper}").exists()
