"""Asking for the PIN of a card that is being made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hilum_hookspecs import ConfigurationError

from .words import _

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Prompter

_NAME: Final = "eid-pin"
_ASKED: Final = _.message("PIN of the new card (4 to 12 digits)")
_REPEATED: Final = _.message("PIN of the new card (again)")
_NO_PIN: Final = _.message("A PIN has 4 to 12 digits and nothing else. PIN of the new card")
_NOT_ALIKE: Final = _.message("The two are not the same. PIN of the new card")


def new_pin(prompter: Prompter) -> str:
    """Return a PIN of the right form that was typed twice alike; a wrong form is asked again first.

    A script answers alike every time: the same wrong PIN twice is ``simulator.pin-format``
    (``minimum``, ``maximum``).
    """
    label, refused = _ASKED, None
    while True:
        pin = prompter.secret(_NAME, label)
        if not _is_pin(pin):
            if pin == refused:
                raise _pin_format()
            label, refused = _NO_PIN, pin
        elif prompter.secret(_NAME, _REPEATED) == pin:
            return pin
        else:
            label = _NOT_ALIKE


def _is_pin(text: str) -> bool:
    from hilum_ehealth.card.port import check_pin
    from hilum_ehealth.errors import EhealthError

    try:
        check_pin(text)
    except EhealthError:
        return False
    return True


def _pin_format() -> ConfigurationError:
    return ConfigurationError(
        "simulator.pin-format",
        message=_.message("The PIN of a card has 4 to 12 digits and nothing else."),
        remedy=_.message("Choose another PIN; the card was not made."),
        minimum=4,
        maximum=12,
    )
