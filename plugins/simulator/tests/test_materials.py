"""Cards and keystores of the simulator are what the kit expects of real ones."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509 import load_der_x509_certificate
from hilum_ehealth.certificates import Usage, check_path, citizen_of, holder_of
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.keystore import Stage, open_keystore, read_keystore
from hilum_ehealth.testing.authority import Issued, KeyType, Pki
from hilum_simulator.materials import (
    Person,
    card_data,
    keystore_name,
    load_card_into_token,
    make_card,
    make_holder,
    write_keystore,
    write_software_card,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ALICE = Person(niss="85073003328", given_names=("Hélène", "Alice", "Zoé"), surname="Exemple")


@pytest.fixture(scope="module")
def pki() -> Pki:
    return Pki.create(NOW, key="ec")


def test_a_name_is_written_in_capitals_without_accents() -> None:
    assert ALICE.ehealth_name == "HELENE ALICE ZOE EXEMPLE"


def test_a_person_is_not_printed() -> None:
    assert repr(ALICE) == "Person()"


@pytest.fixture(scope="module")
def holders(pki: Pki) -> dict[KeyType, Issued]:
    return {
        "rsa": make_holder(pki, ALICE, key_type="rsa"),
        "ec": make_holder(pki, ALICE, key_type="ec"),
    }


def test_a_keystore_is_named_by_person_and_moment() -> None:
    assert keystore_name(ALICE, NOW) == "SSIN=85073003328 20261123-120000.p12"
    assert keystore_name(ALICE, NOW, ".acc-p12").endswith("-120000.acc-p12")


@pytest.mark.parametrize("stage", [Stage.COMPLETE, Stage.NO_ENCRYPTION_KEY, Stage.INCOMPLETE])
@pytest.mark.parametrize("old", [False, True], ids=["recent", "old"])
@pytest.mark.parametrize("key_type", ["rsa", "ec"])
def test_keystores_of_every_shape_are_read_as_what_they_are(
    stage: Stage,
    old: bool,
    key_type: KeyType,
    holders: dict[KeyType, Issued],
    tmp_path: Path,
) -> None:
    path = write_keystore(
        tmp_path, ALICE, holders[key_type], password="Canary1!", at=NOW, stage=stage, old=old
    )

    keystore = read_keystore(path, "Canary1!")

    assert keystore.stage is stage
    if keystore.authentication:
        assert keystore.authentication.certificate == holders[key_type].certificate
        assert keystore.authentication.chain == holders[key_type].chain
        assert holder_of(keystore.authentication.certificate).identifier == "85073003328"
    assert len(keystore.encryption) == (1 if stage is Stage.COMPLETE else 0)


def test_recent_stores_are_der_and_old_ones_ber(
    holders: dict[KeyType, Issued], tmp_path: Path
) -> None:
    for old, second_octet in ((False, 0x82), (True, 0x80)):
        path = write_keystore(tmp_path, ALICE, holders["ec"], password="Canary1!", at=NOW, old=old)
        assert path.read_bytes()[:2] == bytes((0x30, second_octet))


def test_a_renewed_store_keeps_the_older_encryption_keys(
    holders: dict[KeyType, Issued], tmp_path: Path
) -> None:
    path = write_keystore(
        tmp_path, ALICE, holders["ec"], password="Canary1!", at=NOW, encryption_keys=3
    )
    keystore = open_keystore(path.read_bytes(), "Canary1!")
    assert len({entry.alias for entry in keystore.encryption}) == 3
    assert all(len(entry.alias) == 39 for entry in keystore.encryption)


def test_a_keystore_is_for_the_owner_alone(holders: dict[KeyType, Issued], tmp_path: Path) -> None:
    folder = tmp_path / "ehealth" / "keystore"
    path = write_keystore(folder, ALICE, holders["ec"], password="Canary1!", at=NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert b"Canary1!" not in path.read_bytes()


def test_a_store_of_something_else_is_not_made(
    holders: dict[KeyType, Issued], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="not-ehealth"):
        write_keystore(
            tmp_path,
            ALICE,
            holders["ec"],
            password="Canary1!",
            at=NOW,
            stage=Stage.NOT_EHEALTH,
        )


def test_a_card_belongs_to_the_person(pki: Pki) -> None:
    card = make_card(pki, ALICE)
    citizen = citizen_of(card.authentication.certificate)
    assert (citizen.niss, citizen.surname) == ("85073003328", "Exemple")
    assert citizen.given_names == ("Hélène", "Alice")


def test_a_card_can_be_out_of_date(pki: Pki) -> None:
    card = make_card(pki, ALICE, not_after=NOW - timedelta(minutes=1))
    with pytest.raises(EhealthError) as refused:
        check_path(
            card.authentication.certificate,
            (card.ca,),
            (card.root,),
            NOW,
            usage=Usage.AUTHENTICATION,
        )
    assert refused.value.code == "certificate.expired"


@pytest.mark.parametrize("key_type", ["rsa", "ec"])
def test_a_software_card_signs_after_its_pin(key_type: KeyType, pki: Pki, tmp_path: Path) -> None:
    from hilum_ehealth.card.software import open_software_card

    path = tmp_path / "alice.card"
    serial = write_software_card(path, ALICE, make_card(pki, ALICE, key_type=key_type), pin="1234")
    with open_software_card(path) as readers, readers.open() as card:
        assert (card.identity.serial, card.identity.niss) == (serial, "85073003328")
        assert set(card.identity.certificates) == {"Authentication", "Signature", "CA", "Root"}
        card.login("1234")
        key = card.key("Authentication")
        leaf = load_der_x509_certificate(card.identity.certificates["Authentication"])
        assert key.public_key() == leaf.public_key()
        assert len(card.sign("Authentication", b"data")) == (256 if key_type == "rsa" else 96)


def test_a_software_card_keeps_its_pin_to_itself(pki: Pki, tmp_path: Path) -> None:
    path = tmp_path / "alice.card"
    write_software_card(path, ALICE, make_card(pki, ALICE), pin="482915")
    assert b"482915" not in path.read_bytes()


def test_the_identity_is_written_as_on_the_card(pki: Pki) -> None:
    data = card_data(ALICE, make_card(pki, ALICE))
    assert data["national_number"] == "85073003328"
    assert (data["surname"], data["firstnames"]) == ("Exemple", "Hélène Alice")
    assert data["first_letter_of_third_given_name"] == "Z"
    assert (data["date_of_birth"], data["gender"]) == ("30 JUIL 1985", "M")
    assert data["validity_begin_date"] == "22.11.2026"


def test_an_unknown_birth_date_is_left_out(pki: Pki) -> None:
    person = Person(niss="85000003306", given_names=("Bob",), surname="Example")
    data = card_data(person, make_card(pki, person))
    assert "date_of_birth" not in data
    assert data["first_letter_of_third_given_name"] == ""


@pytest.mark.softhsm
@pytest.mark.parametrize("key_type", ["rsa", "ec"])
def test_a_token_is_read_and_signs_like_an_eid(
    key_type: KeyType, pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hilum_ehealth.card.pkcs11 import open_pkcs11
    from hilum_ehealth.testing.token import softhsm_library, softhsm_settings

    module = softhsm_library()
    if module is None:
        pytest.skip("SoftHSM is not installed")
    settings = softhsm_settings(tmp_path)
    serial = load_card_into_token(
        module,
        ALICE,
        make_card(pki, ALICE, key_type=key_type),
        pin="1234",
        softhsm_conf=settings,
    )
    monkeypatch.setenv("SOFTHSM2_CONF", str(settings))
    with open_pkcs11(module, timeout=timedelta(seconds=20)) as readers, readers.open() as card:
        assert (card.identity.serial, card.identity.niss) == (serial, "85073003328")
        assert card.identity.given_names == "Hélène Alice"
        card.login("1234")
        assert len(card.sign("Authentication", b"data")) == (256 if key_type == "rsa" else 96)
