"""What holds for all numbers: typing errors are found, and the two ways of checking agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.identifiers import Cbe, Inami, Niss, refused_inami, refused_niss
from hypothesis import given
from hypothesis import strategies as st

FIRST = date(1900, 1, 1)


@st.composite
def good_niss(draw: st.DrawFn) -> str:
    born = draw(st.dates(FIRST, date(2099, 12, 31)))
    raised = draw(st.sampled_from([0, 20, 40]))
    sequence = draw(st.integers(1, 998))
    nine = f"{born.year % 100:02}{born.month + raised:02}{born.day:02}{sequence:03}"
    rule = 2_000_000_000 if born.year >= 2000 else 0
    return f"{nine}{97 - (int(nine) + rule) % 97:02}"


@st.composite
def good_inami(draw: st.DrawFn) -> str:
    six = draw(st.integers(100_000, 999_999))
    modulus = draw(st.sampled_from([97, 89]))
    return f"{six}{modulus - six % modulus:02}"


@st.composite
def good_cbe(draw: st.DrawFn) -> str:
    eight = draw(st.integers(0, 19_999_999))
    return f"{eight:08}{97 - eight % 97:02}"


def slips(number: str) -> list[str]:
    """Every number that differs in one digit or by one swap of neighbours."""
    changed = [
        number[:i] + digit + number[i + 1 :]
        for i in range(len(number))
        for digit in "0123456789"
        if digit != number[i]
    ]
    swapped = [
        number[:i] + number[i + 1] + number[i] + number[i + 2 :]
        for i in range(len(number) - 1)
        if number[i] != number[i + 1]
    ]
    return changed + swapped


def accepted(kind: type[Niss | Inami | Cbe], texts: list[str]) -> list[Niss | Inami | Cbe]:
    found: list[Niss | Inami | Cbe] = []
    for text in texts:
        try:
            found.append(kind.parse(text))
        except EhealthError:
            continue
    return found


def century(number: str) -> int:
    return 1900 if (int(number[:9]) + int(number[9:])) % 97 == 0 else 2000


@pytest.mark.attack("H2")
@given(good_niss())
def test_a_slip_in_a_niss_is_found_unless_it_lands_in_the_other_century(number: str) -> None:
    """Modulus 97 finds every slip; only the second rule, for births from 2000, lets one through."""
    missed = accepted(Niss, slips(number))

    assert all(century(other.digits) != century(number) for other in missed)


@pytest.mark.attack("H2")
@given(good_inami())
def test_a_slip_in_an_inami_number_is_found_unless_it_lands_in_the_other_series(
    number: str,
) -> None:
    def series(digits: str) -> set[int]:
        return {m for m in (97, 89) if m - int(digits[:6]) % m == int(digits[6:8])}

    missed = accepted(Inami, slips(number))

    assert all(97 not in series(other.digits) & series(number) for other in missed)


@pytest.mark.attack("H2")
@given(good_cbe())
def test_every_slip_in_an_enterprise_number_is_found(number: str) -> None:
    assert accepted(Cbe, slips(number)) == []


def thousand(number_at: Callable[[int], str]) -> list[str]:
    """A thousand numbers, spread over all there are."""
    return [number_at(step * 7919) for step in range(1000)]


def niss_at(place: int) -> str:
    born = FIRST + timedelta(days=place * 31 % 73_000)
    nine = f"{born:%y}{born.month + place % 3 * 20:02}{born:%d}{place % 998 + 1:03}"
    return f"{nine}{check_97(nine, born_2000=born.year >= 2000):02}"


def inami_at(place: int) -> str:
    six = f"{100_000 + place * 113 % 900_000}"
    return f"{six}{check_97(six) if place % 2 else 89 - int(six) % 89:02}"


def check_97(digits: str, *, born_2000: bool = False) -> int:
    return 97 - int("2" * born_2000 + digits) % 97


def is_niss(digits: str) -> bool:
    """Say it as the rules are published, with a calendar; slow, and nothing shared with ours."""
    month, day = int(digits[2:4]), int(digits[4:6])
    bis = month >= 20
    for born_2000 in (False, True):
        if f"{check_97(digits[:9], born_2000=born_2000):02}" != digits[9:]:
            continue
        if month > 52 or not 0 < int(digits[6:9]) < 999:
            continue
        if month % 20 == 0 or (bis and day == 0 and month % 20 <= 12):
            return True
        try:
            date(int(digits[:2]) + (2000 if born_2000 else 1900), month % 20, day)
        except ValueError:
            continue
        return True
    return False


def is_inami(digits: str) -> bool:
    six, check = digits[:6], int(digits[6:])
    return digits[0] != "0" and check in (check_97(six), 89 - int(six) % 89)


@pytest.mark.attack("H2")
def test_of_all_slips_in_a_thousand_niss_only_those_pass_that_the_rules_cannot_show() -> None:
    numbers = thousand(niss_at)
    tried = [other for number in numbers for other in slips(number)]
    passed = {str(each.digits) for each in accepted(Niss, tried)}

    assert len(accepted(Niss, numbers)) == 1000
    assert len(tried) > 100_000
    assert passed == {other for other in tried if is_niss(other)}
    assert len(passed) < len(tried) / 200


@pytest.mark.attack("H2")
def test_of_all_slips_in_a_thousand_inami_only_those_pass_that_the_rules_cannot_show() -> None:
    numbers = thousand(inami_at)
    tried = [other for number in numbers for other in slips(number)]
    passed = {str(each.digits) for each in accepted(Inami, tried)}

    assert len(accepted(Inami, numbers)) == 1000
    assert len(tried) > 75_000
    assert passed == {other for other in tried if is_inami(other)}
    assert len(passed) < len(tried) / 90  # two series of check digits show less than one


@given(good_niss())
def test_a_good_niss_tells_its_birth_date_again_and_survives_its_own_writing(number: str) -> None:
    parsed = Niss.parse(number)

    assert Niss.parse(str(parsed)) == parsed
    assert parsed.birth_date is not None
    assert parsed.birth_date.strftime("%y%d") == number[:2] + number[4:6]


@given(st.lists(st.text(alphabet="0123456789 .-x٣", max_size=13) | good_niss() | good_inami()))
def test_checking_many_gives_the_answers_of_checking_one(texts: list[str]) -> None:
    def reasons(kind: type[Niss | Inami]) -> dict[int, str]:
        found = {}
        for index, text in enumerate(texts):
            try:
                kind.parse(text)
            except EhealthError as error:
                found[index] = error.code
        return found

    assert refused_niss(texts) == reasons(Niss)
    assert refused_inami(texts) == reasons(Inami)


@pytest.mark.attack("H2")
@given(st.text())
def test_any_text_is_a_number_or_one_of_our_refusals(text: str) -> None:
    for kind in (Niss, Inami, Cbe):
        accepted(kind, [text])
