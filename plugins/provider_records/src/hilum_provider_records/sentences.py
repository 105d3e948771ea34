"""Why a number is refused: one sentence for each reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hilum_hookspecs import Message

from .words import _

NISS_REASONS: Final[Mapping[str, Message]] = {
    "characters": _.message("The NISS holds something other than digits and separators."),
    "length": _.message("A NISS has 11 digits, this one does not."),
    "check-digits": _.message(
        "The last two digits of the NISS do not fit the others: a digit is mistyped or two are "
        "swapped."
    ),
    "birth-date": _.message("The NISS starts with a date that does not exist."),
    "sequence": _.message("Digits 7 to 9 of the NISS are 000 or 999, which is never given."),
}

NISS_FIXES: Final = _.message("Compare it with the back of the identity card.")

INAMI_REASONS: Final[Mapping[str, Message]] = {
    "characters": _.message("it holds something other than digits and separators."),
    "length": _.message("it has neither 8 nor 11 digits."),
    "first-digit": _.message("it starts with 0, which no profession has."),
    "check-digits": _.message(
        "digits 7 and 8 do not fit the others: a digit is mistyped or two are swapped."
    ),
}
