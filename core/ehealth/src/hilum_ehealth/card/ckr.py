"""What each PKCS#11 return value means for the person at the card.

The same value can mean different things in different functions, and the official middleware has
ways of its own; both are written here once, as tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hilum_ehealth.errors import EhealthError

CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CKR_TOKEN_NOT_PRESENT": "card.not-present",
        "CKR_TOKEN_NOT_RECOGNIZED": "card.not-recognised",
        "CKR_SLOT_ID_INVALID": "card.no-reader",
        "CKR_DEVICE_REMOVED": "card.removed",
        "CKR_SESSION_CLOSED": "card.removed",
        "CKR_SESSION_HANDLE_INVALID": "card.removed",
        "CKR_SESSION_COUNT": "card.in-use",
        "CKR_SESSION_EXISTS": "card.in-use",
        "CKR_TOKEN_RESOURCE_EXCEEDED": "card.in-use",
        "CKR_DEVICE_ERROR": "card.device-error",
        "CKR_DEVICE_MEMORY": "card.device-error",
        "CKR_GENERAL_ERROR": "card.general-error",
        "CKR_FUNCTION_FAILED": "card.function-failed",
        "CKR_PIN_INCORRECT": "card.pin-rejected",
        "CKR_PIN_LOCKED": "card.pin-blocked",
        "CKR_PIN_INVALID": "card.pin-format",
        "CKR_PIN_LEN_RANGE": "card.pin-format",
        "CKR_USER_NOT_LOGGED_IN": "card.not-logged-in",
        "CKR_FUNCTION_CANCELED": "cancelled",
        "CKR_CANCEL": "cancelled",
        "CKR_FUNCTION_REJECTED": "cancelled",
        "CKR_MECHANISM_INVALID": "card.mechanism-unsupported",
        "CKR_MECHANISM_PARAM_INVALID": "card.mechanism-unsupported",
        "CKR_FUNCTION_NOT_SUPPORTED": "card.mechanism-unsupported",
        "CKR_KEY_TYPE_INCONSISTENT": "card.mechanism-unsupported",
        "CKR_KEY_FUNCTION_NOT_PERMITTED": "card.mechanism-unsupported",
        "CKR_KEY_HANDLE_INVALID": "card.no-key",
        "CKR_OBJECT_HANDLE_INVALID": "card.no-key",
    }
)
"""Error code by return value; every other value is ``card.unknown-error``."""

IN_FUNCTION: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        # SoftHSM and OpenSC refuse an absent PIN so; they have no window of their own.
        ("C_Login", "CKR_ARGUMENTS_BAD"): "card.pin-needed",
        # An open session whose card went away.
        ("C_Login", "CKR_TOKEN_NOT_PRESENT"): "card.removed",
        ("C_Sign", "CKR_TOKEN_NOT_PRESENT"): "card.removed",
        ("C_FindObjects", "CKR_TOKEN_NOT_PRESENT"): "card.removed",
        ("C_GetAttributeValue", "CKR_TOKEN_NOT_PRESENT"): "card.removed",
    }
)
"""Where a function gives a value another meaning than :data:`CODES`."""


def card_error(ckr: str, function: str, **details: object) -> EhealthError:
    """Make the error for a return value (``CKR_...``) of a function (``C_...``).

    The error carries both beside *details*, which are what the caller knows (``reader``).
    """
    code = IN_FUNCTION.get((function, ckr)) or CODES.get(ckr, "card.unknown-error")
    if code == "card.pin-rejected":
        details["attempts_left"] = None
    if code == "card.pin-format":
        details |= {"minimum": 4, "maximum": 12}
    return EhealthError(code, ckr=ckr, function=function, **details)
