"""Reading all pages of a list that changes between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import pytest
from hilum_ehealth.ehbox.messages import MessageHeader, Sender
from hilum_ehealth.ehbox.paging import LARGEST_PAGE, MOST_PLACES, MOST_TOO_LARGE, read_all
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

    sizes: dict[int, int] = field(default_factory=dict)
    """By number, of those that are larger than 1."""

    limit: int = 1000
    """What an answer can hold."""

    most: int = LARGEST_PAGE
    """Messages in an answer, whatever was asked for."""

    asked: list[tuple[int, int]] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, count: int, **options: object) -> Box:
        return cls(list(range(count, 0, -1)), **options)  # type: ignore[arg-type]  # by name

    def ask(self, first: int, last: int) -> Sequence[MessageHeader]:
        self.asked.append((first, last))
        told = self.numbers[first - 1 : last][: self.most]
        if sum(self.sizes.get(number, 1) for number in told) > self.limit:
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


def read(box: Box) -> list[int]:
    listing = read_all(box.ask)
    assert listing.too_large == 0
    return numbers(listing.messages)


def test_250_messages_are_three_pages_and_the_end() -> None:
    box = Box.of(250)
    assert read(box) == list(range(250, 0, -1))
    assert box.asked == [(1, 100), (100, 199), (199, 298), (250, 349)]


def test_an_empty_box_is_asked_once() -> None:
    box = Box.of(0)
    assert read(box) == []
    assert box.asked == [(1, 100)]


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 199, 200])
def test_whatever_their_number_all_are_read(count: int) -> None:
    assert read(Box.of(count)) == list(range(count, 0, -1))


def test_arrivals_between_pages_double_and_lose_none() -> None:
    box = Box.of(250, changes=[(3, set()), (150, set())])
    assert read(box) == list(range(250, 0, -1))


def test_a_list_ends_though_messages_arrive_all_the_time() -> None:
    box = Box.of(250, changes=[(7, set())] * 100)
    assert read(box) == list(range(250, 0, -1))
    assert len(box.asked) == 4


def test_departures_between_pages_hide_none_of_those_that_stay() -> None:
    box = Box.of(250, changes=[(0, {0, 1, 2})])
    assert read(box) == list(range(247, 0, -1))


def test_a_list_that_shrinks_below_the_next_page_is_read_again() -> None:
    box = Box.of(101, changes=[(0, {0, 1, 2})])
    assert read(box) == list(range(98, 0, -1))


def test_a_message_that_is_told_twice_counts_once() -> None:
    twice = [header(1), header(1)]
    assert numbers(read_all(lambda first, last: twice[first - 1 : last]).messages) == [1]


@pytest.mark.parametrize("most", [2, 50, 99])
def test_a_platform_that_tells_fewer_at_a_time_hides_none(most: int) -> None:
    assert read(Box.of(300, most=most)) == list(range(300, 0, -1))


def test_pages_shrink_until_their_answers_fit() -> None:
    assert read(Box.of(30, limit=5)) == list(range(30, 0, -1))


@pytest.mark.attack("F2")
def test_pages_grow_again_behind_what_was_large() -> None:
    box = Box.of(603, sizes=dict.fromkeys((603, 602, 601), 400))
    assert read(box) == list(range(603, 0, -1))
    assert len(box.asked) < 30


@pytest.mark.attack("F2")
@pytest.mark.parametrize(
    "large", [{56}, {1}, {7}, {7, 8}, {1, 56}, set(range(1, 57, 3)), set(range(1, 57))]
)
def test_messages_that_no_answer_can_hold_hide_no_other(large: set[int]) -> None:
    box = Box.of(56, sizes=dict.fromkeys(large, 1001))
    listing = read_all(box.ask)
    assert numbers(listing.messages) == [n for n in range(56, 0, -1) if n not in large]
    assert listing.too_large == len(large)


def test_what_goes_away_beside_a_large_message_hides_none() -> None:
    gone = [(0, set[int]()), (0, set[int]()), (0, {0})]
    for steady in range(12):
        box = Box.of(20, sizes={16: 1001}, changes=[*[(0, set[int]())] * steady, *gone])
        assert set(numbers(read_all(box.ask).messages)) >= set(range(1, 21)) - {16, 20}


@pytest.mark.attack("F2")
def test_answers_that_are_all_too_large_are_an_error() -> None:
    box = Box.of(30, limit=-1)
    with pytest.raises(EhealthError, match=r"network\.answer-too-large"):
        read_all(box.ask)
    assert len(box.asked) < MOST_TOO_LARGE + 10


def test_a_list_without_end_is_given_up() -> None:
    asked: list[int] = []

    def endless(first: int, last: int) -> Sequence[MessageHeader]:
        asked.append(first)
        return [header(number) for number in range(first, last + 1)]

    with pytest.raises(EhealthError) as failed:
        read_all(endless)
    assert (failed.value.code, failed.value.details) == ("ehealth.answer", {"problem": "endless"})
    assert len(asked) == MOST_PLACES // LARGEST_PAGE


SIZES = st.dictionaries(st.integers(1, 350), st.sampled_from([300, 600, 1000, 1001]), max_size=12)
CHANGES = st.lists(st.tuples(st.integers(0, 5), st.sets(st.integers(0, 350), max_size=5)))


@given(count=st.integers(0, 350), changes=CHANGES, most=st.integers(2, 100))
def test_whatever_comes_and_goes_those_that_stay_are_told_once_and_in_order(
    count: int, changes: list[tuple[int, set[int]]], most: int
) -> None:
    box = Box.of(count, changes=changes, most=most)
    told = read(box)
    assert told == sorted(set(told), reverse=True)
    assert set(range(1, count + 1)) - box.gone <= set(told)


@pytest.mark.attack("F2")
@given(count=st.integers(0, 350), sizes=SIZES, most=st.integers(2, 100))
def test_whatever_their_sizes_all_are_told_or_counted(
    count: int, sizes: dict[int, int], most: int
) -> None:
    box = Box.of(count, sizes=sizes, most=most)
    large = {number for number, size in sizes.items() if size > 1000 and number <= count}
    listing = read_all(box.ask)
    assert numbers(listing.messages) == [n for n in range(count, 0, -1) if n not in large]
    assert listing.too_large == len(large)
