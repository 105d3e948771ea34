"""Switches: each makes the simulated platform refuse, or do wrong, in one particular way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from threading import RLock
from types import MappingProxyType
from typing import Final

from hilum_hookspecs import ConfigurationError, Message

from .faults import FAULT_TEXTS, STATUS_TEXTS
from .live_file import LiveFile
from .typed import invalid
from .words import _

SERVICES: Final = ("sts", "ehbox-consultation")

_OF_EVERY_SERVICE: Final = {
    "slow": "2",
    "silent": "",
    "cut": "",
    "outage": "",
    "garbage": "",
    "huge": "",
    "redirect": "",
    "clock-skew": "600",
    "revoked": "",
    **dict.fromkeys(FAULT_TEXTS, ""),
}
_OF_TOKENS: Final = {
    "wrong-context": "",
    "challenge-used": "",
    "challenge-expired": "",
    "wrong-signer": "",
    "tampered": "",
    "other-issuer": "",
    "expired-assertion": "",
    "not-yet-valid": "",
    "too-long": "",
    "other-person": "",
    "other-holder": "",
    "no-profession": "",
    "unknown-claim-refused": "",
}
"""Switches of the token service: another one makes no tokens."""

_OF_BOXES: Final = {
    "messages": "1000",
    "arrivals": "3",
    "standing-by": "2",
    **dict.fromkeys(STATUS_TEXTS, ""),
}
"""Switches of the eHealthBox."""

SWITCHES: Final[Mapping[str, str]] = MappingProxyType(
    {**_OF_EVERY_SERVICE, **_OF_TOKENS, **_OF_BOXES}
)
"""Every switch with the value it has when it is turned on without one.

``slow`` and ``clock-skew`` take seconds (the skew may be negative: a server that is behind). A
fault code is a switch that makes every call fail with that fault. ``messages`` is how many a box
holds, ``arrivals`` how many come after each page that is read, ``standing-by`` how many wait
because the box is full; a status code is what the box then answers to every question.
"""

_NUMBERS: Final = ("slow", "clock-skew")
_COUNTS: Final = ("messages", "arrivals", "standing-by")
_MOST: Final = 100_000
_YEAR: Final = 86_400 * 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A switch that is on."""

    value: str
    service: str | None = None
    """The only service that it is on for; ``None`` is all of them."""


class Switches:
    """The switches of one platform; with a *file* another process can set them too."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = LiveFile(file)
        self._lock = RLock()

    def set(self, name: str, value: object = None, *, service: str | None = None) -> None:
        """Turn *name* on, for one *service* (``sts``, ``ehbox-consultation``) or for all.

        Raises ``ConfigurationError``: ``usage.unknown-switch`` (``name``, ``nearest``),
        ``usage.invalid-value`` (``option``, ``value``), ``usage.switch-without-effect`` (``name``,
        ``service``).
        """
        known = _known(name)
        text = SWITCHES[known] if value is None else str(value)
        _check_value(known, text)
        if service is not None:
            _check_service(known, service)
        with self._lock:
            content = dict(self._file.read()[0])
            content[known] = {"value": text, "service": service}
            self._file.write(content)

    def clear(self, name: str | None = None) -> None:
        """Turn *name* off, or every switch."""
        known = None if name is None else _known(name)
        with self._lock:
            kept = {} if known is None else dict(self._file.read()[0])
            if known is not None:
                kept.pop(known, None)
            self._file.write(kept)

    def settings(self) -> Mapping[str, Setting]:
        """Return the switches that are on."""
        with self._lock:
            content = self._file.read()[0]
            return {
                name: Setting(value=str(entry["value"]), service=entry["service"])
                for name, entry in content.items()
                if name in SWITCHES
            }

    def is_on(self, name: str, service: str | None = None) -> bool:
        """Tell whether *name* is on for *service*."""
        return self.value(name, service) is not None

    def value(self, name: str, service: str | None = None) -> str | None:
        """Return the value of *name* for *service*, or ``None`` when it is off."""
        setting = self.settings().get(name)
        if setting is None or setting.service not in (None, service):
            return None
        return setting.value

    def fault(self, service: str) -> str | None:
        """Return the code of the fault that *service* must answer with, if any."""
        return next((code for code in FAULT_TEXTS if self.is_on(code, service)), None)


def _known(name: str) -> str:
    by_folded = {each.casefold(): each for each in SWITCHES}
    found = by_folded.get(name.casefold())
    if found is None:
        near = get_close_matches(name.casefold(), by_folded, 1)
        nearest = by_folded[near[0]] if near else ""
        raise ConfigurationError(
            "usage.unknown-switch",
            message=_.message("There is no switch {name}.", name=name),
            remedy=_.message("The nearest one is {nearest}.", nearest=nearest)
            if nearest
            else _.message("`hilum simulator switch --help` lists them."),
            name=name,
            nearest=nearest or None,
        )
    return found


def _check_service(name: str, service: str) -> None:
    if service not in SERVICES:
        remedy = _.message("Services: {names}.", names=", ".join(SERVICES))
        raise invalid("service", service, remedy)
    if service != SERVICES[0] and name in _OF_TOKENS:
        raise _without_effect(
            name,
            service,
            _.message(
                "It is a switch of the token service: `hilum simulator switch {name}`.", name=name
            ),
        )
    if service != SERVICES[1] and name in _OF_BOXES:
        raise _without_effect(
            name,
            service,
            _.message(
                "It is a switch of the eHealthBox: `hilum simulator switch {name}`.", name=name
            ),
        )


def _without_effect(name: str, service: str, remedy: Message) -> ConfigurationError:
    return ConfigurationError(
        "usage.switch-without-effect",
        message=_.message("{name} has no effect on {service}.", name=name, service=service),
        remedy=remedy,
        name=name,
        service=service,
    )


def _check_value(name: str, text: str) -> None:
    if name in _NUMBERS:
        if not _are_seconds(name, text):
            remedy = _.message(
                "Give seconds: `hilum simulator switch {example}`.",
                example=f"{name}={SWITCHES[name]}",
            )
            raise invalid(name, text, remedy)
    elif name in _COUNTS:
        if not _is_count(text):
            remedy = _.message(
                "Give a number: `hilum simulator switch {example}`.",
                example=f"{name}={SWITCHES[name]}",
            )
            raise invalid(name, text, remedy)
    elif text:
        remedy = _.message("It takes no value: `hilum simulator switch {example}`.", example=name)
        raise invalid(name, text, remedy)


def _are_seconds(name: str, text: str) -> bool:
    try:
        seconds = float(text)
    except ValueError:
        return False
    return (0 if name == "slow" else -_YEAR) <= seconds <= _YEAR


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 6 and int(text) <= _MOST
