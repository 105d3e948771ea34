"""Made-up messages of an eHealthBox: the same ones for the same person, at every start.

Messages are numbered from 1, the oldest; what arrives gets the next number.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .switches import Switches

USUAL: Final = 250
"""Messages that a person has received, unless a switch says otherwise."""

SOURCES: Final = ("INBOX", "SENTBOX", "BININBOX", "BINSENTBOX")

_SHARE: Final = {"INBOX": 1, "SENTBOX": 10, "BININBOX": 25}
"""One in so many; a folder that is not named is empty."""

_FIRST_DAY: Final = date(2026, 1, 1)
_A_DAY: Final = 4
"""Messages."""

_KEPT: Final = timedelta(days=365)
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TITLES: Final = (
    "Rapport de consultation",
    "Résultats de laboratoire",
    "Verslag van de specialist",
    "Prescription de kinésithérapie",
    "Information de l'INAMI",
    "Ontslagbrief & medicatieschema",
    "Un titre bien long, comme certains programmes en écrivent: " + "rapport annexé; " * 21,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sent a message; numbers and names are made up."""

    id: str
    type: str
    quality: str
    name: str
    first_name: str = ""


_SENDERS: Final = (
    Sender(id="17073003384", type="INSS", quality="DOCTOR", name="OTHER", first_name="BOB"),
    Sender(id="71089914", type="NIHII", quality="HOSPITAL", name="Hôpital de l'Exemple"),
    Sender(id="81000098", type="NIHII", quality="LABO", name="Labo Voorbeeld"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message without its content."""

    id: str
    sender: Sender
    title: str = field(repr=False)
    published: date
    size: int
    content_type: str
    important: bool
    encrypted: bool
    has_annex: bool

    @property
    def expires(self) -> date:
        """When the platform deletes it."""
        return self.published + _KEPT


class Mailboxes:
    """The messages of everybody; the switch ``arrivals`` lets more come after each look."""

    def __init__(self, switches: Switches, service: str) -> None:
        self._switches = switches
        self._service = service
        self._arrived: Counter[str] = Counter()
        self._lock = Lock()

    def look(self, owner: str, source: str, first: int, last: int) -> Sequence[Letter]:
        """Return the letters from place *first* to place *last*, the most recent being 1."""
        with self._lock:
            total = self._usual(source) + (self._arrived[owner] if source == "INBOX" else 0)
            if source == "INBOX":
                self._arrived[owner] += self._number("arrivals", 0)
        return [
            _letter(owner, source, number)
            for number in range(total - first + 1, max(total - last, 0), -1)
        ]

    def standing_by(self) -> int:
        """Return how many messages wait outside because the box is full."""
        return self._number("standing-by", 0)

    def forget(self) -> None:
        """Forget what arrived."""
        with self._lock:
            self._arrived.clear()

    def _usual(self, source: str) -> int:
        share = _SHARE.get(source)
        return self._number("messages", USUAL) // share if share else 0

    def _number(self, switch: str, otherwise: int) -> int:
        value = self._switches.value(switch, self._service)
        return otherwise if value is None else int(value)


def _letter(owner: str, source: str, number: int) -> Letter:
    draw = int.from_bytes(hashlib.sha256(f"{owner} {source} {number}".encode()).digest())
    return Letter(
        id=_identifier(draw),
        sender=_SENDERS[draw % len(_SENDERS)],
        title=_TITLES[draw % len(_TITLES)][:400].strip(),
        published=_FIRST_DAY + timedelta(days=number // _A_DAY),
        size=1_000 + draw % 200_000,
        content_type="NEWS" if draw % 10 == 0 else "DOCUMENT",
        important=draw % 9 == 0,
        encrypted=draw % 2 == 0,
        has_annex=draw % 4 == 0,
    )


def _identifier(draw: int) -> str:
    """Write 13 letters and digits."""
    digits = []
    for _place in range(13):
        draw, digit = divmod(draw, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)
