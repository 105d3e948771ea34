"""The PKCS#11 client against a played library: what SoftHSM cannot show."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from hilum_ehealth.card.pkcs11 import Pkcs11Readers
from hilum_ehealth.errors import EhealthError

PIN = "4711"
CODES = [
    ("CKR_TOKEN_NOT_RECOGNIZED", "card.not-recognised"),
    ("CKR_TOKEN_NOT_PRESENT", "card.in-use"),
    ("CKR_DEVICE_ERROR", "card.device-error"),
    ("CKR_GENERAL_ERROR", "card.general-error"),
    ("CKR_FUNCTION_FAILED", "card.function-failed"),
    ("CKR_HOST_MEMORY", "card.unknown-error"),
]

Open = Callable[..., Pkcs11Readers]


def code_of(call: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(EhealthError) as caught:
        call(*arguments)
    return caught.value.code


def test_the_identity_is_read_without_a_pin(played, eid, open_played: Open) -> None:
    played.add(**eid)
    with open_played().open() as card:
        identity = card.identity
    assert (identity.niss, identity.surname) == ("85073003328", "Éxample")
    assert identity.given_names == "Alice Anne"
    assert identity.serial == "11111111AAAAAAAA"
    assert list(identity.certificates) == ["Authentication", "Signature", "CA", "Root"]
    assert played.calls("C_Login") == []


def test_only_what_a_session_needs_is_read(played, eid, open_played: Open) -> None:
    played.add(**eid)
    open_played().open()
    assert [what for what in played.calls("C_FindObjects") if what.startswith("data")] == [
        "data national_number",
        "data surname",
        "data firstnames",
    ]


def test_names_come_from_the_certificate_when_the_card_has_no_data(
    played, eid, open_played: Open
) -> None:
    played.add(**eid | {"data": {}})
    identity = open_played().open().identity
    assert (identity.niss, identity.surname) == ("85073003328", "Example")


def test_data_of_another_person_than_the_certificate_is_refused(
    played, eid, open_played: Open
) -> None:
    played.add(**eid | {"data": {"national_number": b"00010100105".hex()}})
    assert code_of(open_played().open) == "card.identity-mismatch"


def test_the_repr_of_an_identity_names_nobody(played, eid, open_played: Open) -> None:
    played.add(**eid)
    shown = repr(open_played().open().identity)
    assert not any(secret in shown for secret in ("85073003328", "Éxample", "Alice", "1111"))


def test_a_key_signs_after_one_login(played, eid, open_played: Open) -> None:
    played.add(**eid)
    card = open_played().open()
    card.login(PIN)
    assert card.sign("Authentication", b"data") == b"signed by CKM_SHA256_RSA_PKCS: data"
    assert played.calls("C_Login") == ["PIN"]


def test_an_elliptic_curve_key_gets_the_hash(played, ec_eid, open_played: Open) -> None:
    played.add(**ec_eid)
    card = open_played().open()
    card.login(PIN)
    expected = b"signed by CKM_ECDSA: " + hashlib.sha256(b"data").digest()
    assert card.sign("Authentication", b"data") == expected


@pytest.mark.attack("C1")
def test_a_wrong_pin_is_one_try(played, eid, open_played: Open) -> None:
    played.add(**eid)
    card = open_played().open()
    with pytest.raises(EhealthError) as caught:
        card.login("9999")
    assert caught.value.code == "card.pin-rejected"
    assert caught.value.details["attempts_left"] is None
    assert played.calls("C_Login") == ["PIN"]


@pytest.mark.attack("C1")
def test_the_third_wrong_pin_blocks(played, eid, open_played: Open) -> None:
    played.add(**eid)
    card = open_played().open()
    codes = [code_of(card.login, "9999") for _ in range(4)]
    assert codes == [*["card.pin-rejected"] * 2, *["card.pin-blocked"] * 2]
    assert len(played.calls("C_Login")) == 4


@pytest.mark.attack("C1")
@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4", "١٢٣٤", "12 4", "1234\n"])
def test_what_cannot_be_a_pin_is_never_sent(played, eid, open_played: Open, pin: str) -> None:
    played.add(**eid)
    assert code_of(open_played().open().login, pin) == "card.pin-format"
    assert played.calls("C_Login") == []


def test_without_pin_pad_or_window_a_pin_is_needed(played, eid, open_played: Open) -> None:
    played.add(**eid)
    assert code_of(open_played().open().login, None) == "card.pin-needed"
    assert played.calls("C_Login") == []


@pytest.mark.attack("C3")
@pytest.mark.parametrize("pin", [None, PIN])
def test_a_pin_pad_gets_no_pin_from_us(played, eid, open_played: Open, pin: str | None) -> None:
    played.add(**eid | {"flags": ["initialised", "login_required", "pin_pad"]})
    card = open_played().open()
    assert card.identity.pin_pad
    card.login(pin)
    assert played.calls("C_Login") == ["NULL"]


@pytest.mark.attack("C3")
def test_a_wrong_pin_on_the_pin_pad_is_told(played, eid, open_played: Open) -> None:
    played.add(**eid | {"flags": ["initialised", "pin_pad"], "typed": "9999"})
    assert code_of(open_played().open().login, None) == "card.pin-rejected"


@pytest.mark.attack("C3")
def test_giving_up_on_the_pin_pad_is_cancelling(played, eid, open_played: Open) -> None:
    played.add(**eid | {"flags": ["initialised", "pin_pad"], "typed": None})
    assert code_of(open_played().open().login, None) == "cancelled"


def test_the_middleware_may_ask_the_pin_in_its_own_window(played, eid, open_played: Open) -> None:
    played.add(**eid | {"flags": ["initialised"]})
    card = open_played().open()
    assert card.identity.asks_pin_itself
    card.login(None)
    assert card.sign("Authentication", b"x")
    assert played.calls("C_Login") == ["NULL"]


def test_a_pin_given_to_us_spares_the_middleware_its_window(played, eid, open_played: Open) -> None:
    played.add(**eid | {"flags": ["initialised"], "typed": None})
    card = open_played().open()
    card.login(PIN)
    assert played.calls("C_Login") == ["PIN"]


def test_the_window_closed_while_signing_is_cancelling(played, eid, open_played: Open) -> None:
    played.add(**eid | {"flags": ["initialised"], "typed": None})
    card = open_played().open()
    assert code_of(card.sign, "Authentication", b"x") == "cancelled"


def test_a_card_that_forgot_the_pin_says_so_and_takes_it_again(
    played, eid, open_played: Open
) -> None:
    played.add(**eid)
    card = open_played().open()
    assert code_of(card.sign, "Authentication", b"x") == "card.not-logged-in"
    card.login(PIN)
    assert card.sign("Authentication", b"x")


@pytest.mark.attack("C4")
@pytest.mark.parametrize(("ckr", "code"), CODES)
def test_each_refusal_to_describe_the_card_has_its_code(
    played, eid, open_played: Open, ckr: str, code: str
) -> None:
    played.add(**eid | {"token_error": ckr})
    assert code_of(open_played().open) == code


@pytest.mark.attack("C4")
def test_no_reader(played, open_played: Open) -> None:
    assert code_of(open_played().open) == "card.no-reader"


def test_a_reader_plugged_in_later_is_seen_by_the_same_readers(
    played, eid, open_played: Open
) -> None:
    readers = open_played()
    assert code_of(readers.open) == "card.no-reader"
    played.add(**eid)
    assert readers.open().identity.niss == "85073003328"


@pytest.mark.attack("C4")
def test_no_card(played, eid, open_played: Open) -> None:
    played.add(**eid | {"present": False})
    assert code_of(open_played().open) == "card.not-present"


@pytest.mark.attack("C4")
def test_a_card_that_another_program_holds(played, eid, open_played: Open) -> None:
    played.add(**eid | {"exclusive": True})
    assert code_of(open_played().open) == "card.in-use"


def test_a_childs_card_has_keys_but_no_certificate(played, eid, open_played: Open) -> None:
    played.add(**eid | {"certificates": {}})
    assert code_of(open_played().open) == "card.no-certificate"


def test_a_card_without_signature_certificate_does_not_sign_with_it(
    played, eid, open_played: Open
) -> None:
    certificates = {"Authentication": eid["certificates"]["Authentication"]}
    played.add(**eid | {"certificates": certificates})
    card = open_played().open()
    card.login(PIN)
    assert code_of(card.sign, "Signature", b"x") == "card.no-certificate"
    assert code_of(card.key, "Signature") == "card.no-certificate"


def test_a_certificate_without_key(played, eid, open_played: Open) -> None:
    played.add(**eid | {"keys": {}})
    card = open_played().open()
    assert code_of(card.sign, "Authentication", b"x") == "card.not-logged-in"
    card.login(PIN)
    assert code_of(card.sign, "Authentication", b"x") == "card.no-key"


def test_two_cards_ask_for_a_choice(played, eid, ec_eid, open_played: Open) -> None:
    played.add(**eid)
    played.add(**ec_eid)
    readers = open_played()
    with pytest.raises(EhealthError) as caught:
        readers.open()
    assert caught.value.code == "card.several"
    assert caught.value.details["readers"] == ["ACR38 00 00", "ACR38 01 00"]
    assert readers.open("ACR38 01 00").identity.serial == "22222222EEEEEEEE"


def test_foreign_tokens_beside_the_card_are_left_alone(
    played, eid, ec_eid, open_played: Open
) -> None:
    played.add(**ec_eid | {"label": "Company badge", "model": "PIV"})
    played.add(**eid)
    readers = open_played()
    assert readers.open().identity.serial == "11111111AAAAAAAA"
    assert [card.reader for card in readers.cards()] == ["ACR38 00 00"]


def test_only_a_foreign_token(played, eid, open_played: Open) -> None:
    played.add(**eid | {"label": "Company badge", "model": "PIV", "certificates": {}})
    readers = open_played()
    assert code_of(readers.open) == "card.foreign-token"
    assert readers.cards() == ()


def test_a_token_of_another_name_with_a_citizens_certificate_is_a_card(
    played, eid, open_played: Open
) -> None:
    played.add(**eid | {"label": "Rebadged", "model": "Other"})
    assert open_played().open().identity.niss == "85073003328"


@pytest.mark.attack("C4")
def test_a_card_pulled_and_put_back_wants_a_new_login(played, eid, open_played: Open) -> None:
    played.add(**eid)
    card = open_played().open()
    card.login(PIN)
    played.pull()
    assert code_of(card.sign, "Authentication", b"x") == "card.removed"
    assert code_of(card.login, PIN) == "card.removed"
    assert not card.present()
    played.insert()
    assert card.present()
    assert code_of(card.sign, "Authentication", b"x") == "card.removed"
    card.login(PIN)
    assert card.sign("Authentication", b"x")
    assert played.calls("C_Login") == ["PIN", "PIN"]


def test_pulled_and_put_back_unnoticed_still_wants_a_login(played, eid, open_played: Open) -> None:
    played.add(**eid)
    card = open_played().open()
    card.login(PIN)
    played.pull()
    played.insert()
    assert code_of(card.sign, "Authentication", b"x") == "card.removed"


@pytest.mark.attack("C1")
def test_another_card_gets_no_pin(played, eid, open_played: Open) -> None:
    played.add(**eid)
    card = open_played().open()
    played.pull()
    played.insert(serial="33333333CCCCCCCC")
    assert code_of(card.login, PIN) == "card.swapped"
    assert not card.present()
    assert played.calls("C_Login") == []


@pytest.mark.attack("C4")
def test_an_error_while_signing_with_the_card_still_there(played, eid, open_played: Open) -> None:
    played.add(**eid)
    card = open_played().open()
    card.login(PIN)
    played.fault(C_Sign="CKR_DEVICE_ERROR")
    assert code_of(card.sign, "Authentication", b"x") == "card.device-error"


@pytest.mark.attack("C4")
def test_the_same_error_with_the_card_gone_means_that_it_was_pulled(
    played, eid, open_played: Open
) -> None:
    played.add(**eid)
    card = open_played().open()
    card.login(PIN)
    played.change(pulled_while_signing=True)
    with pytest.raises(EhealthError) as caught:
        card.sign("Authentication", b"x")
    assert caught.value.code == "card.removed"
    assert caught.value.details["ckr"] == "CKR_DEVICE_ERROR"


@pytest.mark.attack("C1")
@pytest.mark.attack("C4")
@pytest.mark.parametrize("ckr", ["CKR_DEVICE_ERROR", "CKR_GENERAL_ERROR", "CKR_HOST_MEMORY"])
def test_a_login_that_ends_in_an_error_may_have_cost_a_try(
    played, eid, open_played: Open, ckr: str
) -> None:
    played.add(**eid)
    card = open_played().open()
    played.fault(C_Login=ckr)
    with pytest.raises(EhealthError) as caught:
        card.login(PIN)
    assert caught.value.details["try_may_be_lost"] is True


@pytest.mark.attack("C1")
def test_a_login_whose_card_is_not_there_costs_nothing(played, eid, open_played: Open) -> None:
    played.add(**eid)
    card = open_played().open()
    played.pull()
    with pytest.raises(EhealthError) as caught:
        card.login(PIN)
    assert not caught.value.details.get("try_may_be_lost")
    assert played.calls("C_Login") == []


def test_a_card_out_and_back_while_the_pin_is_looked_for_takes_it(
    played, eid, open_played: Open
) -> None:
    played.add(**eid)
    card = open_played().open()
    played.pull()
    played.insert()
    card.login(PIN)
    assert card.sign("Authentication", b"x")


@pytest.mark.attack("C4")
@pytest.mark.parametrize("reader", ["none", "empty"])
def test_without_the_card_service_that_is_the_reason(
    played, eid, open_played: Open, reader: str
) -> None:
    if reader == "empty":
        played.add(**eid | {"present": False})
    played.service_runs = False
    assert code_of(open_played().open) == "card.no-service"


def test_closing_logs_out(played, eid, open_played: Open) -> None:
    played.add(**eid)
    with open_played().open() as card:
        card.login(PIN)
    assert "C_Logout" in played.calls_after("C_Login")


def test_closing_the_readers_logs_out_and_finalises(played, eid, open_played: Open) -> None:
    played.add(**eid)
    with open_played() as readers:
        readers.open().login(PIN)
    assert "C_Logout" in played.calls_after("C_Login")
    assert played.calls("C_Finalize") == [""]


def test_errors_name_function_and_value(played, eid: dict[str, Any], open_played: Open) -> None:
    played.add(**eid)
    played.fault(C_OpenSession="CKR_HOST_MEMORY")
    with pytest.raises(EhealthError) as caught:
        open_played().open()
    assert caught.value.details == {"ckr": "CKR_HOST_MEMORY", "function": "C_OpenSession"}


@pytest.mark.parametrize("refusal", ["CKR_TOKEN_NOT_PRESENT", "CKR_GENERAL_ERROR"])
def test_a_foreign_token_that_does_not_open_is_still_only_a_foreign_token(
    played, eid, open_played: Open, refusal: str
) -> None:
    played.add(**eid | {"label": "Company badge", "model": "PIV"})
    played.fault(C_OpenSession=refusal)
    assert code_of(open_played().open) == "card.foreign-token"
