"""What every error code means to a person: a sentence, what to do, an exit code.

Texts follow the code, not the class, so that errors of the kit, of the host and of plugins read
alike. A plugin whose code is not known here brings its own texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from string import Formatter
from typing import Final

from hilum_hookspecs import Message
from hilum_hookspecs.words import show

from hilum.host import CodedError

from .entries import Entry, Texts, entries, families
from .values import Filled


@dataclass(frozen=True, slots=True)
class Words:
    """What is shown of an error, in the language of now."""

    message: str
    remedy: str


EXIT_CODES: Final[Mapping[str, int]] = {
    "defect": 1,
    "plugin.failed": 1,
    "settings": 2,
    "secret": 2,
    "usage": 2,
    "plugin": 2,
    "plugin.refused": 3,
    "plugin.incompatible": 3,
    "record": 3,
    "keystore": 3,
    "certificate": 3,
    "session": 3,
    "trust": 3,
    "user": 3,
    "user.no-local-login": 2,
    "identifier": 3,
    "credential": 4,
    "keystore.password-rejected": 4,
    "card": 5,
    "ehealth": 6,
    "assertion": 6,
    "clock": 6,
    "network": 7,
    "ehealth.unavailable": 7,
    "not-yet": 8,
    "storage": 9,
    "cancelled": 130,
}
"""By code, else by family (what stands before the first dot)."""

PIN: Final = "card.pin-"
"""Codes that start so are refused credentials, though they are of the card's family."""


def exit_code(error: CodedError) -> int:
    """Return the exit code of the command line for *error*."""
    code = error.code
    if code in EXIT_CODES:
        return EXIT_CODES[code]
    if code.startswith(PIN):
        return 4
    own = getattr(error, "exit_code", 1)
    return EXIT_CODES.get(code.partition(".")[0], own if isinstance(own, int) else 1)


def known(code: str) -> bool:
    """Tell whether *code* has texts of its own here."""
    return code in entries()


def unexplained(error: CodedError) -> bool:
    """Tell whether nobody has words for *error*: not even its family has."""
    return not known(error.code) and _own(error) is None and _family(error.code) == "defect"


def words_for(error: CodedError) -> Words:
    """Return the texts for *error*: ours for its code, else its own, else those of its family."""
    message, remedy = _texts(error)
    return Words(_filled(message, error), _filled(remedy, error))


def _texts(error: CodedError) -> Texts:
    entry = entries().get(error.code) or _own(error) or families()[_family(error.code)]
    return entry(error.details) if callable(entry) else entry


def messages_for(error: CodedError) -> Texts:
    """Return the texts for *error* with its details in them, for whoever shows them later."""
    message, remedy = _texts(error)
    return _with_details(message, error), _with_details(remedy, error) if remedy else None


def _with_details(message: Message, error: CodedError) -> Message:
    """Put what *message* names into its arguments; words of a program stay to be translated."""
    details = Filled({**error.details, "code": error.code, **message.arguments})
    try:
        names = [name for _text, name, _form, _kind in Formatter().parse(message.id) if name]
    except ValueError:  # a plugin's text whose braces mean nothing
        return message
    return replace(message, arguments={name: details.message(name) for name in names})


def _own(error: CodedError) -> Entry | None:
    message, remedy = getattr(error, "message", None), getattr(error, "remedy", None)
    if not isinstance(message, Message):
        return None
    return message, remedy if isinstance(remedy, Message) else None


def _family(code: str) -> str:
    family = code.partition(".")[0]
    return family if family in families() else "defect"


def _filled(message: Message | None, error: CodedError) -> str:
    if message is None:
        return ""
    details = Filled({**error.details, "code": error.code, **message.arguments})
    text = show(Message(message.domain, message.id))
    try:
        return text.format_map(details)
    except Exception:  # noqa: BLE001  # a plugin's text whose braces mean nothing, or a value that cannot be shown
        return text
