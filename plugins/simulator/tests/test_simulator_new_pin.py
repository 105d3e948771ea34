"""The PIN of a new card: a wrong form is refused before it is typed a second time."""

from __future__ import annotations

import pytest
from hilum_hookspecs import ConfigurationError
from hilum_simulator.new_pin import new_pin


def test_a_good_pin_is_typed_twice(hilum_secrets):
    hilum_secrets.give("eid-pin", "2580", "2580")
    assert new_pin(hilum_secrets) == "2580"
    assert hilum_secrets.labels[0] == "PIN of the new card (4 to 12 digits)"


def test_a_wrong_form_is_asked_again_at_once(hilum_secrets):
    hilum_secrets.give("eid-pin", "12", "12a4", "2580", "2580")
    assert new_pin(hilum_secrets) == "2580"
    assert ["(again)" in label for label in hilum_secrets.labels] == [False, False, False, True]
    assert "4 to 12 digits and nothing else" in hilum_secrets.labels[1]


def test_two_that_differ_are_both_asked_again(hilum_secrets):
    hilum_secrets.give("eid-pin", "2580", "2581", "1234", "1234")
    assert new_pin(hilum_secrets) == "1234"
    assert "not the same" in hilum_secrets.labels[2]


def test_a_script_that_always_answers_alike_is_refused(hilum_secrets):
    hilum_secrets.give("eid-pin", "12")
    with pytest.raises(ConfigurationError) as refused:
        new_pin(hilum_secrets)
    assert refused.value.code == "simulator.pin-format"
    assert refused.value.remedy is not None
