"""Reading a whole list that is told in pages by position, while it may change meanwhile.

A message that arrives pushes all others one place further, one that goes away pulls those behind it
back. Each page begins with the last message of the page before. When it is another, known one,
messages arrived: nothing is lost, and what comes twice counts once. When it is an unknown one,
messages went away and others slipped past: the list is read again from its start.

Nobody tells how many messages there are, nor how many an answer may hold: a list ends where nothing
follows its oldest message. What senders wrote may be too much for one answer: less is asked for
until it fits, then more again, and a message that fits in no answer is passed over and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError

if TYPE_CHECKING:
    from .messages import MessageHeader

LARGEST_PAGE: Final = 100
"""Messages that the platform tells in one answer at most."""

MOST_PLACES: Final = 50_000
"""Places that were answered after which a list counts as endless."""

MOST_TOO_LARGE: Final = 100
"""Messages in a row: more are no messages, but a service whose answers are all too large."""

Ask = Callable[[int, int], Sequence["MessageHeader"]]
"""Returns the messages from one place to another, both included, the first place being 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list as it was read."""

    messages: tuple[MessageHeader, ...]
    """In the order of the list."""

    too_large: int = 0
    """Messages besides these that fit in no answer, so that nothing is known of them."""


def read_all(ask: Ask) -> Listing:
    """Return every message of a list once.

    What arrives after the first page was asked for is left for the next time. Raises what *ask*
    raises, and ``ehealth.answer`` with ``problem`` ``endless`` for a list that does not end.
    """
    reading = _Reading(ask)
    while reading.places < MOST_PLACES:
        if reading.go_on():
            return Listing(messages=tuple(reading.known.values()), too_large=reading.too_large)
    raise EhealthError("ehealth.answer", problem="endless")


class _Reading:
    """How far a list was read."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._length = LARGEST_PAGE
        self._most = 0
        """New messages in one answer so far: one that holds as many may be cut off there."""
        self.places = 0
        """That were answered, also before the list was read again."""
        self._start()

    def _start(self) -> None:
        self.known: dict[str, MessageHeader] = {}
        self.too_large = 0
        self._place, self._last = 0, ""
        """Of the last message that was told; nothing before the first."""
        self._passed = 0
        """Messages behind it that are too large."""

    def go_on(self) -> bool:
        """Ask for one page; tells whether the list was at its end."""
        try:
            new = self._next()
        except EhealthError as error:
            if not _is_too_large(error) or self._passed == MOST_TOO_LARGE:
                raise
            self._ask_for_less()
            return False
        self.places += self._length
        self._length = min(self._length * 2, LARGEST_PAGE)
        if new is None:
            self._start()
            return False
        ended = not new or (len(new) + 1 < self._most and new[-1].id == self._oldest())
        self._most = max(self._most, len(new))
        for message in new:
            self.known.setdefault(message.id, message)
            self._last = message.id
        self._place += self._passed + len(new)
        self._passed = 0
        return ended

    def _oldest(self) -> str | None:
        return next(reversed(self.known), None)

    def _ask_for_less(self) -> None:
        if self._length > 1:
            self._length //= 2
        else:
            self._passed += 1
            self.too_large += 1

    def _next(self) -> Sequence[MessageHeader] | None:
        """Return what follows, ``None`` when the list is no longer where it was."""
        if self._place and not self._passed and self._length > 1:
            page = self._ask(self._place, self._place + self._length - 1)
            return page[1:] if page and page[0].id in self.known else None
        first = self._place + self._passed + 1
        page = self._ask(first, first + self._length - 1)
        return page if self._is_unmoved() else None

    def _is_unmoved(self) -> bool:
        """Tell whether the last message that was told is where it was; it is asked for alone.

        Before the first one was told: whether what is too large still is.
        """
        place = self._place or self._passed
        if not place:
            return True
        try:
            page = self._ask(place, place)
        except EhealthError as error:
            if not _is_too_large(error):
                raise
            return not self._place
        return [message.id for message in page] == [self._last]


def _is_too_large(error: EhealthError) -> bool:
    return error.code == "network.answer-too-large"
