from __future__ import annotations

import stat

import pytest
from hilum_ehealth_auth.pin_tries import PinTries

CARD = "534C494E33660000"


@pytest.fixture
def tries(tmp_path):
    return PinTries(tmp_path / "pin-tries.json")


def test_a_card_never_seen_has_three_tries(tries):
    assert tries.left(CARD) == 3


def test_each_pin_that_is_sent_counts_until_it_is_found_right(tries):
    assert tries.begin(CARD) == 2
    assert tries.begin(CARD) == 1
    assert tries.begin(CARD) == 0
    assert tries.begin(CARD) == 0


def test_the_right_pin_gives_the_tries_back(tries):
    tries.begin(CARD)
    tries.right(CARD)
    assert tries.left(CARD) == 3


def test_the_count_survives_a_restart(tries, tmp_path):
    tries.begin(CARD)
    assert PinTries(tmp_path / "pin-tries.json").left(CARD) == 2


def test_another_card_has_a_count_of_its_own(tries):
    tries.begin(CARD)
    assert tries.left("534C494E33660001") == 3


def test_capitals_in_the_serial_number_make_no_other_card(tries):
    tries.begin(CARD)
    assert tries.left(CARD.lower()) == 2


def test_the_file_is_private_and_does_not_name_the_card(tries, tmp_path):
    tries.begin(CARD)
    file = tmp_path / "pin-tries.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert CARD not in file.read_text()


def test_a_damaged_file_counts_as_no_knowledge(tries, tmp_path):
    (tmp_path / "pin-tries.json").write_text("not json")
    assert tries.left(CARD) == 3


def test_a_try_that_the_card_did_not_use_is_given_back(tries):
    tries.begin(CARD)
    tries.begin(CARD)
    tries.give_back(CARD)
    assert tries.left(CARD) == 2


def test_nothing_is_given_back_that_was_not_counted(tries):
    tries.give_back(CARD)
    assert tries.left(CARD) == 3
