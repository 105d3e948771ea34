"""Numbers of people, providers and enterprises: the published vectors and the decided cases."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import date

import pytest
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.identifiers import Cbe, Inami, Niss, refused_inami, refused_niss


def niss(first_nine: str, *, born_2000: bool = False) -> str:
    """Complete nine digits with the check digits of the rule asked for."""
    number = int(first_nine) + (2_000_000_000 if born_2000 else 0)
    return f"{first_nine}{97 - number % 97:02}"


def refusal(kind: type[Niss | Inami | Cbe], text: str) -> tuple[str, object]:
    with pytest.raises(EhealthError) as caught:
        kind.parse(text)
    return caught.value.code, caught.value.details["kind"]


@pytest.mark.attack("H2")
@pytest.mark.parametrize(
    ("text", "born", "gender", "is_bis"),
    [
        ("85073003328", date(1985, 7, 30), "M", False),
        ("17073003384", date(2017, 7, 30), "M", False),
        ("98472899765", date(1998, 7, 28), "M", True),
        ("01490700185", date(2001, 9, 7), "M", True),
        ("85473003416", date(1985, 7, 30), "F", True),
        ("40010100140", date(1940, 1, 1), "M", False),
    ],
)
def test_a_published_niss_is_understood(text: str, born: date, gender: str, is_bis: bool) -> None:
    number = Niss.parse(text)

    assert (number.birth_date, number.gender, number.is_bis) == (born, gender, is_bis)


@pytest.mark.attack("H2")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("85673003360", "identifier.birth-date"),
        ("12345678901", "identifier.check-digits"),
        ("85073003329", "identifier.check-digits"),
        ("8507300332", "identifier.length"),
        ("850730033281", "identifier.length"),
        ("", "identifier.length"),
        (" . ", "identifier.length"),
        ("8507300332x", "identifier.characters"),
        ("+8507300332", "identifier.characters"),
        ("850730_3328", "identifier.characters"),
        ("٨٥٠٧٣٠٠٣٣٢٨", "identifier.characters"),
        ("8507300332²", "identifier.characters"),
    ],
)
def test_a_published_wrong_niss_is_refused_with_the_reason(text: str, code: str) -> None:
    assert refusal(Niss, text) == (code, "niss")


@pytest.mark.attack("H2")
@pytest.mark.parametrize(("sequence", "check"), [("061", "00"), ("060", "98"), ("059", "99")])
def test_check_digits_outside_1_to_97_are_refused_although_they_fit(
    sequence: str, check: str
) -> None:
    nine = f"850730{sequence}"
    assert (int(nine) + int(check)) % 97 == 0

    assert refusal(Niss, nine + check)[0] == "identifier.check-digits"


@pytest.mark.parametrize(
    "text",
    ["85.07.30-033.28", "850730-033-28", "85 07 30 033 28", "85/07/30 033/28", " 85073003328\n"],
)
def test_every_usual_writing_of_a_niss_is_the_same_number(text: str) -> None:
    assert Niss.parse(text) == Niss.parse("85073003328")


def test_a_niss_is_shown_as_on_the_card() -> None:
    assert str(Niss.parse("85073003328")) == "85.07.30-033.28"


def test_the_repr_of_a_niss_hides_the_digits() -> None:
    assert repr(Niss.parse("85073003328")) == "Niss()"


@pytest.mark.attack("H2")
@pytest.mark.parametrize("first_nine", ["850000001", "850017001", "850099001"])
def test_a_register_number_with_month_00_is_a_person_whose_birth_date_is_incomplete(
    first_nine: str,
) -> None:
    assert Niss.parse(niss(first_nine)).birth_date is None


@pytest.mark.attack("H2")
@pytest.mark.parametrize(
    "first_nine", ["852000001", "854000001", "852013001", "854013001", "852700001", "854700001"]
)
def test_a_bis_number_with_unknown_month_or_day_is_a_person_whose_birth_date_is_incomplete(
    first_nine: str,
) -> None:
    assert Niss.parse(niss(first_nine)).birth_date is None


@pytest.mark.attack("H2")
@pytest.mark.parametrize(
    "first_nine",
    [
        pytest.param("850700033", id="day 00 of a real month in the register"),
        pytest.param("850732033", id="32 July"),
        pytest.param("850230033", id="30 February"),
        pytest.param("850631033", id="31 June"),
        pytest.param("850229033", id="29 February of no leap year"),
        pytest.param("000229033", id="29 February 1900"),
        pytest.param("852230033", id="30 February, BIS"),
        pytest.param("854229033", id="29 February of no leap year, BIS"),
        pytest.param("851301033", id="month 13"),
        pytest.param("853301033", id="month 33"),
        pytest.param("855301033", id="month 53"),
        pytest.param("856001033", id="month 60"),
        pytest.param("859901033", id="month 99"),
    ],
)
def test_an_impossible_birth_date_is_refused(first_nine: str) -> None:
    assert refusal(Niss, niss(first_nine)) == ("identifier.birth-date", "niss")


@pytest.mark.attack("H2")
@pytest.mark.parametrize(
    ("first_nine", "born_2000", "born"),
    [
        ("840229033", False, date(1984, 2, 29)),
        ("000229033", True, date(2000, 2, 29)),
        ("042229033", True, date(2004, 2, 29)),
        ("044229033", True, date(2004, 2, 29)),
    ],
)
def test_29_february_exists_in_a_leap_year(first_nine: str, born_2000: bool, born: date) -> None:
    assert Niss.parse(niss(first_nine, born_2000=born_2000)).birth_date == born


@pytest.mark.attack("H2")
@pytest.mark.parametrize("sequence", ["000", "999"])
def test_a_sequence_that_is_never_given_out_is_refused(sequence: str) -> None:
    assert refusal(Niss, niss(f"850730{sequence}")) == ("identifier.sequence", "niss")


@pytest.mark.parametrize(("sequence", "gender"), [("001", "M"), ("998", "F"), ("997", "M")])
def test_the_sequence_tells_the_gender(sequence: str, gender: str) -> None:
    assert Niss.parse(niss(f"850730{sequence}")).gender == gender


@pytest.mark.parametrize("sequence", ["001", "002"])
def test_the_sequence_of_a_bis_number_with_20_tells_no_gender(sequence: str) -> None:
    assert Niss.parse(niss(f"852730{sequence}")).gender is None


@pytest.mark.attack("H2")
def test_no_number_fits_both_centuries() -> None:
    both = [n for n in range(97) if 97 - n % 97 == 97 - (n + 2_000_000_000) % 97]

    assert both == []


def test_a_value_cannot_be_made_from_a_wrong_number() -> None:
    with pytest.raises(EhealthError, match=r"identifier\.check-digits"):
        Niss("85073003329")


def test_a_number_is_a_plain_value() -> None:
    number = Niss.parse("85.07.30-033.28")

    assert {number: 1}[Niss("85073003328")] == 1
    assert pickle.loads(pickle.dumps(number)) == number
    with pytest.raises(AttributeError):
        number.digits = "17073003384"  # type: ignore[misc]  # what is tested


@pytest.mark.attack("H2")
@pytest.mark.parametrize(
    "text",
    [
        "5/38861/71/521",
        "5/38861/34/521",
        "54123426501",
        "54123464501",
        "1/00002/05/004",
        "1/00002/34/004",
        "54123426",
        "5-38861-71-521",
        "5.38861.71.521",
        "5 38861 71 521",
    ],
)
def test_a_published_inami_number_is_accepted_by_either_modulus(text: str) -> None:
    wanted = "".join(filter(str.isdigit, text))

    assert Inami.parse(text).digits == wanted


@pytest.mark.attack("H2")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5/38861/72/521", "identifier.check-digits"),
        ("5388617", "identifier.length"),
        ("538861715", "identifier.length"),
        ("538861715211", "identifier.length"),
        ("", "identifier.length"),
        ("5/38861/71/abc", "identifier.characters"),
        ("0/38861/71/521", "identifier.first-digit"),
    ],
)
def test_a_wrong_inami_number_is_refused_with_the_reason(text: str, code: str) -> None:
    assert refusal(Inami, text) == (code, "inami")


def test_an_inami_number_has_its_parts() -> None:
    number = Inami.parse("53886171521")

    assert (number.base, number.qualification, number.profession_digit) == ("53886171", "521", "5")
    assert str(number) == "5/38861/71/521"


def test_an_inami_number_of_eight_digits_has_no_qualification() -> None:
    number = Inami.parse("54123426")

    assert (number.base, number.qualification, str(number)) == ("54123426", None, "5/41234/26")


def test_a_qualification_of_zeros_is_not_given() -> None:
    assert Inami.parse("54123426000").qualification is None


@pytest.mark.parametrize(
    "text", ["0809.394.427", "0809394427", "BE 0809.394.427", "be0809394427", "809.394.427"]
)
def test_every_usual_writing_of_an_enterprise_number_is_the_same(text: str) -> None:
    assert str(Cbe.parse(text)) == "0809.394.427"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0809394428", "identifier.check-digits"),
        ("2809394427", "identifier.first-digit"),
        ("08093944", "identifier.length"),
        ("FR0809394427", "identifier.characters"),
    ],
)
def test_a_wrong_enterprise_number_is_refused_with_the_reason(text: str, code: str) -> None:
    assert refusal(Cbe, text) == (code, "cbe")


def test_many_numbers_are_checked_at_once() -> None:
    numbers = ["85073003328", "85073003329", "17.07.30-033.84", "x", niss("850730999")]

    assert refused_niss(numbers) == {
        1: "identifier.check-digits",
        3: "identifier.characters",
        4: "identifier.sequence",
    }
    assert refused_inami(["5/38861/71/521", "5/38861/72/521"]) == {1: "identifier.check-digits"}


def test_checking_numbers_loads_no_heavy_library() -> None:
    code = "import sys, hilum_ehealth.identifiers; print(*sys.modules)"

    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert not {"cryptography", "lxml", "zeep", "asyncio"} & set(printed.stdout.split())
