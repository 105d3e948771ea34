"""What a doctor sees of module, reader, card, certificates and keys, without a PIN."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hilum_ehealth.card.examination import CardExamination, Library, key_kind, too_old
from hilum_ehealth.card.pkcs11 import open_pkcs11
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.token import load_card, softhsm_library, softhsm_settings

MODULE = softhsm_library()


def code_of(fact) -> str:
    with pytest.raises(EhealthError) as caught:
        fact()
    return caught.value.code


def test_a_card_shows_its_certificates_and_keys_and_no_pin_is_asked(
    played, eid, open_played
) -> None:
    played.add(**eid)
    seen = CardExamination(open_played())

    assert seen.library.description == "Played library"
    assert seen.library.number == "5.1"
    assert [slot.reader for slot in seen.slots] == ["ACR38 00 00"]
    assert seen.slot.reader == "ACR38 00 00"
    assert list(seen.certificates) == ["Authentication", "Signature", "CA", "Root"]
    assert seen.keys_shown == {"Authentication", "Signature"}
    assert played.calls("C_Login") == []


def test_the_card_is_opened_once_for_all_questions(played, eid, open_played) -> None:
    played.add(**eid)
    seen = CardExamination(open_played())

    for _ in range(2):
        assert seen.certificates
        assert seen.keys_shown

    assert len(played.calls("C_OpenSession")) == 1
    assert len(played.calls("C_Initialize")) == 1


def test_a_card_that_is_out_is_told(played, eid, open_played) -> None:
    played.add(**eid | {"present": False})
    seen = CardExamination(open_played())

    assert len(seen.slots) == 1
    assert code_of(lambda: seen.slot) == "card.not-present"


def test_without_a_reader_there_is_none(played, open_played) -> None:
    seen = CardExamination(open_played())

    assert seen.slots == ()
    assert code_of(lambda: seen.slot) == "card.no-reader"


def test_a_hanging_library_ends_in_time(played, eid, open_played) -> None:
    from datetime import timedelta

    played.add(**eid)
    played.fault(C_GetInfo="hang")
    seen = CardExamination(open_played(timeout=timedelta(seconds=0.5)))

    assert code_of(lambda: seen.library) == "card.timeout"


@pytest.mark.parametrize(("card", "kind"), [("alice_card", "rsa-2048"), ("ec_alice_card", "p-384")])
def test_the_kind_of_key_tells_the_generation(card, kind, request) -> None:
    certificate = request.getfixturevalue(card).authentication.certificate

    assert key_kind(certificate.public_bytes(Encoding.DER)) == kind


@pytest.mark.parametrize(
    ("description", "version", "kind", "old"),
    [
        ("Belgium eID PKCS#11 interface v2", (4, 4), "p-384", True),
        ("Belgium eID PKCS#11 interface v2", (5, 1), "p-384", False),
        ("Belgium eID PKCS#11 interface v2", (4, 4), "rsa-2048", False),
        ("OpenSC smartcard framework", (0, 23), "p-384", True),
        ("OpenSC smartcard framework", (0, 27), "p-384", False),
        ("Implementation of PKCS11", (2, 6), "p-384", False),
    ],
)
def test_libraries_that_cannot_sign_with_newer_cards_are_known(
    description, version, kind, old
) -> None:
    library = Library(description=description, manufacturer="", version=version)

    assert too_old(library, kind) is old


@pytest.mark.softhsm
@pytest.mark.skipif(MODULE is None, reason="SoftHSM is not installed (package softhsm2)")
def test_a_real_library_and_token_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ec_alice_card
) -> None:
    monkeypatch.setenv("SOFTHSM2_CONF", str(softhsm_settings(tmp_path)))
    assert MODULE is not None
    load_card(
        MODULE,
        pin="4711",
        authentication=(
            ec_alice_card.authentication.private_key,
            ec_alice_card.authentication.certificate,
        ),
        ca=ec_alice_card.ca,
    )
    seen = CardExamination(open_pkcs11(MODULE))
    try:
        assert seen.library.manufacturer == "SoftHSM"
        assert list(seen.certificates) == ["Authentication", "CA"]
        assert seen.keys_shown == {"Authentication"}
    finally:
        seen.close()
