"""Telling a front what happens at the readers: a card comes or goes, a reader, the service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from hilum_ehealth.errors import EhealthError

from .port import CardReaders, CardView

PERIOD: Final = 0.5
"""Seconds between two looks; one that finds nothing new costs a few milliseconds."""

_SLICE: Final = 0.1
"""Seconds between two looks at whether to stop."""

NO_READER: Final = ("card.no-reader", "card.no-service")


class Happening(Enum):
    """What changed since the look before."""

    START = "start"
    """Nothing yet: the first look."""

    READER_GONE = "reader-gone"
    READER_BACK = "reader-back"
    CARD_IN = "card-in"
    CARD_OUT = "card-out"
    OTHER_CARD = "other-card"
    """The cards in the readers are not those that were there before."""

    TROUBLE = "trouble"
    """The same readers and cards, but something else stands in the way, or no longer does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardEvent:
    """A change, and what the readers hold since."""

    happening: Happening
    view: CardView


def watch(
    readers: CardReaders, *, stopped: Callable[[], bool], period: float = PERIOD
) -> Iterator[CardEvent]:
    """Yield what the readers hold, and each change of it, until *stopped* answers true.

    Blocks the thread that asks for the next event, never past a second after *stopped* when
    *readers* were opened with it as ``cancelled``. Errors are part of the view: a library that
    hangs or breaks off is trouble, and looked at again. Stop it while a session is opened over
    other *readers*: with the official middleware, a second process that opens a card makes it
    forget the PIN that the first one gave.
    """
    before: CardView | None = None
    while not stopped():
        try:
            view = _look(readers, before)
        except EhealthError:
            return
        if view != before:
            yield CardEvent(happening=_happening(before, view), view=view)
            before = view
        _wait(period, stopped)


def _look(readers: CardReaders, before: CardView | None) -> CardView:
    """Look; what cannot be seen now counts as being where it was."""
    try:
        view = readers.look()
    except EhealthError as error:
        if error.code == "cancelled":
            raise
        return replace(before or CardView(readers=(), cards=()), problem=error)
    if view.code == "card.in-use" and before:
        return replace(view, cards=before.cards)
    return view


def _wait(period: float, stopped: Callable[[], bool]) -> None:
    end = time.monotonic() + period
    while (left := end - time.monotonic()) > 0 and not stopped():
        time.sleep(min(_SLICE, left))


def _happening(before: CardView | None, now: CardView) -> Happening:
    if before is None:
        return Happening.START
    had, has = _serials(before), _serials(now)
    if had != has:
        if had > has:
            return Happening.READER_GONE if _without_reader(now) else Happening.CARD_OUT
        return Happening.CARD_IN if had < has else Happening.OTHER_CARD
    if _without_reader(before) != _without_reader(now):
        return Happening.READER_GONE if _without_reader(now) else Happening.READER_BACK
    return Happening.TROUBLE


def _serials(view: CardView) -> frozenset[str]:
    return frozenset(card.serial for card in view.cards)


def _without_reader(view: CardView) -> bool:
    return view.code in NO_READER
