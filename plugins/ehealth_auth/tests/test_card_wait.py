"""Waiting for the card: for another program, for a person, and for nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hilum.testing.fakes import FakeProgress, FakePrompter
from hilum_ehealth.card.software import open_software_card
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.people import PASSWORD, PIN, PlayedPlatform
from hilum_ehealth_auth.authenticate import EidLogin
from hilum_ehealth_auth.plugin import Plugin
from hilum_ehealth_auth.waiting import CardWait
from hilum_hookspecs import UserCancelled

CARD = object()


class Readers:
    """Refuses with each of the codes in turn, the last one for ever; None opens the card."""

    def __init__(self, *codes):
        self._codes = list(codes)
        self.asked = 0

    def open(self, reader):
        self.asked += 1
        code = self._codes.pop(0) if len(self._codes) > 1 else self._codes[0]
        if code:
            raise EhealthError(code)
        return CARD


class Time:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self):
        self.seconds = 0.0

    def now(self):
        return self.seconds

    def sleep(self, seconds):
        self.seconds += seconds


@pytest.fixture
def progress():
    return FakeProgress()


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def wait(progress, time):
    def make(person=0):
        return CardWait(progress, person=timedelta(seconds=person), now=time.now, sleep=time.sleep)

    return make


@pytest.mark.attack("C4")
def test_a_card_in_use_is_said_and_tried_again(wait, progress, time):
    assert wait().open(Readers("card.in-use", "card.in-use", None), None) is CARD
    assert len(progress.steps) == 1
    assert "Another program" in progress.steps[0]
    assert time.seconds == 1


@pytest.mark.attack("C4")
def test_a_card_in_use_for_ten_seconds_is_given_up(wait, time):
    with pytest.raises(EhealthError, match=r"card\.in-use"):
        wait().open(Readers("card.in-use"), None)
    assert time.seconds == 10


def test_a_person_gets_the_time_to_bring_reader_and_card(wait, progress):
    readers = Readers("card.no-reader", "card.not-present", "card.not-present", None)
    assert wait(person=120).open(readers, None) is CARD
    assert [step.split()[0] for step in progress.steps] == ["Connect", "Put"]


def test_a_person_who_does_not_come_back_is_not_waited_for_for_ever(wait, time):
    with pytest.raises(EhealthError, match=r"card\.not-present"):
        wait(person=120).open(Readers("card.not-present"), None)
    assert time.seconds == 120


@pytest.mark.parametrize("code", ["card.not-present", "card.no-reader"])
def test_without_a_person_it_fails_at_once(wait, progress, time, code):
    readers = Readers(code)
    with pytest.raises(EhealthError):
        wait().open(readers, None)
    assert (readers.asked, time.seconds, progress.steps) == (1, 0, [])


def test_what_no_hand_puts_right_fails_at_once(wait, time):
    with pytest.raises(EhealthError, match=r"card\.no-service"):
        wait(person=120).open(Readers("card.no-service"), None)
    assert time.seconds == 0


@pytest.mark.attack("C4")
def test_whoever_gives_up_is_obeyed_at_once(wait, progress, time):
    progress.stop = True
    with pytest.raises(UserCancelled):
        wait(person=120).open(Readers("card.not-present"), None)
    assert time.seconds == 0


class Insertion(FakeProgress):
    """Somebody who puts the card in when told to."""

    def __init__(self, away, card):
        super().__init__()
        self._away, self._card = away, card

    def step(self, message):
        super().step(message)
        if "Put your identity card" in self.steps[-1]:
            self._away.rename(self._card)


def test_a_login_goes_on_when_the_card_is_put_in(hilum_context, hilum_alice, hilum_request):
    away = hilum_alice.card.with_suffix(".away")
    hilum_alice.card.rename(away)
    readers = open_software_card(hilum_alice.card)
    login = EidLogin(hilum_context(Plugin), readers=readers, open_token=PlayedPlatform())
    request = replace(
        hilum_request,
        progress=Insertion(away, hilum_alice.card),
        prompter=FakePrompter({"keystore-password": PASSWORD, "eid-pin": PIN}, attended=True),
    )
    assert login.open(request).method == "eid"
