from __future__ import annotations

import json
import stat
import subprocess
import sys

import pytest
from hilum_ehealth.errors import EhealthError
from hilum_ehealth_auth.pin_tries import PinTries

CARD = "534C494E33660000"
OTHER = "534C494E33660001"


@pytest.fixture
def tries(tmp_path):
    return PinTries(tmp_path / "pin-tries.json")


def test_a_card_never_seen_has_three_tries(tries):
    assert tries.left(CARD) == 3


def send(tries, times=1):
    """Count PINs that are sent, their user knowing how many tries are left."""
    for _ in range(times):
        assert tries.begin(CARD, tries.left(CARD))
    return tries.left(CARD)


def test_each_pin_that_is_sent_counts_until_it_is_found_right(tries):
    assert [send(tries) for _ in range(4)] == [2, 1, 0, 0]


def test_the_right_pin_gives_the_tries_back(tries):
    send(tries)
    tries.right(CARD)
    assert tries.left(CARD) == 3


def test_the_count_survives_a_restart(tries, tmp_path):
    send(tries)
    assert PinTries(tmp_path / "pin-tries.json").left(CARD) == 2


def test_another_card_has_a_count_of_its_own(tries):
    send(tries)
    assert tries.left(OTHER) == 3


def test_capitals_in_the_serial_number_make_no_other_card(tries):
    send(tries)
    assert tries.left(CARD.lower()) == 2


def test_the_file_is_private_and_does_not_name_the_card(tries, tmp_path):
    send(tries)
    file = tmp_path / "pin-tries.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert CARD not in file.read_text()


@pytest.mark.attack("C1")
@pytest.mark.parametrize("text", ["not json", "[]", '{"x": "1"}', '{"x": -1}', '{"x": true}', "é"])
def test_with_a_damaged_file_it_is_not_known_how_many_are_left_until_a_pin_is_right(
    tries, tmp_path, text
):
    (tmp_path / "pin-tries.json").write_text(text, encoding="utf-8")
    assert send(tries) is None
    tries.right(CARD)
    assert tries.left(CARD) == 3
    assert tries.left(OTHER) is None
    assert send(tries) == 2
    tries.right(CARD)
    assert tries.left(CARD) == 3


@pytest.mark.attack("C1")
def test_with_a_file_that_cannot_be_read_it_is_not_known_how_many_are_left(tries, tmp_path):
    (tmp_path / "pin-tries.json").mkdir()
    assert tries.left(CARD) is None


@pytest.mark.attack("C1")
def test_a_pin_that_cannot_be_counted_is_not_begun(tries, tmp_path):
    (tmp_path / ".pin-tries.json.lock").mkdir()
    with pytest.raises(EhealthError, match=r"storage\.write-failed"):
        tries.begin(CARD, 3)


@pytest.mark.attack("C1")
def test_a_pin_is_not_begun_when_fewer_tries_are_left_than_its_user_was_shown(tries):
    send(tries, 2)
    assert not tries.begin(CARD, 3)
    assert tries.left(CARD) == 1
    assert tries.begin(CARD, 1)


def test_a_try_that_somebody_used_meanwhile_asks_nothing_while_enough_are_left(tries):
    send(tries)
    assert tries.begin(CARD, 3)
    assert tries.left(CARD) == 1


COUNTER = """
import sys
from pathlib import Path
from hilum_ehealth_auth.pin_tries import PinTries
tries = PinTries(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(20):
    tries.begin(sys.argv[2], tries.left(sys.argv[2]))
"""


@pytest.mark.attack("C1")
def test_processes_that_count_at_once_lose_no_try(tmp_path):
    file = tmp_path / "pin-tries.json"
    children = [
        subprocess.Popen(
            [sys.executable, "-c", COUNTER, file, card],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for card in (CARD, OTHER)
    ]
    for child in children:
        child.stdout.readline()
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        child.communicate(timeout=60)
    assert list(json.loads(file.read_text()).values()) == [20, 20]


def test_a_try_that_the_card_did_not_use_is_given_back(tries):
    send(tries, 2)
    tries.give_back(CARD)
    assert tries.left(CARD) == 2


@pytest.mark.attack("C1")
def test_giving_back_one_try_too_many_leaves_none(tries):
    send(tries, 4)
    tries.give_back(CARD)
    assert tries.left(CARD) == 0


def test_nothing_is_given_back_that_was_not_counted(tries):
    tries.give_back(CARD)
    assert tries.left(CARD) == 3
