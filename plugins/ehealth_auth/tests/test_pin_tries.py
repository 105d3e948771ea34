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


def test_each_wrong_pin_takes_one_try(tries):
    assert tries.wrong(CARD) == 2
    assert tries.wrong(CARD) == 1
    assert tries.wrong(CARD) == 0
    assert tries.wrong(CARD) == 0


def test_the_right_pin_gives_the_tries_back(tries):
    tries.wrong(CARD)
    tries.right(CARD)
    assert tries.left(CARD) == 3


def test_the_count_survives_a_restart(tries, tmp_path):
    tries.wrong(CARD)
    assert PinTries(tmp_path / "pin-tries.json").left(CARD) == 2


def test_another_card_has_a_count_of_its_own(tries):
    tries.wrong(CARD)
    assert tries.left("534C494E33660001") == 3


def test_the_file_is_private_and_does_not_name_the_card(tries, tmp_path):
    tries.wrong(CARD)
    file = tmp_path / "pin-tries.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert CARD not in file.read_text()


def test_a_damaged_file_counts_as_no_knowledge(tries, tmp_path):
    (tmp_path / "pin-tries.json").write_text("not json")
    assert tries.left(CARD) == 3
