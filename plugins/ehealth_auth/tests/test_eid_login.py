from __future__ import annotations

from dataclasses import replace

import pytest
from hilum.testing.contracts import AuthMethodContract
from hilum.testing.fakes import FakePrompter
from hilum_ehealth.card.software import open_software_card
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.authority import Pki
from hilum_ehealth.testing.people import PASSWORD, PIN, PlayedPlatform, make_person
from hilum_ehealth_auth.authenticate import EidLogin
from hilum_ehealth_auth.pin_tries import PinTries
from hilum_ehealth_auth.plugin import Plugin
from hilum_hookspecs import AuthMethod, ConfigurationError, CredentialRejected, WrongPerson


@pytest.fixture
def platform():
    return PlayedPlatform()


@pytest.fixture
def context(hilum_context):
    return hilum_context(Plugin)


@pytest.fixture
def login(context, hilum_alice, platform):
    return EidLogin(context, readers=open_software_card(hilum_alice.card), open_token=platform)


@pytest.fixture
def method(context, hilum_host, login):
    hilum_host.register(Plugin(context), "ehealth_auth")
    (method,) = hilum_host.collect("hilum_auth_methods")
    assert isinstance(method, AuthMethod)
    return replace(method, authenticate=login.open)


class TestEid(AuthMethodContract):
    pass


def test_the_password_is_asked_before_the_pin(login, hilum_request, hilum_secrets):
    login.open(hilum_request)
    assert hilum_secrets.asked == ["keystore-password", "eid-pin"]


def test_the_card_signs_the_request_and_the_keystore_holds_the_session(
    login, hilum_request, platform, hilum_alice
):
    session = login.open(hilum_request)
    (asked,) = platform.asked
    assert asked["header"].certificate != asked["holder"].certificate
    assert asked["holder"].certificate == hilum_alice.holder.certificate
    assert session.private_key is asked["holder"].private_key


def test_the_pin_is_not_asked_for_another_persons_card(
    context, hilum_request, tmp_path, hilum_clock, platform, hilum_secrets
):
    pki = Pki.create(hilum_clock.now(), key="ec")
    bob = make_person(tmp_path, pki, niss="17073003384", name="Bob Other")
    login = EidLogin(context, readers=open_software_card(bob.card), open_token=platform)
    with pytest.raises(WrongPerson) as caught:
        login.open(hilum_request)
    assert caught.value.details == {"first": "card", "second": "record"}
    assert "eid-pin" not in hilum_secrets.asked


def test_a_wrong_password_asks_no_pin(login, hilum_request, hilum_secrets):
    hilum_secrets.give("keystore-password", "wrong")
    with pytest.raises(EhealthError, match=r"keystore\.password-rejected"):
        login.open(hilum_request)
    assert hilum_secrets.asked == ["keystore-password"]


@pytest.mark.attack("C1")
def test_a_wrong_pin_is_sent_once_and_tells_what_is_left(login, hilum_request, hilum_secrets):
    hilum_secrets.give("eid-pin", "1111")
    with pytest.raises(EhealthError) as caught:
        login.open(hilum_request)
    assert caught.value.code == "card.pin-rejected"
    assert caught.value.details["attempts_left"] == 2
    assert hilum_secrets.asked.count("eid-pin") == 1


@pytest.mark.attack("C1")
def test_the_last_try_wants_a_yes_first(login, hilum_request, hilum_secrets):
    hilum_secrets.give("eid-pin", "1111")
    for _ in range(2):
        with pytest.raises(EhealthError, match=r"card\.pin-rejected"):
            login.open(hilum_request)
    hilum_secrets.give("eid-pin", PIN)
    with pytest.raises(CredentialRejected) as caught:
        login.open(hilum_request)
    assert caught.value.code == "card.pin-last-try"
    assert hilum_secrets.asked[-1] == "last-pin-try"


@pytest.mark.attack("C1")
def test_after_a_yes_the_last_try_may_succeed(login, hilum_request, hilum_secrets, monkeypatch):
    hilum_secrets.give("eid-pin", "1111")
    for _ in range(2):
        with pytest.raises(EhealthError, match=r"card\.pin-rejected"):
            login.open(hilum_request)
    hilum_secrets.give("eid-pin", PIN)
    monkeypatch.setattr(hilum_secrets, "confirm", lambda name, label: name == "last-pin-try")
    assert login.open(hilum_request).method == "eid"


@pytest.mark.attack("C1")
def test_after_three_wrong_pins_the_question_is_another_one(login, hilum_request, hilum_secrets):
    hilum_secrets.give("eid-pin", "1111")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hilum_secrets, "confirm", lambda name, label: True)
        for _ in range(3):
            with pytest.raises(EhealthError, match=r"card\.pin-"):
                login.open(hilum_request)
    with pytest.raises(CredentialRejected) as caught:
        login.open(hilum_request)
    assert caught.value.details["attempts_left"] == 0
    assert "it is blocked" in hilum_secrets.labels[-1]


@pytest.fixture
def tries(context, hilum_alice):
    """The count of the card, and its serial number."""
    serial = open_software_card(hilum_alice.card).open().identity.serial
    return PinTries(context.folder() / "pin-tries.json"), serial


@pytest.mark.attack("C1")
@pytest.mark.parametrize("agrees", [True, False])
def test_tries_that_somebody_used_while_the_pin_was_typed_are_asked_about(
    login, hilum_request, hilum_secrets, monkeypatch, tries, agrees
):
    counted, serial = tries
    ask, asked = hilum_secrets.secret, []

    def typing(name, label):
        if name == "eid-pin":
            counted.begin(serial, 3)
            counted.begin(serial, 2)
        return ask(name, label)

    monkeypatch.setattr(hilum_secrets, "secret", typing)
    monkeypatch.setattr(hilum_secrets, "confirm", lambda name, label: asked.append(name) or agrees)
    if agrees:
        assert login.open(hilum_request).method == "eid"
    else:
        with pytest.raises(CredentialRejected) as caught:
            login.open(hilum_request)
        assert caught.value.details == {"attempts_left": 1}
        assert counted.left(serial) == 1
    assert asked == ["last-pin-try"]
    assert hilum_secrets.asked.count("eid-pin") == 1


@pytest.mark.attack("C1")
def test_a_damaged_count_asks_before_a_pin_is_sent_and_does_not_say_that_the_card_is_blocked(
    login, hilum_request, hilum_secrets, monkeypatch, context, tries
):
    (context.folder() / "pin-tries.json").write_text("not json")
    with pytest.raises(CredentialRejected) as caught:
        login.open(hilum_request)
    assert caught.value.details == {"attempts_left": None}
    assert "is blocked" not in hilum_secrets.labels[-1]
    assert "eid-pin" not in hilum_secrets.asked
    monkeypatch.setattr(hilum_secrets, "confirm", lambda name, label: True)
    assert login.open(hilum_request).method == "eid"
    counted, serial = tries
    assert counted.left(serial) == 3


class ForgetfulCard:
    """Plays the platform for a card that forgot its PIN so many times before it signs."""

    def __init__(self, platform, times):
        self._platform = platform
        self._left = times

    def __call__(self, **arguments):
        if self._left:
            self._left -= 1
            raise EhealthError("card.not-logged-in")
        return self._platform(**arguments)


@pytest.mark.attack("C1")
@pytest.mark.parametrize(
    ("attended", "times", "opens"), [(True, 1, True), (True, 2, False), (False, 1, False)]
)
def test_a_card_that_forgot_its_pin_is_given_it_once_more_by_a_person(
    context, hilum_alice, hilum_request, platform, attended, times, opens
):
    answers = {"keystore-password": PASSWORD, "eid-pin": PIN}
    prompter = FakePrompter(answers, attended=attended)
    request = replace(hilum_request, prompter=prompter)
    login = EidLogin(
        context,
        readers=open_software_card(hilum_alice.card),
        open_token=ForgetfulCard(platform, times),
    )
    if opens:
        assert login.open(request).method == "eid"
    else:
        with pytest.raises(EhealthError, match=r"card\.not-logged-in"):
            login.open(request)
    assert prompter.asked.count("eid-pin") == (2 if attended else 1)


def test_a_missing_card_is_said(login, hilum_request, hilum_alice):
    hilum_alice.card.rename(hilum_alice.card.with_suffix(".away"))
    with pytest.raises(EhealthError, match=r"card\.not-present"):
        login.open(hilum_request)


def test_a_file_is_no_card_on_ehealths_own_platforms(
    hilum_context, hilum_request, hilum_alice, platform
):
    context = hilum_context(Plugin, settings={"software_card": str(hilum_alice.card)})
    login = EidLogin(context, open_token=platform)
    assert login.open(hilum_request).method == "eid"
    production = replace(hilum_request.environment, name="production", built_in=True)
    with pytest.raises(ConfigurationError) as caught:
        login.open(replace(hilum_request, environment=production))
    assert caught.value.code == "settings.software-card-refused"


def test_a_renewal_sends_the_old_assertion(login, hilum_request, platform):
    session = login.open(hilum_request)
    login.open(replace(hilum_request, renewing=session))
    assert platform.asked[-1]["renewing"] == session.assertion


class PinPadCard:
    """A card in a reader with keys, where the right PIN is typed."""

    def __init__(self, card):
        self._card = card
        self.identity = replace(card.identity, pin_pad=True)
        self.given = []

    def login(self, pin):
        self.given.append(pin)
        self._card.login(PIN)

    def key(self, label):
        return self._card.key(label)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._card.close()


class PinPadReaders:
    def __init__(self, file):
        self._readers = open_software_card(file)

    def open(self, reader):
        self.card = PinPadCard(self._readers.open(reader))
        return self.card

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._readers.close()


@pytest.mark.attack("C3")
def test_a_reader_with_keys_is_named_and_no_pin_is_asked_on_the_screen(
    context, hilum_alice, hilum_request, hilum_secrets, platform
):
    readers = PinPadReaders(hilum_alice.card)
    login = EidLogin(context, readers=readers, open_token=platform)
    assert login.open(hilum_request).method == "eid"
    assert hilum_secrets.asked == ["keystore-password"]
    assert readers.card.given == [None]
    assert "Type the PIN on the card reader" in hilum_request.progress.steps


class BrokenOffCard:
    """A card whose login ends without the card's answer."""

    def __init__(self, card, end):
        self._card = card
        self._end = end
        self.identity = card.identity

    def login(self, pin):
        raise self._end

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._card.close()


class BrokenOffReaders:
    def __init__(self, file, end):
        self._readers = open_software_card(file)
        self._end = end

    def open(self, reader):
        return BrokenOffCard(self._readers.open(reader), self._end)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._readers.close()


@pytest.mark.attack("C1")
@pytest.mark.parametrize(
    ("end", "said"),
    [
        (KeyboardInterrupt(), 1),
        (EhealthError("cancelled", try_may_be_lost=True), 1),
        (EhealthError("card.removed", try_may_be_lost=True), 0),
    ],
    ids=["ctrl-c", "cancelled", "pulled"],
)
def test_a_pin_under_way_counts_as_a_try_and_the_user_is_told(
    context, hilum_alice, hilum_request, platform, tries, end, said
):
    readers = BrokenOffReaders(hilum_alice.card, end)
    login = EidLogin(context, readers=readers, open_token=platform)
    with pytest.raises(type(end)):
        login.open(hilum_request)
    counted, serial = tries
    assert counted.left(serial) == 2
    # An error that is shown says it itself.
    assert len([note for note in context.output.notes if "may be lost" in note]) == said


def test_a_pin_of_impossible_length_costs_no_try(login, hilum_request, hilum_secrets, context):
    hilum_secrets.give("eid-pin", "12")
    with pytest.raises(EhealthError, match=r"card\.pin-format"):
        login.open(hilum_request)
    hilum_secrets.give("eid-pin", PIN)
    assert login.open(hilum_request).method == "eid"
