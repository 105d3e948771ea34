"""Sentences for the codes and states of the platform; the kit's tables say what they mean."""

from __future__ import annotations

from typing import Final

from hilum_hookspecs import Message

from hilum.words import _

REFUSALS: Final[dict[str, Message]] = {
    "not-authenticated": _.message(
        "eHealth refuses the identification: certificate or card were not accepted ({fault_code})."
    ),
    "not-authorised": _.message(
        "eHealth knows you but does not allow this service to you ({fault_code})."
    ),
    "wrong-message-shape": _.message(
        "eHealth does not understand the message of this program ({fault_code})."
    ),
    "wrong-message-content": _.message(
        "eHealth refuses a value in the message ({fault_code}): {fault_text}"
    ),
    "security-header-refused": _.message(
        "eHealth refuses the signature of the message ({fault_code})."
    ),
    "token-not-supported": _.message(
        "eHealth does not accept this kind of certificate ({fault_code})."
    ),
    "algorithm-not-supported": _.message(
        "eHealth does not accept this kind of signature ({fault_code})."
    ),
    "token-refused": _.message("eHealth refuses the certificate or the session ({fault_code})."),
    "signature-refused": _.message("eHealth refuses the signature of the message ({fault_code})."),
    "token-not-found": _.message("eHealth did not find the certificate ({fault_code})."),
    "message-expired": _.message("For eHealth the message is too old ({fault_code})."),
    "message-too-large": _.message("The message is too large for the eHealthBox ({fault_code})."),
    "recipient-identifier": _.message(
        "The eHealthBox does not know the number of the recipient ({fault_code})."
    ),
    "recipient-quality": _.message(
        "The eHealthBox does not know the recipient in this quality ({fault_code})."
    ),
    "recipient-type": _.message(
        "The eHealthBox does not know this kind of recipient's number ({fault_code})."
    ),
    "recipient-subtype": _.message(
        "The eHealthBox does not know this kind of organisation ({fault_code})."
    ),
    "box-not-accessible": _.message(
        "This eHealthBox does not exist or is not open to you ({fault_code})."
    ),
    "quality-not-allowed": _.message(
        "You may not write to recipients of this quality ({fault_code})."
    ),
    "digest-mismatch": _.message("The message was changed on its way ({fault_code})."),
    "recipient-away": _.message("The recipient is out of office ({fault_code})."),
    "identifier-type-unknown": _.message(
        "eHealth does not know this kind of number ({fault_code})."
    ),
    "no-etk": _.message("eHealth has no encryption key of this recipient ({fault_code})."),
    "certificate-not-delivered": _.message(
        "The eHealth certificate is not ready yet ({fault_code})."
    ),
}
"""By what the fault's code means."""

OUTAGES: Final[dict[str, Message]] = {
    "technical-error": _.message("eHealth reports a technical error ({fault_code})."),
    "not-available": _.message("eHealth is not available ({fault_code})."),
    "temporarily-not-available": _.message(
        "eHealth is not available for the moment ({fault_code})."
    ),
}

_RECIPIENT: Final = _.message("Check the recipient: number, kind of number and quality.")

REMEDIES: Final[dict[str, Message]] = {
    "message-too-large": _.message("Send less at a time."),
    "recipient-identifier": _RECIPIENT,
    "recipient-quality": _RECIPIENT,
    "recipient-type": _RECIPIENT,
    "recipient-subtype": _RECIPIENT,
    "recipient-away": _.message("The message was delivered all the same."),
    "identifier-type-unknown": _RECIPIENT,
    "no-etk": _.message("The recipient must complete the request of an eHealth certificate first."),
    "certificate-not-delivered": _.message("Try again later; eHealth sends an e-mail when it is."),
}
"""What to do where calling the contact centre is not it."""

CERTIFICATE_STATES: Final[dict[str, Message]] = {
    "IN_PROGRESS": _.message("requested; eHealth makes or checks it"),
    "VALID_ACTIVE": _.message("valid"),
    "REFUSED": _.message("refused by eHealth"),
    "REVOKED": _.message("revoked"),
    "EXPIRED": _.message("expired"),
}
"""States of an eHealth certificate."""

ETK_STATES: Final[dict[str, Message]] = {
    "NOT_REQUESTED": _.message("no encryption key yet: complete the request"),
    "IN_REQUEST": _.message("its encryption key is being registered"),
    "WAIT_FOR_ACTIVATION": _.message("its encryption key waits to be activated"),
    "VALID_ACTIVE": _.message("its encryption key is in use"),
    "REVOKED": _.message("its encryption key is revoked"),
    "EXPIRED": _.message("its encryption key has expired"),
}
"""States of the encryption key that belongs to a certificate."""
