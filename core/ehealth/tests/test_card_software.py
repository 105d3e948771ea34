"""The card in a file: its PIN counter, its coming and going, its keys for other libraries."""

from __future__ import annotations

import copy
import hashlib
import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509.oid import NameOID
from hilum_ehealth.card.port import Card, CardReaders
from hilum_ehealth.card.software import create_software_card, open_software_card
from hilum_ehealth.card.watch import Happening, watch
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.authority import CitizenCard

PIN = "4711"
SHA256 = hashes.SHA256()

Make = Callable[..., CardReaders]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a card to ``card.json`` and open its reader."""

    def write(card: CitizenCard, *, file: str = "card.json", serial: str = "11AA") -> CardReaders:
        create_software_card(
            tmp_path / file,
            serial=serial,
            niss="85073003328",
            surname="Example",
            given_names="Alice Anne",
            pin=PIN,
            authentication=(card.authentication.private_key, card.authentication.certificate),
            signature=(card.signature.private_key, card.signature.certificate),
            ca=card.ca,
            root=card.root,
        )
        return open_software_card(tmp_path / file)

    return write


@pytest.fixture
def card(make: Make, alice_card: CitizenCard) -> Card:
    return make(alice_card).open()


@pytest.fixture
def ec_card(make: Make, ec_alice_card: CitizenCard) -> Card:
    return make(ec_alice_card).open()


def code_of(call: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(EhealthError) as caught:
        call(*arguments)
    return caught.value.code


def test_the_identity_is_read_without_a_pin(card: Card, alice_card: CitizenCard) -> None:
    identity = card.identity
    assert (identity.serial, identity.niss) == ("11AA", "85073003328")
    assert (identity.surname, identity.given_names) == ("Example", "Alice Anne")
    assert identity.reader == "Software card card.json"
    assert identity.certificates["Authentication"] == (
        alice_card.authentication.certificate.public_bytes(serialization.Encoding.DER)
    )
    assert list(identity.certificates) == ["Authentication", "Signature", "CA", "Root"]


def test_the_card_is_listed(make: Make, alice_card: CitizenCard) -> None:
    (info,) = make(alice_card).cards()
    assert (info.reader, info.serial) == ("Software card card.json", "11AA")


def test_another_reader_than_the_named_one(make: Make, alice_card: CitizenCard) -> None:
    readers = make(alice_card)
    assert readers.open("Software card card.json")
    assert code_of(readers.open, "ACR38") == "card.no-reader"


def test_the_file_is_private_and_shows_neither_pin_nor_key(card: Card, tmp_path: Path) -> None:
    file = tmp_path / "card.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert PIN not in json.dumps(json.loads(file.read_text())["keys"])
    assert "BEGIN ENCRYPTED PRIVATE KEY" in file.read_text()


def test_signing_wants_the_pin_first(card: Card) -> None:
    assert code_of(card.sign, "Authentication", b"x") == "card.not-logged-in"


def test_a_card_without_pin_pad_needs_a_pin(card: Card) -> None:
    assert code_of(card.login, None) == "card.pin-needed"


@pytest.mark.parametrize("pin", ["123", "12345678901234", "12a4", "١٢٣٤"])
def test_what_cannot_be_a_pin_costs_no_try(card: Card, tmp_path: Path, pin: str) -> None:
    assert code_of(card.login, pin) == "card.pin-format"
    assert json.loads((tmp_path / "card.json").read_text())["tries_left"] == 3


def test_three_wrong_pins_block_for_good(make: Make, alice_card: CitizenCard) -> None:
    readers = make(alice_card)
    lefts = []
    for _ in range(2):
        with pytest.raises(EhealthError) as caught:
            readers.open().login("9999")
        lefts.append((caught.value.code, caught.value.details["attempts_left"]))
    assert lefts == [("card.pin-rejected", 2), ("card.pin-rejected", 1)]
    assert code_of(readers.open().login, "9999") == "card.pin-blocked"
    assert code_of(readers.open().login, PIN) == "card.pin-blocked"


def test_a_right_pin_gives_back_the_tries(card: Card, tmp_path: Path) -> None:
    assert code_of(card.login, "9999") == "card.pin-rejected"
    card.login(PIN)
    assert json.loads((tmp_path / "card.json").read_text())["tries_left"] == 3


def test_a_wrong_pin_after_a_right_one_ends_the_login(card: Card) -> None:
    card.login(PIN)
    assert code_of(card.login, "9999") == "card.pin-rejected"
    assert code_of(card.sign, "Authentication", b"x") == "card.not-logged-in"


def test_a_card_taken_out_and_put_back(card: Card, tmp_path: Path) -> None:
    card.login(PIN)
    file = tmp_path / "card.json"
    file.rename(tmp_path / "drawer")
    assert not card.present()
    assert code_of(card.sign, "Authentication", b"x") == "card.removed"
    assert code_of(card.login, PIN) == "card.removed"
    (tmp_path / "drawer").rename(file)
    assert card.present()
    assert code_of(card.sign, "Authentication", b"x") == "card.not-logged-in"
    card.login(PIN)
    assert card.sign("Authentication", b"x")


def test_no_card_in_the_reader(tmp_path: Path) -> None:
    readers = open_software_card(tmp_path / "card.json")
    assert readers.cards() == ()
    assert code_of(readers.open) == "card.not-present"


def test_another_card_in_its_place_is_noticed(
    card: Card, make: Make, ec_alice_card: CitizenCard
) -> None:
    card.login(PIN)
    make(ec_alice_card, serial="22BB")
    assert code_of(card.sign, "Authentication", b"x") == "card.swapped"
    assert code_of(card.login, PIN) == "card.swapped"
    assert not card.present()


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"format": "other"}', b"\xff"])
def test_a_file_that_is_no_card(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "card.json").write_bytes(content)
    assert code_of(open_software_card(tmp_path / "card.json").open) == "card.not-recognised"


def test_a_childs_card_has_no_certificate(tmp_path: Path) -> None:
    create_software_card(
        tmp_path / "card.json",
        serial="33CC",
        niss="85073003328",
        surname="Example",
        given_names="Alice",
        pin=PIN,
        authentication=None,
    )
    assert code_of(open_software_card(tmp_path / "card.json").open) == "card.no-certificate"


def test_closing_forgets_the_pin(make: Make, alice_card: CitizenCard) -> None:
    with make(alice_card) as readers, readers.open() as card:
        card.login(PIN)
    assert code_of(card.sign, "Authentication", b"x") == "card.not-logged-in"


def test_the_repr_names_nobody(card: Card) -> None:
    card.login(PIN)
    shown = repr(card) + repr(card.identity) + repr(card.key("Authentication"))
    assert not any(secret in shown for secret in ("85073003328", "Example", "Alice", "11AA", PIN))


def test_an_rsa_key_signs_like_one_in_memory(card: Card) -> None:
    card.login(PIN)
    key = card.key("Authentication")
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == 2048
    signature = key.sign(b"data", padding.PKCS1v15(), SHA256)
    key.public_key().verify(signature, b"data", padding.PKCS1v15(), SHA256)


@pytest.mark.parametrize("digest", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
def test_an_elliptic_curve_key_answers_der(ec_card: Card, digest: hashes.HashAlgorithm) -> None:
    ec_card.login(PIN)
    key = ec_card.key("Signature")
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert (key.key_size, key.curve.name) == (384, "secp384r1")
    key.public_key().verify(key.sign(b"data", ec.ECDSA(digest)), b"data", ec.ECDSA(digest))


def test_the_port_itself_answers_r_and_s(ec_card: Card) -> None:
    ec_card.login(PIN)
    assert len(ec_card.sign("Authentication", b"data")) == 96


@pytest.mark.parametrize("which", ["card", "ec_card"])
def test_a_certificate_request_can_be_signed(request: pytest.FixtureRequest, which: str) -> None:
    card: Card = request.getfixturevalue(which)
    card.login(PIN)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    assert builder.sign(card.key("Authentication"), SHA256).is_signature_valid


def test_a_refusal_of_the_card_passes_through_the_key(card: Card) -> None:
    key = card.key("Authentication")
    assert isinstance(key, rsa.RSAPrivateKey)
    assert code_of(key.sign, b"x", padding.PKCS1v15(), SHA256) == "card.not-logged-in"


def test_an_rsa_key_does_nothing_else(card: Card) -> None:
    card.login(PIN)
    key = card.key("Authentication")
    assert isinstance(key, rsa.RSAPrivateKey)
    pss = padding.PSS(padding.MGF1(SHA256), 32)
    for refused in (
        lambda: key.sign(b"x", pss, SHA256),
        lambda: key.sign(b"x", padding.PKCS1v15(), hashes.SHA1()),
        lambda: key.sign(b"x", padding.PKCS1v15(), Prehashed(SHA256)),
        lambda: key.decrypt(b"x", padding.PKCS1v15()),
        key.private_numbers,
        lambda: _exported(key),
    ):
        with pytest.raises(UnsupportedAlgorithm):
            refused()


def test_an_elliptic_curve_key_does_nothing_else(ec_card: Card) -> None:
    ec_card.login(PIN)
    key = ec_card.key("Authentication")
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    for refused in (
        lambda: key.sign(b"x", ec.ECDSA(hashes.SHA1())),
        lambda: key.sign(b"x", ec.ECDSA(Prehashed(SHA256))),
        lambda: key.exchange(ec.ECDH(), key.public_key()),
        key.private_numbers,
        lambda: _exported(key),
    ):
        with pytest.raises(UnsupportedAlgorithm):
            refused()


def _exported(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def test_a_copied_key_is_the_same_key_on_the_same_card(card: Card) -> None:
    key = card.key("Authentication")
    assert copy.copy(key) is key
    assert copy.deepcopy(key) is key


def test_it_is_watched_like_any_card(make: Make, alice_card: CitizenCard, tmp_path: Path) -> None:
    readers = make(alice_card)
    over = False
    events = watch(readers, stopped=lambda: over, period=0)
    assert next(events).view.code is None
    (tmp_path / "card.json").rename(tmp_path / "away")
    event = next(events)
    assert (event.happening, event.view.code) == (Happening.CARD_OUT, "card.not-present")
    over = True
    assert next(events, None) is None


def test_it_signs_what_a_chip_is_given(card: Card, alice_card: CitizenCard) -> None:
    card.login(PIN)
    info = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(b"x").digest()
    signature = card.sign_digest_info("Authentication", info)  # type: ignore[attr-defined]
    public = alice_card.authentication.certificate.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(signature, b"x", padding.PKCS1v15(), SHA256)


def test_a_chip_of_rsa_is_no_chip_of_another_family(ec_card: Card) -> None:
    ec_card.login(PIN)
    with pytest.raises(ValueError, match="not an RSA key"):
        ec_card.sign_digest_info("Authentication", b"x")  # type: ignore[attr-defined]
