"""Reading all pages of a list that changes between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import pytest
from hilum_ehealth.ehbox.messages import MessageHeader, Sender
from hilum_ehealth.ehbox.paging import MOST_PAGES, read_all
from hilum_ehealth.errors import EhealthError
from hypothesis import given
from hypothesis import strategies as st


def header(number: int) -> MessageHeader:
    return MessageHeader(
        id=f"M{number:012}",
        sender=Sender(id="1", type="CBE", quality="HOSPITAL", name="Hospital"),
        title="Report",
        published=date(2026, 11, 20),
        expires=date(2027, 1, 5),
        size=1,
        content_type="DOCUMENT",
        mime_type="text/plain",
        application="",
        important=False,
        encrypted=False,
        has_annex=False,
    )


@dataclass
class Box:
    """Messages by number, the most recent first; ``changes`` happen after each answer."""

    numbers: list[int]
    changes: list[tuple[int, set[int]]] = field(default_factory=list)
    """How many arrive, and the places from which messages go."""

    too_large: int = 1000
    """Messages that no answer can hold."""

    asked: list[tuple[int, int]] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, count: int, **options: object) -> Box:
        return cls(list(range(count, 0, -1)), **options)  # type: ignore[arg-type]  # by name

    def ask(self, first: int, last: int) -> Sequence[MessageHeader]:
        self.asked.append((first, last))
        told = self.numbers[first - 1 : last]
        if len(told) >= self.too_large:
            raise EhealthError("network.answer-too-large", limit=1)
        self._change()
        return [header(number) for number in told]

    def _change(self) -> None:
        if not self.changes:
            return
        arrivals, places = self.changes.pop(0)
        going = {self.numbers[place] for place in places if place < len(self.numbers)}
        self.gone |= going
        newest = max((*self.numbers, *self.gone), default=0)
        arrived = list(range(newest + arrivals, newest, -1))
        self.numbers = arrived + [each for each in self.numbers if each not in going]


def numbers(headers: Sequence[MessageHeader]) -> list[int]:
    return [int(each.id[1:]) for each in headers]


def test_250_messages_are_three_pages() -> None:
    box = Box.of(250)
    assert numbers(read_all(box.ask)) == list(range(250, 0, -1))
    assert box.asked == [(1, 100), (100, 199), (199, 298)]


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 199, 200])
def test_whatever_their_number_all_are_read(count: int) -> None:
    assert numbers(read_all(Box.of(count).ask)) == list(range(count, 0, -1))


def test_arrivals_between_pages_double_and_lose_none() -> None:
    box = Box.of(250, changes=[(3, set()), (150, set())])
    assert numbers(read_all(box.ask)) == list(range(250, 0, -1))


def test_departures_between_pages_hide_none_of_those_that_stay() -> None:
    box = Box.of(250, changes=[(0, {0, 1, 2})])
    assert numbers(read_all(box.ask)) == list(range(247, 0, -1))


def test_a_list_that_shrinks_below_the_next_page_is_read_again() -> None:
    box = Box.of(101, changes=[(0, {0, 1, 2})])
    assert numbers(read_all(box.ask)) == list(range(98, 0, -1))


def test_a_message_that_is_told_twice_counts_once() -> None:
    assert numbers(read_all(lambda first, last: [header(1), header(1)])) == [1]


def test_pages_shrink_until_their_answers_fit() -> None:
    box = Box.of(30, too_large=5)
    assert numbers(read_all(box.ask)) == list(range(30, 0, -1))


def test_a_message_that_no_answer_can_hold_is_an_error() -> None:
    with pytest.raises(EhealthError, match=r"network\.answer-too-large"):
        read_all(Box.of(30, too_large=1).ask)


def test_a_list_without_end_is_given_up() -> None:
    asked: list[int] = []

    def endless(first: int, last: int) -> Sequence[MessageHeader]:
        asked.append(first)
        return [header(number) for number in range(first, last + 1)]

    with pytest.raises(EhealthError) as failed:
        read_all(endless)
    assert (failed.value.code, failed.value.details) == ("ehealth.answer", {"problem": "endless"})
    assert len(asked) == MOST_PAGES


@given(
    count=st.integers(0, 350),
    changes=st.lists(st.tuples(st.integers(0, 5), st.sets(st.integers(0, 350), max_size=5))),
)
def test_whatever_comes_and_goes_those_that_stay_are_told_once_and_in_order(
    count: int, changes: list[tuple[int, set[int]]]
) -> None:
    box = Box.of(count, changes=changes)
    read = numbers(read_all(box.ask))
    assert read == sorted(set(read), reverse=True)
    assert set(range(1, count + 1)) - box.gone <= set(read)
