"""What each PKCS#11 return value becomes."""

from __future__ import annotations

import PyKCS11
import pytest
from hilum_ehealth.card.ckr import CODES, IN_FUNCTION, card_error

MIDDLEWARE = [
    ("C_Login", "CKR_PIN_INCORRECT", "card.pin-rejected"),
    ("C_Login", "CKR_PIN_LOCKED", "card.pin-blocked"),
    ("C_Login", "CKR_PIN_LEN_RANGE", "card.pin-format"),
    ("C_Login", "CKR_ARGUMENTS_BAD", "card.pin-needed"),
    ("C_Login", "CKR_FUNCTION_FAILED", "card.function-failed"),
    ("C_Login", "CKR_FUNCTION_CANCELED", "cancelled"),
    ("C_Login", "CKR_TOKEN_NOT_PRESENT", "card.removed"),
    ("C_Sign", "CKR_USER_NOT_LOGGED_IN", "card.not-logged-in"),
    ("C_Sign", "CKR_FUNCTION_CANCELED", "cancelled"),
    ("C_Sign", "CKR_DEVICE_ERROR", "card.device-error"),
    ("C_Sign", "CKR_DEVICE_REMOVED", "card.removed"),
    ("C_Sign", "CKR_GENERAL_ERROR", "card.general-error"),
    ("C_Sign", "CKR_FUNCTION_NOT_SUPPORTED", "card.mechanism-unsupported"),
    ("C_SignInit", "CKR_MECHANISM_INVALID", "card.mechanism-unsupported"),
    ("C_OpenSession", "CKR_TOKEN_NOT_PRESENT", "card.not-present"),
    ("C_OpenSession", "CKR_DEVICE_REMOVED", "card.removed"),
    ("C_OpenSession", "CKR_SESSION_COUNT", "card.in-use"),
    ("C_GetTokenInfo", "CKR_TOKEN_NOT_RECOGNIZED", "card.not-recognised"),
    ("C_GetSlotInfo", "CKR_SLOT_ID_INVALID", "card.no-reader"),
    ("C_FindObjects", "CKR_KEY_HANDLE_INVALID", "card.no-key"),
]


@pytest.mark.parametrize(("function", "ckr", "code"), MIDDLEWARE)
def test_what_middlewares_answer_has_its_own_code(function: str, ckr: str, code: str) -> None:
    error = card_error(ckr, function)
    assert error.code == code
    assert (error.details["ckr"], error.details["function"]) == (ckr, function)


@pytest.mark.parametrize("ckr", sorted({*CODES, *(ckr for _, ckr in IN_FUNCTION)}))
def test_every_value_in_the_tables_exists(ckr: str) -> None:
    assert ckr in PyKCS11.CKR


def test_every_other_value_is_told_by_name() -> None:
    others = {str(name) for name in PyKCS11.CKR if str(name).startswith("CKR_")} - set(CODES)
    assert len(others) > 60
    for ckr in others:
        error = card_error(ckr, "C_FindObjects")
        assert (error.code, error.details["ckr"]) == ("card.unknown-error", ckr)


def test_a_vendors_own_value_is_unknown() -> None:
    assert card_error("0x80000001", "C_Sign").code == "card.unknown-error"


def test_the_tries_left_are_not_known_from_a_return_value() -> None:
    assert card_error("CKR_PIN_INCORRECT", "C_Login").details["attempts_left"] is None
