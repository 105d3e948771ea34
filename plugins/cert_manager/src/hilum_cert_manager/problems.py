"""Why a keystore file in a folder cannot be used, in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hilum_hookspecs import Message

from .words import _

PROBLEMS: Final[Mapping[str, Message]] = {
    "keystore.not-pkcs12": _.message("not a keystore"),
    "keystore.damaged": _.message("damaged"),
    "keystore.too-large": _.message("too large for a keystore"),
    "keystore.unsupported-algorithm": _.message("protected in a way that is not supported"),
    "keystore.no-mac": _.message("nothing in it proves that it is intact"),
    "keystore.iterations": _.message("asks for an unreasonable amount of work to open"),
    "keystore.password-rejected": _.message("another password"),
    "keystore.no-usable-key": _.message("no usable key inside"),
    "keystore.ambiguous": _.message("two keys under one name"),
    "keystore.incomplete": _.message("requested, not completed"),
    "keystore.not-ehealth": _.message("a keystore of something else than eHealth"),
    "certificate.no-holder": _.message("its certificate names no eHealth holder"),
    "certificate.holder-ambiguous": _.message("its certificate names two holders"),
    "storage.not-found": _.message("gone"),
    "storage.read-failed": _.message("cannot be read"),
}


def problem(code: str) -> Message:
    """Return the words for *code*."""
    return PROBLEMS.get(code, _.message("cannot be used"))
