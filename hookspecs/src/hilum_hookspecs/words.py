"""Texts in the user's language: one gettext domain per distribution.

A label that crosses a hook is a :class:`Message` and is translated where it is shown, so that the
language can change while the program runs. Source texts are English and serve as the message ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date, datetime
    from gettext import NullTranslations

LANGUAGES: Final = ("fr", "nl", "de", "en")

_folders: dict[str, Path] = {}
_catalogues: dict[tuple[str, str], NullTranslations] = {}
_language = "en"


@dataclass(frozen=True, slots=True)
class Message:
    """A text that is not translated yet: domain, English text, and what to fill in."""

    domain: str
    id: str
    arguments: Mapping[str, object] = field(default_factory=dict)


class Domain:
    """The texts of one distribution; call it to translate into the language of now.

    A distribution keeps one, named ``_``, in its module ``words``::

        _ = Domain("hilum_provider_records", Path(__file__).parent / "locale")

    ``folder`` holds ``<language>/LC_MESSAGES/<name>.mo``; a missing catalogue shows English.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        _folders[name] = folder

    def __call__(self, text: str, /, **arguments: object) -> str:
        """Translate *text* now and fill in the ``{named}`` *arguments*."""
        return _translated(self.name, text, arguments)

    def message(self, text: str, /, **arguments: object) -> Message:
        """Hand *text* on untranslated, for whoever shows it."""
        return Message(self.name, text, arguments)

    def plural(self, one: str, many: str, n: int, /, **arguments: object) -> str:
        """Translate by number; ``{n}`` is filled in with *n*."""
        return _catalogue(self.name).ngettext(one, many, n).format(n=n, **arguments)


_ = Domain("hilum_hookspecs", Path(__file__).parent / "locale")
"""The texts of the contract itself: what was typed, and files, that cannot be read."""


def show(message: Message) -> str:
    """Translate *message* into the language of now; arguments that are messages come along.

    A text whose arguments do not fit is shown unfilled.
    """
    arguments = {
        name: show(value) if isinstance(value, Message) else value
        for name, value in message.arguments.items()
    }
    return _translated(message.domain, message.id, arguments)


def set_language(language: str) -> None:
    """Choose the language of every text from now on; an unknown one means English."""
    global _language
    _language = language if language in LANGUAGES else "en"


def language() -> str:
    """Tell the language of now: one of :data:`LANGUAGES`."""
    return _language


def moment(instant: datetime) -> str:
    """Write an instant as people in Belgium do: ``01/04/2022 14:30``, Brussels time."""
    from zoneinfo import ZoneInfo

    try:
        local = instant.astimezone(ZoneInfo("Europe/Brussels"))
    except OverflowError:  # the end of all time, which certificates without end are given
        local = instant
    return f"{local:%d/%m/%Y %H:%M}"


def day(date: date) -> str:
    """Write a date as people in Belgium do: ``01/04/2022``; of an instant the day in Brussels."""
    from datetime import datetime

    return moment(date).partition(" ")[0] if isinstance(date, datetime) else f"{date:%d/%m/%Y}"


def _translated(domain: str, text: str, arguments: Mapping[str, object]) -> str:
    translated = _catalogue(domain).gettext(text) if text else ""
    if not arguments:
        return translated
    try:
        return translated.format(**arguments)
    except Exception:  # noqa: BLE001  # an argument is missing or cannot be shown
        return translated


def _catalogue(domain: str) -> NullTranslations:
    key = (domain, _language)
    if key not in _catalogues:
        import gettext

        folder = _folders.get(domain)
        _catalogues[key] = (
            gettext.translation(domain, folder, [_language], fallback=True)
            if folder is not None
            else gettext.NullTranslations()
        )
    return _catalogues[key]
