"""Waiting for a card that is not there yet, or that another program holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import UserCancelled

from .words import _

if TYPE_CHECKING:
    from hilum_ehealth.card.port import Card, CardReaders
    from hilum_hookspecs import Message
    from hilum_hookspecs.ports import Progress

BUSY: Final = timedelta(seconds=10)
"""How long a card that another program holds is tried again."""

PERIOD: Final = timedelta(milliseconds=500)
"""How long until the readers are looked at again."""

_STEPS: Final[dict[str, Message]] = {
    "card.in-use": _.message("Another program is using the card; trying again for 10 seconds"),
    "card.not-present": _.message("Put your identity card in the reader, chip first"),
    "card.no-reader": _.message("Connect the card reader and put your identity card in it"),
}


class CardWait:
    """Opens a card, with patience for what passes by itself or by somebody's hand.

    *person* is how long somebody who is there may take to bring the card; zero without anybody.
    *now* counts seconds, *sleep* waits so many.
    """

    def __init__(
        self,
        progress: Progress,
        *,
        person: timedelta,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._progress = progress
        self._patience = {
            "card.in-use": BUSY,
            "card.not-present": person,
            "card.no-reader": person,
        }
        self._now = now
        self._sleep = sleep

    def open(self, readers: CardReaders, reader: str | None) -> Card:
        """Open the card, saying once what is waited for.

        Raises what the readers raise when patience ends, ``UserCancelled`` when the user's does.
        """
        waiting_for, since = "", 0.0
        while True:
            try:
                return readers.open(reader)
            except EhealthError as error:
                if error.code != waiting_for:
                    waiting_for, since = error.code, self._now()
                    self._say(error.code)
                if self._now() - since >= self._seconds(error.code):
                    raise
            if self._progress.cancelled():
                raise UserCancelled
            self._sleep(PERIOD.total_seconds())

    def _seconds(self, code: str) -> float:
        return self._patience.get(code, timedelta()).total_seconds()

    def _say(self, code: str) -> None:
        if self._seconds(code):
            self._progress.step(_STEPS[code])
