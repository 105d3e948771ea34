"""In which capacity somebody has an eHealthBox, in the words of a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from hilum_hookspecs.words import show

from .words import _

if TYPE_CHECKING:
    from hilum_hookspecs import Message

QUALITIES: Final[Mapping[str, Message]] = {
    "CITIZEN": _.message("citizen"),
    "CLINICALPSYCHOLOGIST": _.message("clinical psychologist"),
    "DENTIST": _.message("dentist"),
    "DIETICIAN": _.message("dietician"),
    "DOCTOR": _.message("doctor"),
    "HOSPITAL": _.message("hospital"),
    "LABO": _.message("laboratory"),
    "LOGOPEDIST": _.message("speech therapist"),
    "MIDWIFE": _.message("midwife"),
    "NURSE": _.message("nurse"),
    "OPTICIAN": _.message("optician"),
    "PHARMACY": _.message("pharmacy"),
    "PHYSIOTHERAPIST": _.message("physiotherapist"),
    "PODOLOGIST": _.message("podologist"),
}
"""By the platform's word; those without words here are shown as the platform writes them."""


def quality_words(quality: str) -> str:
    """Return the words for the platform's *quality*, or itself."""
    words = QUALITIES.get(quality)
    return show(words) if words is not None else quality
