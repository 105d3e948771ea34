"""An emulated card behind a virtual reader: what happens to it, and what the client says."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hilum_ehealth.card.pkcs11 import Pkcs11Readers, open_pkcs11
from hilum_ehealth.card.watch import CardEvent, watch
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.card_emulator.virtual_reader import VirtualReader, opensc_module

PIN = "4711"
WRONG = "9999"
SIGN = "PERFORM_SECURITY_OPERATION"

Eventually = Callable[[Callable[[], object]], None]

pytestmark = pytest.mark.vreader


def refused(call: Callable[..., object], *arguments: object) -> EhealthError:
    with pytest.raises(EhealthError) as caught:
        call(*arguments)
    return caught.value


def code_of(call: Callable[..., object], *arguments: object) -> str:
    return refused(call, *arguments).code


def tries_left(card: Path) -> int:
    return int(json.loads(card.read_text())["tries_left"])


def test_a_card_is_read_without_a_pin(
    reader: VirtualReader, readers: Pkcs11Readers, alice: Path
) -> None:
    reader.insert(alice)
    identity = readers.open().identity
    assert (identity.niss, identity.surname) == ("85073003328", "Example")
    assert identity.serial.upper() == "11111111AAAAAAAA"
    assert list(identity.certificates) == ["Authentication", "Signature", "CA", "Root"]
    assert reader.heard("VERIFY") == 0


def test_a_card_signs_after_one_pin(
    reader: VirtualReader, readers: Pkcs11Readers, alice: Path
) -> None:
    reader.insert(alice)
    card = readers.open()
    card.login(PIN)
    key = card.key("Authentication")
    scheme = (padding.PKCS1v15(), hashes.SHA256())
    assert isinstance(key, rsa.RSAPrivateKey)
    key.public_key().verify(key.sign(b"data", *scheme), b"data", *scheme)
    assert reader.heard("VERIFY") == 1


@pytest.mark.attack("C1")
def test_three_wrong_pins_block_the_card_and_each_is_one_try(
    reader: VirtualReader, readers: Pkcs11Readers, alice: Path
) -> None:
    reader.insert(alice)
    card = readers.open()
    said = []
    for pin in (WRONG, WRONG, WRONG, PIN):
        error = refused(card.login, pin)
        said.append((error.code, error.details["ckr"], tries_left(alice)))
    assert said == [
        ("card.pin-rejected", "CKR_PIN_INCORRECT", 2),
        ("card.pin-rejected", "CKR_PIN_INCORRECT", 1),
        ("card.pin-blocked", "CKR_PIN_LOCKED", 0),
        ("card.pin-blocked", "CKR_PIN_LOCKED", 0),
    ]
    assert reader.heard("VERIFY") == 4


@pytest.mark.attack("C1")
def test_a_right_pin_gives_the_tries_back(
    reader: VirtualReader, readers: Pkcs11Readers, alice: Path
) -> None:
    reader.insert(alice)
    card = readers.open()
    assert code_of(card.login, WRONG) == "card.pin-rejected"
    card.login(PIN)
    assert tries_left(alice) == 3


@pytest.mark.attack("C4")
def test_a_card_taken_out_and_put_back_wants_its_pin_again(
    reader: VirtualReader, readers: Pkcs11Readers, alice: Path, eventually: Eventually
) -> None:
    reader.insert(alice)
    card = readers.open()
    card.login(PIN)
    reader.remove()
    eventually(lambda: not card.present())
    assert code_of(card.sign, "Authentication", b"x") == "card.removed"
    assert code_of(readers.open) == "card.not-present"
    reader.insert(alice)
    eventually(card.present)
    assert code_of(card.sign, "Authentication", b"x") == "card.removed"
    card.login(PIN)
    assert card.sign("Authentication", b"x")


def test_a_card_out_and_back_before_the_pin_takes_it(
    reader: VirtualReader, readers: Pkcs11Readers, alice: Path, eventually: Eventually
) -> None:
    reader.insert(alice)
    card = readers.open()
    reader.swap(alice)
    eventually(card.present)
    card.login(PIN)
    assert card.sign("Authentication", b"x")


@pytest.mark.attack("C1")
@pytest.mark.attack("C4")
def test_another_card_gets_no_pin(
    reader: VirtualReader, readers: Pkcs11Readers, alice: Path, bob: Path, eventually: Eventually
) -> None:
    reader.insert(alice)
    card = readers.open()
    reader.swap(bob)
    eventually(readers.cards)
    assert code_of(card.login, PIN) == "card.swapped"
    assert reader.heard("VERIFY") == 0
    assert readers.open().identity.niss == "17073003384"


@pytest.mark.attack("C1")
@pytest.mark.attack("C4")
def test_a_card_pulled_during_the_login_may_have_lost_a_try(
    reader: VirtualReader, readers: Pkcs11Readers, alice: Path
) -> None:
    reader.insert(alice)
    card = readers.open()
    reader.pull_at("VERIFY")
    error = refused(card.login, PIN)
    assert error.code == "card.removed"
    assert error.details["try_may_be_lost"] is True
    assert reader.heard("VERIFY") == 1


@pytest.mark.attack("C4")
def test_a_card_pulled_during_the_signature_is_told_and_can_be_taken_up_again(
    reader: VirtualReader, readers: Pkcs11Readers, alice: Path, eventually: Eventually
) -> None:
    reader.insert(alice)
    card = readers.open()
    card.login(PIN)
    reader.pull_at(SIGN)
    error = refused(card.sign, "Authentication", b"x")
    assert error.code == "card.removed"
    assert not error.details.get("try_may_be_lost")
    reader.swap(alice)
    eventually(card.present)
    card.login(PIN)
    assert card.sign("Authentication", b"x")


@pytest.mark.attack("C4")
@pytest.mark.parametrize("at", ["VERIFY", SIGN])
def test_a_card_that_does_not_answer_is_given_up_within_a_second(
    reader: VirtualReader, readers: Pkcs11Readers, alice: Path, at: str
) -> None:
    reader.insert(alice)
    given_up_at: list[float] = []

    def gave_up() -> bool:
        if reader.heard(at):
            given_up_at.append(time.monotonic())
        return bool(given_up_at)

    with open_pkcs11(opensc_module(), cancelled=gave_up) as patient:
        card = patient.open()
        helper = patient.helper
        reader.hold_at(at)
        error = refused(lambda: (card.login(PIN), card.sign("Authentication", b"x")))
        assert time.monotonic() - given_up_at[0] < 1
    assert error.code == "cancelled"
    assert error.details["try_may_be_lost"] is (at == "VERIFY")
    assert helper
    assert not Path(f"/proc/{helper.pid}").exists()


@pytest.mark.attack("C4")
def test_every_slot_is_looked_at_and_what_is_no_eid_is_ignored(
    reader: VirtualReader, readers: Pkcs11Readers, alice: Path
) -> None:
    reader.insert_foreign()
    assert code_of(readers.open) == "card.not-recognised"
    reader.insert(alice, slot=1)
    assert readers.open().identity.niss == "85073003328"
    assert [card.reader for card in readers.cards()] == ["Virtual PCD 00 01"]


def test_two_cards_ask_for_a_choice(
    reader: VirtualReader, readers: Pkcs11Readers, alice: Path, bob: Path
) -> None:
    reader.insert(alice)
    reader.insert(bob, slot=1)
    assert code_of(readers.open) == "card.several"
    assert readers.open("Virtual PCD 00 01").identity.niss == "17073003384"


@pytest.mark.attack("C4")
def test_the_card_service_ends_and_comes_back(
    reader: VirtualReader, readers: Pkcs11Readers, alice: Path, eventually: Eventually
) -> None:
    reader.insert(alice)
    card = readers.open()
    card.login(PIN)
    reader.stop_pcscd()
    assert code_of(card.sign, "Authentication", b"x") == "card.removed"
    assert code_of(readers.open) == "card.no-service"
    reader.start_pcscd()
    eventually(card.present)
    card.login(PIN)
    assert card.sign("Authentication", b"x")


@pytest.mark.attack("C4")
def test_a_service_that_starts_later_is_found_without_a_restart(
    reader: VirtualReader, readers: Pkcs11Readers, alice: Path, eventually: Eventually
) -> None:
    reader.stop_pcscd()
    assert code_of(readers.open) == "card.no-service"
    reader.insert(alice)
    reader.start_pcscd()
    eventually(readers.cards)
    assert readers.open().identity.niss == "85073003328"


@pytest.mark.attack("C4")
def test_a_service_without_reader_has_no_reader(
    reader: VirtualReader, readers: Pkcs11Readers, alice: Path, eventually: Eventually
) -> None:
    reader.insert(alice)
    reader.stop_pcscd()
    reader.start_pcscd(readers=False)
    assert code_of(readers.open) == "card.no-reader"
    reader.stop_pcscd()
    reader.start_pcscd()
    eventually(readers.cards)


@pytest.mark.attack("C4")
def test_a_watch_tells_what_happens_at_the_reader(
    reader: VirtualReader, readers: Pkcs11Readers, alice: Path, bob: Path
) -> None:
    events = watch(readers, stopped=lambda: False, period=0.05)
    assert told(next(events)) == ("start", "card.not-present")
    reader.insert(alice)
    assert told(next(events)) == ("card-in", None)
    reader.remove()
    assert told(next(events)) == ("card-out", "card.not-present")
    reader.insert(bob)
    assert told(next(events)) == ("card-in", None)
    reader.stop_pcscd()
    assert told(next(events)) == ("reader-gone", "card.no-service")
    reader.start_pcscd()
    assert {told(next(events)) for _ in range(2)} == {
        ("reader-back", "card.not-present"),
        ("card-in", None),
    }


def told(event: CardEvent) -> tuple[str, str | None]:
    return event.happening.value, event.view.code
