"""The emulated card, command by command; no reader is needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hilum_ehealth.card.software import create_software_card
from hilum_ehealth.testing.authority import CitizenCard
from hilum_ehealth.testing.card_emulator.applet import Applet, ForeignCard

DIGEST_INFO = "3031300d060960864801650304020105000420"
RIGHT, WRONG = "0020000108244711ffffffffff", "0020000108249999ffffffffff"
CHOOSE_AUTHENTICATION, CHOOSE_SIGNATURE = "002241b6050480018482", "002241b6050480018483"


@pytest.fixture
def applet(tmp_path: Path, alice_card: CitizenCard) -> Applet:
    create_software_card(
        tmp_path / "card",
        serial="11111111AAAAAAAA",
        niss="85073003328",
        surname="Éxample",
        given_names="Alice Anne",
        pin="4711",
        authentication=(
            alice_card.authentication.private_key,
            alice_card.authentication.certificate,
        ),
        signature=(alice_card.signature.private_key, alice_card.signature.certificate),
    )
    return Applet(tmp_path / "card")


def status(applet: Applet, command: str) -> str:
    return applet.answer(bytes.fromhex(command))[-2:].hex()


def signature(applet: Applet, command: str = "002a9e9a") -> str:
    return status(applet, command + "33" + DIGEST_INFO + "00" * 32)


def test_the_identity_is_read_in_pieces(applet: Applet) -> None:
    assert status(applet, "00a4080c063f00df014031") == "9000"
    length = applet.answer(bytes.fromhex("00b0000000"))
    assert length[0] == 0x6C
    content = applet.answer(bytes.fromhex("00b00000") + length[1:])
    assert content.startswith(b"\x06\x0b85073003328\x07\x08" + "Éxample".encode())
    assert content.endswith(b"\x90\x00")
    assert status(applet, "00b0010001") == "6b00"


def test_a_file_that_is_not_there(applet: Applet) -> None:
    assert status(applet, "00a4080c063f00df015555") == "6a82"


def test_the_card_tells_its_number_and_version(applet: Applet) -> None:
    assert applet.answer(bytes.fromhex("80e4000000")).hex() == "6c1c"
    data = applet.answer(bytes.fromhex("80e400001c"))
    assert data[8:16].hex() == "11111111aaaaaaaa"
    assert data[21] == 0x17


def test_wrong_pins_count_down_to_blocked(applet: Applet) -> None:
    assert [status(applet, WRONG) for _ in range(3)] == ["63c2", "63c1", "6983"]
    assert status(applet, RIGHT) == "6983"


@pytest.mark.parametrize("block", ["24471fffffffffff", "144711ffffffffff", "244711"])
def test_what_is_no_pin_block_is_no_try(applet: Applet, block: str) -> None:
    assert status(applet, f"00200001{len(block) // 2:02x}{block}") == "6a80"
    assert status(applet, WRONG) == "63c2"


def test_another_pin_does_not_exist(applet: Applet) -> None:
    assert status(applet, RIGHT.replace("00200001", "00200002")) == "6a88"


def test_a_signature_waits_to_be_fetched(applet: Applet, alice_card: CitizenCard) -> None:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(b"data")
    assert status(applet, RIGHT) == "9000"
    assert status(applet, CHOOSE_AUTHENTICATION) == "9000"
    assert status(applet, "002a9e9a33" + DIGEST_INFO + digest.finalize().hex()) == "6100"
    answer = applet.answer(bytes.fromhex("00c0000000"))
    public = alice_card.authentication.certificate.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(answer[:-2], b"data", padding.PKCS1v15(), hashes.SHA256())
    assert status(applet, "00c0000000") == "6985"


def test_a_key_signs_only_after_the_pin(applet: Applet) -> None:
    assert signature(applet) == "6985"
    status(applet, CHOOSE_AUTHENTICATION)
    assert signature(applet) == "6982"
    status(applet, RIGHT)
    assert signature(applet, "00880000") == "6100"


def test_a_legal_signature_wants_the_pin_each_time(applet: Applet) -> None:
    status(applet, CHOOSE_SIGNATURE)
    status(applet, RIGHT)
    assert signature(applet) == "6100"
    assert signature(applet) == "6982"


@pytest.mark.parametrize("forget", ["log-off", "reset"])
def test_the_pin_is_forgotten(applet: Applet, forget: str) -> None:
    status(applet, RIGHT)
    applet.reset() if forget == "reset" else status(applet, "80e60000")
    status(applet, CHOOSE_AUTHENTICATION)
    assert signature(applet) == "6982"


def test_a_key_or_command_that_does_not_exist(applet: Applet) -> None:
    assert status(applet, "002241b6050480018499") == "6a88"
    assert status(applet, "00ff0000") == "6d00"
    assert status(applet, "00") == "6d00"
    assert signature(applet, "002a8680") == "6a86"


def test_a_foreign_card_understands_nothing() -> None:
    assert ForeignCard().answer(bytes.fromhex("80e400001c")).hex() == "6d00"


def test_a_card_of_a_later_applet_is_refused(tmp_path: Path, ec_alice_card: CitizenCard) -> None:
    key = (ec_alice_card.authentication.private_key, ec_alice_card.authentication.certificate)
    create_software_card(
        tmp_path / "card",
        serial="22",
        niss="85073003328",
        surname="Example",
        given_names="Alice",
        pin="4711",
        authentication=key,
    )
    with pytest.raises(ValueError, match="RSA"):
        Applet(tmp_path / "card")
