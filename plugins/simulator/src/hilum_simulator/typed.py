"""Reading what was typed: numbers, names and dates, refused with what is wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hilum_hookspecs import ConfigurationError

from .words import _

if TYPE_CHECKING:
    from hilum_hookspecs import Message


def niss(text: str) -> str:
    """Return the eleven digits of a NISS; raises ``identifier.*``."""
    from hilum_ehealth.identifiers import Niss

    return Niss.parse(text).digits


def inami(text: str, digits: int) -> str:
    """Return an INAMI number of so many *digits*; raises ``identifier.*``, ``usage.*``."""
    from hilum_ehealth.identifiers import Inami

    number = Inami.parse(text)
    if len(number.digits) != digits:
        remedy = _.message("Give {digits} digits.", digits=digits)
        raise invalid("inami", text, remedy)
    return number.digits


def profession(text: str) -> tuple[str, str]:
    """Read ``physiotherapist=54123426501``."""
    from hilum_ehealth.sts.claims import PROFESSIONS

    name, given, number = text.partition("=")
    if not given or name not in PROFESSIONS:
        remedy = _.message(
            "For example --profession physiotherapist=54123426501. Professions: {names}.",
            names=", ".join(sorted(PROFESSIONS)),
        )
        raise invalid("profession", text, remedy)
    return name, inami(number, 11)


def needed(option: str, text: str) -> str:
    """Return what was typed, or say that *option* is missing (``usage.option-missing``)."""
    if not text.strip():
        raise ConfigurationError(
            "usage.option-missing",
            message=_.message("--{option} is missing.", option=option),
            remedy=_.message(
                "Give it, or make the platform know the person: `hilum simulator provider add`."
            ),
            option=option,
        )
    return text.strip()


def invalid(option: str, value: str, remedy: Message) -> ConfigurationError:
    """Make the error for a value that cannot be used (``usage.invalid-value``)."""
    return ConfigurationError(
        "usage.invalid-value",
        message=_.message("{value} cannot be used for {option}.", option=option, value=value),
        remedy=remedy,
        option=option,
        value=value,
    )


def dates(now: datetime, valid_days: int | None) -> tuple[datetime | None, datetime | None]:
    """Return the dates of a certificate that ends in *valid_days*, also in the past."""
    if valid_days is None:
        return None, None
    end = now + timedelta(days=valid_days)
    return min(now, end) - timedelta(days=3 * 365), end
