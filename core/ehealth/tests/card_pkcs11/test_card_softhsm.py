"""The real way, PyKCS11 in the card's process, against SoftHSM tokens that show an eID."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hilum_ehealth.card.pkcs11 import Pkcs11Readers, open_pkcs11
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.authority import CitizenCard
from hilum_ehealth.testing.token import load_card, softhsm_library, softhsm_settings

PIN = "4711"
DATA = {"national_number": "85073003328", "surname": "Éxample", "firstnames": "Alice Anne"}
MODULE = softhsm_library()
CARDS = ["alice_card", "ec_alice_card"]

pytestmark = [
    pytest.mark.softhsm,
    pytest.mark.skipif(MODULE is None, reason="SoftHSM is not installed (package softhsm2)"),
]

Load = Callable[..., str]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """A token store of this test's own; fills tokens with what an eID shows."""
    monkeypatch.setenv("SOFTHSM2_CONF", str(softhsm_settings(tmp_path)))

    def load_citizen(card: CitizenCard, **options: object) -> str:
        assert MODULE
        return load_card(
            MODULE,
            pin=PIN,
            authentication=(card.authentication.private_key, card.authentication.certificate),
            signature=(card.signature.private_key, card.signature.certificate),
            ca=card.ca,
            root=card.root,
            **({"data": DATA} | options),  # type: ignore[arg-type]
        )

    return load_citizen


@pytest.fixture
def readers(load: Load) -> Iterator[Pkcs11Readers]:
    with open_pkcs11(MODULE) as opened:
        yield opened


def code_of(call: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(EhealthError) as caught:
        call(*arguments)
    return caught.value.code


@pytest.mark.parametrize("which", CARDS)
def test_a_token_with_an_eids_objects_is_read_without_pin(
    readers: Pkcs11Readers, load: Load, request: pytest.FixtureRequest, which: str
) -> None:
    serial = load(request.getfixturevalue(which))
    identity = readers.open().identity
    assert (identity.niss, identity.surname) == ("85073003328", "Éxample")
    assert identity.serial == serial
    assert (identity.pin_pad, identity.asks_pin_itself) == (False, False)
    assert list(identity.certificates) == ["Authentication", "Signature", "CA", "Root"]
    assert "C_Login" not in readers.calls()


@pytest.mark.parametrize("label", ["Authentication", "Signature"])
@pytest.mark.parametrize("which", CARDS)
def test_its_keys_sign(
    readers: Pkcs11Readers, load: Load, request: pytest.FixtureRequest, which: str, label: str
) -> None:
    load(request.getfixturevalue(which))
    card = readers.open()
    card.login(PIN)
    key = card.key(label)
    public = key.public_key()
    if isinstance(key, rsa.RSAPrivateKey):
        scheme = (padding.PKCS1v15(), hashes.SHA256())
        public.verify(key.sign(b"data", *scheme), b"data", *scheme)
    else:
        assert len(card.sign(label, b"data")) == 96
        signature = key.sign(b"data", ec.ECDSA(hashes.SHA256()))
        public.verify(signature, b"data", ec.ECDSA(hashes.SHA256()))


def test_the_key_is_the_one_of_the_certificate_and_label(
    readers: Pkcs11Readers, load: Load, alice_card: CitizenCard
) -> None:
    load(alice_card)
    card = readers.open()
    expected = alice_card.signature.certificate.public_key().public_numbers()
    assert card.key("Signature").public_key().public_numbers() == expected


@pytest.mark.attack("C1")
@pytest.mark.parametrize("which", CARDS)
def test_a_wrong_pin_is_exactly_one_login(
    readers: Pkcs11Readers, load: Load, request: pytest.FixtureRequest, which: str
) -> None:
    load(request.getfixturevalue(which))
    card = readers.open()
    assert code_of(card.login, "9999") == "card.pin-rejected"
    assert readers.calls()["C_Login"] == 1


def test_what_cannot_be_a_pin_is_no_login(
    readers: Pkcs11Readers, load: Load, alice_card: CitizenCard
) -> None:
    load(alice_card)
    assert code_of(readers.open().login, "12a4") == "card.pin-format"
    assert "C_Login" not in readers.calls()


def test_a_right_pin_after_a_wrong_one(
    readers: Pkcs11Readers, load: Load, alice_card: CitizenCard
) -> None:
    load(alice_card)
    card = readers.open()
    assert code_of(card.login, "9999") == "card.pin-rejected"
    card.login(PIN)
    assert card.sign("Authentication", b"x")


@pytest.mark.attack("C5")
def test_logging_in_twice_is_no_error(
    readers: Pkcs11Readers, load: Load, alice_card: CitizenCard
) -> None:
    load(alice_card)
    card = readers.open()
    card.login(PIN)
    card.login(PIN)
    assert card.sign("Authentication", b"x")


def test_keys_hidden_before_the_login_are_not_missing_keys(
    readers: Pkcs11Readers, load: Load, alice_card: CitizenCard
) -> None:
    load(alice_card)
    assert code_of(readers.open().sign, "Authentication", b"x") == "card.not-logged-in"


def test_after_closing_the_card_wants_its_pin_again(
    readers: Pkcs11Readers, load: Load, alice_card: CitizenCard
) -> None:
    load(alice_card)
    with readers.open() as card:
        card.login(PIN)
    assert code_of(readers.open().sign, "Authentication", b"x") == "card.not-logged-in"


def test_two_tokens_with_the_label_ask_for_a_choice(
    readers: Pkcs11Readers, load: Load, alice_card: CitizenCard, ec_alice_card: CitizenCard
) -> None:
    load(alice_card)
    serial = load(ec_alice_card)
    assert code_of(readers.open) == "card.several"
    (named,) = [card.reader for card in readers.cards() if card.serial == serial]
    assert readers.open(named).identity.serial == serial


def test_a_token_of_another_label_is_left_alone(
    readers: Pkcs11Readers, load: Load, alice_card: CitizenCard, ec_alice_card: CitizenCard
) -> None:
    load(ec_alice_card, label="Company badge")
    serial = load(alice_card)
    assert readers.open().identity.serial == serial


def test_a_token_of_another_label_alone_is_known_by_its_certificate(
    readers: Pkcs11Readers, load: Load, alice_card: CitizenCard
) -> None:
    serial = load(alice_card, label="Some token")
    assert readers.open().identity.serial == serial


def test_an_empty_token_is_no_card(readers: Pkcs11Readers) -> None:
    assert code_of(readers.open) == "card.not-present"
    assert readers.cards() == ()


def test_names_come_from_the_certificate_without_data_objects(
    readers: Pkcs11Readers, load: Load, alice_card: CitizenCard
) -> None:
    load(alice_card, data={})
    identity = readers.open().identity
    assert (identity.surname, identity.given_names) == ("Example", "Alice Anne")


@pytest.mark.attack("C5")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_opens_the_card_for_itself(load: Load, alice_card: CitizenCard) -> None:
    load(alice_card)
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from hilum_ehealth.card.pkcs11 import open_pkcs11\n"
        "readers = open_pkcs11(Path(sys.argv[1]))\n"
        "card = readers.open(); card.login(sys.argv[2])\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    with readers: other = readers.open(); other.login(sys.argv[2])\n"
        "    os._exit(0 if other else 1)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "assert card.sign('Authentication', b'x')\n"
        "readers.close()\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", script, str(MODULE), PIN], check=True)
