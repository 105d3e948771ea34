"""Reading a whole list that is told in pages by position, while it may change meanwhile.

A message that arrives pushes all others one place further, one that goes away pulls those behind it
back. Each page begins with the last message of the page before. When it is another, known one,
messages arrived: nothing is lost, and what comes twice counts once. When it is an unknown one,
messages went away and others slipped past: the list is read again from its start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError

if TYPE_CHECKING:
    from .messages import MessageHeader

LARGEST_PAGE: Final = 100
"""Messages that the platform tells in one answer at most."""

SMALLEST_PAGE: Final = 2
"""One message that is known and one that is new."""

MOST_PAGES: Final = 500
"""Pages after which a list counts as endless."""

Ask = Callable[[int, int], Sequence["MessageHeader"]]
"""Returns the messages from one place to another, both included, the first place being 1."""


def read_all(ask: Ask) -> tuple[MessageHeader, ...]:
    """Return every message of a list once, in its order.

    What arrives after the first page was asked for is left for the next time. A page whose answer
    is too large for the transport is asked for in smaller ones. Raises what *ask* raises, and
    ``ehealth.answer`` with ``problem`` ``endless`` for a list that does not end.
    """
    known: dict[str, MessageHeader] = {}
    first, length = 1, LARGEST_PAGE
    for _page in range(MOST_PAGES):
        try:
            page = ask(first, first + length - 1)
        except EhealthError as error:
            if error.code != "network.answer-too-large" or length == SMALLEST_PAGE:
                raise
            length = max(length // 2, SMALLEST_PAGE)
            continue
        if first > 1 and (not page or page[0].id not in known):
            known.clear()
            first = 1
            continue
        for message in page:
            known.setdefault(message.id, message)
        if len(page) < length:
            return tuple(known.values())
        first += len(page) - 1
    raise EhealthError("ehealth.answer", problem="endless")
