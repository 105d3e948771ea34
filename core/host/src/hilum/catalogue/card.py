"""Texts about the identity card, its reader and its PIN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hilum_hookspecs import Message

from hilum.words import _

from .entries import Entry, Texts

_AGAIN = _.message("Take the card out, put it in again and try once more.")
_TOWN_HALL = _.message(
    "Only the town hall can unblock it. Until then: "
    "hilum session open --provider P --method fallback --reason R."
)
_SOFTWARE = _.message(
    "Install the eID software (https://eid.belgium.be), or name its module in the settings: "
    "[ehealth_auth] pkcs11_module."
)


def _pin_rejected(details: Mapping[str, object]) -> Texts:
    left = details.get("attempts_left")
    if left == 0:
        return ENTRIES_BLOCKED
    if left == 1:
        return (
            _.message("The PIN is wrong. One try is left."),
            _.message("A third wrong PIN blocks the card. Look the PIN up before you try again."),
        )
    if isinstance(left, int):
        return (
            _.message("The PIN is wrong. {attempts_left} tries are left."),
            _.message("Type the PIN of the card with care; three wrong ones in a row block it."),
        )
    return (
        _.message("The PIN is wrong."),
        _.message("Type the PIN of the card with care; three wrong ones in a row block it."),
    )


def _pin_last_try(details: Mapping[str, object]) -> Texts:
    if details.get("attempts_left") == 0:
        return (
            _.message(
                "The PIN was not sent: as far as is known here, the three tries of the card are "
                "used up."
            ),
            _.message(
                "Only the town hall can unblock it. When that is done, run the command again at "
                "a terminal and answer yes; or use "
                "hilum session open --provider P --method fallback --reason R."
            ),
        )
    return (
        _.message("The PIN was not sent: one wrong try more would block the card."),
        _.message(
            "Look the PIN up, then run the command again at a terminal and answer yes; "
            "or use hilum session open --provider P --method fallback --reason R."
        ),
    )


def _removed(details: Mapping[str, object]) -> Texts:
    remedy = _.message("Leave the card in the reader until the session is open.")
    if details.get("try_may_be_lost"):
        return _.message("The card was taken out. A try of the PIN may be lost."), remedy
    return _.message("The card was taken out."), remedy


def _technical(message: Message, remedy: Message) -> Entry:
    """Add to an error of card or software that a try may be lost, when it struck the PIN."""

    def texts(details: Mapping[str, object]) -> Texts:
        if details.get("try_may_be_lost"):
            return (
                _.message("The card or its software failed ({ckr}). A try of the PIN may be lost."),
                remedy,
            )
        return message, remedy

    return texts


def _timeout(details: Mapping[str, object]) -> Texts:
    if details.get("try_may_be_lost"):
        return (
            _.message("The card did not answer in time. A try of the PIN may be lost."),
            _AGAIN,
        )
    return _.message("The card did not answer in time."), _AGAIN


def _ended(details: Mapping[str, object]) -> Texts:
    if details.get("try_may_be_lost"):
        return (
            _.message("The software of the card broke off. A try of the PIN may be lost."),
            _.message("Update the eID software and try again."),
        )
    return (
        _.message("The software of the card broke off."),
        _.message("Update the eID software and try again."),
    )


def _module_missing(details: Mapping[str, object]) -> Texts:
    if details.get("named"):
        return (
            _.message("The module {named}, which the settings name, is not there."),
            _.message(
                "Correct [ehealth_auth] pkcs11_module in config.toml, or take it out: then the "
                "known places of the eID software are looked through."
            ),
        )
    return _.message("The eID software was not found on this computer."), _SOFTWARE


ENTRIES_BLOCKED: Final[Texts] = (_.message("The PIN of the card is blocked."), _TOWN_HALL)

ENTRIES: Final[dict[str, Entry]] = {
    "card.middleware-not-found": _module_missing,
    "card.middleware-unloadable": (
        _.message("{module} cannot be loaded as the eID software: {problem}."),
        _SOFTWARE,
    ),
    "card.no-service": (
        _.message("The computer's card service (PC/SC) does not run."),
        _.message(
            "Install or start pcscd (Debian and Ubuntu: sudo apt install pcscd; sudo systemctl "
            "start pcscd.socket), then try again."
        ),
    ),
    "card.no-reader": (
        _.message("No card reader was found."),
        _.message("Connect the reader, then try again. Seen readers: {readers}"),
    ),
    "card.not-present": (
        _.message("There is no identity card in the reader."),
        _.message(
            "Put your identity card in the reader, chip first, and try again. Without it: "
            "hilum session open --provider P --method fallback --reason R."
        ),
    ),
    "card.not-recognised": (
        _.message("The card in the reader is not read as a Belgian identity card."),
        _.message("Put it in with the chip first; clean the chip when it stays."),
    ),
    "card.foreign-token": (
        _.message("The card in the reader is not a Belgian identity card: {labels}."),
        _.message("Put your identity card in the reader and try again."),
    ),
    "card.several": (
        _.message("Several identity cards are in the readers: {readers}."),
        _.message("Leave one, or name the reader in the settings: [ehealth_auth] reader."),
    ),
    "card.identity-mismatch": (
        _.message("The data and the certificate on the card name two persons."),
        _.message("Do not use this card; show it at the town hall."),
    ),
    "card.no-certificate": (
        _.message("The certificate {label} is not on the card."),
        _.message("The card may have been issued without it; ask the town hall to activate it."),
    ),
    "card.no-key": (_.message("The key {label} is not on the card."), _AGAIN),
    "card.in-use": (
        _.message("Another program is using the card."),
        _.message("Close the other program that uses the card (browser, tax form) and try again."),
    ),
    "card.removed": _removed,
    "card.swapped": (
        _.message("Another card is in the reader now."),
        _.message("Put the first card back and start again."),
    ),
    "card.timeout": _timeout,
    "card.helper-ended": _ended,
    "card.device-error": _technical(
        _.message("The reader or the card reports an error ({ckr})."), _AGAIN
    ),
    "card.general-error": _technical(
        _.message("The eID software reports an error ({ckr})."),
        _.message("Close the other programs that use the card, put it in again and try once more."),
    ),
    "card.function-failed": _technical(
        _.message("The card did not do what was asked ({ckr})."), _AGAIN
    ),
    "card.mechanism-unsupported": (
        _.message("The card or its software cannot sign as eHealth wants it."),
        _.message("Update the eID software."),
    ),
    "card.not-logged-in": (
        _.message("The card asks for the PIN again."),
        _.message("Start again."),
    ),
    "card.unknown-error": _technical(
        _.message("The card or its software reports an unknown error ({ckr})."),
        _AGAIN,
    ),
    "card.pin-rejected": _pin_rejected,
    "card.pin-blocked": ENTRIES_BLOCKED,
    "card.pin-format": (
        _.message("A PIN has {minimum} to {maximum} digits."),
        _.message("Type the PIN again. Nothing was sent to the card."),
    ),
    "card.pin-needed": (
        _.message("The card needs the PIN."),
        _.message("Type it when you are asked, or give it: --secret eid-pin=..."),
    ),
    "card.pin-last-try": _pin_last_try,
}
