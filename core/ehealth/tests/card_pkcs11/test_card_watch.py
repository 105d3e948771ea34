"""Watching the readers: what a front is told, how little it costs, how soon it stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hilum_ehealth.card.pkcs11 import Pkcs11Readers
from hilum_ehealth.card.watch import CardEvent, watch

QUICK = 0.02

Open = Callable[..., Pkcs11Readers]


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def events(open_played: Open, stop: threading.Event) -> Iterator[Iterator[CardEvent]]:
    """What happens at the played readers; a watch that ends too late fails its test."""
    readers = open_played(cancelled=stop.is_set)
    yield watch(readers, stopped=stop.is_set, period=QUICK)
    stop.set()


def told(event: CardEvent) -> tuple[str, str | None]:
    return event.happening.value, event.view.code


@pytest.mark.attack("C4")
def test_a_card_that_comes_and_goes_is_told(played, eid, events: Iterator[CardEvent]) -> None:
    played.add(**eid | {"present": False})
    assert told(next(events)) == ("start", "card.not-present")
    played.insert()
    event = next(events)
    assert told(event) == ("card-in", None)
    assert [card.serial for card in event.view.cards] == [eid["serial"]]
    played.pull()
    assert told(next(events)) == ("card-out", "card.not-present")


@pytest.mark.attack("C4")
def test_another_card_is_told_apart_from_the_same_one(
    played, eid, events: Iterator[CardEvent]
) -> None:
    played.add(**eid)
    assert told(next(events)) == ("start", None)
    played.insert(serial="33333333CCCCCCCC")
    assert told(next(events)) == ("other-card", None)


@pytest.mark.attack("C4")
@pytest.mark.parametrize(
    ("service", "code"), [(True, "card.no-reader"), (False, "card.no-service")]
)
def test_a_reader_that_goes_and_comes_back_is_told(
    played, eid, events: Iterator[CardEvent], service: bool, code: str
) -> None:
    played.add(**eid)
    next(events)
    played.service_runs = service
    played.unplug()
    assert told(next(events)) == ("reader-gone", code)
    played.service_runs = True
    played.add(**eid | {"present": False})
    assert told(next(events)) == ("reader-back", "card.not-present")


def test_a_second_card_leaves_the_choice_open(
    played, eid, ec_eid, events: Iterator[CardEvent]
) -> None:
    played.add(**eid)
    played.add(**ec_eid | {"present": False})
    next(events)
    played.insert(1)
    assert told(next(events)) == ("card-in", "card.several")


@pytest.mark.attack("C4")
@pytest.mark.parametrize("fault", ["crash", "CKR_GENERAL_ERROR"])
def test_trouble_with_the_library_is_told_and_then_its_end(
    played, eid, events: Iterator[CardEvent], fault: str
) -> None:
    played.add(**eid)
    next(events)
    played.fault(C_GetSlotList=fault)
    trouble = next(events)
    assert trouble.happening.value == "trouble"
    assert trouble.view.code in ("card.helper-ended", "card.general-error")
    assert trouble.view.cards
    played.fault()
    assert told(next(events)) == ("trouble", None)


def test_a_card_that_another_program_holds_is_not_out(
    played, eid, events: Iterator[CardEvent]
) -> None:
    played.add(**eid)
    next(events)
    played.change(token_error="CKR_TOKEN_NOT_PRESENT")
    assert told(next(events)) == ("trouble", "card.in-use")
    played.change(token_error=None)
    assert told(next(events)) == ("trouble", None)


def test_looking_again_at_the_same_opens_nothing(played, eid, open_played: Open) -> None:
    played.add(**eid | {"label": "Company badge", "model": "PIV"})
    readers = open_played()
    first = readers.look()
    opened = len(played.calls("C_OpenSession"))
    assert readers.look() == first
    assert len(played.calls("C_OpenSession")) == opened


@pytest.mark.attack("C4")
@pytest.mark.parametrize("hangs", [False, True])
def test_a_watch_stops_within_a_second(
    played, eid, open_played: Open, stop: threading.Event, hangs: bool
) -> None:
    played.add(**eid)
    if hangs:
        played.fault(C_GetSlotInfo="hang")
    seen: list[Any] = []
    readers = open_played(cancelled=stop.is_set)
    watcher = threading.Thread(target=lambda: seen.extend(watch(readers, stopped=stop.is_set)))
    watcher.start()
    log = played.folder / "calls.log"
    while not (log.exists() and played.calls("C_GetSlotInfo")):
        time.sleep(0.01)
    stop.set()
    watcher.join(timeout=1)
    assert not watcher.is_alive()
