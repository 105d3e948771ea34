"""The numbers of people, providers and enterprises in Belgium: NISS, INAMI, CBE.

A value of these types is always a good number. Reasons for a refusal are stable codes:
``identifier.characters``, ``.length``, ``.first-digit``, ``.check-digits``, ``.birth-date`` and
``.sequence``. Checks of one number and of many give the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from .errors import EhealthError

CHARACTERS: Final = "identifier.characters"
LENGTH: Final = "identifier.length"
FIRST_DIGIT: Final = "identifier.first-digit"
CHECK_DIGITS: Final = "identifier.check-digits"
BIRTH_DATE: Final = "identifier.birth-date"
SEQUENCE: Final = "identifier.sequence"

_SEPARATORS: Final = dict.fromkeys(map(ord, " \t\r\n\u00a0\u202f./-\u2010\u2011\u2013"))

_RULE_1900: Final = 0
_RULE_2000: Final = -2_000_000_000 % 97
_RULES: Final = frozenset({_RULE_1900, _RULE_2000})
"""What first nine digits plus check digits leave modulo 97, by century of birth. As the two differ,
no number fits both centuries: the check digits always tell which one is meant."""

_POSSIBLE, _IMPOSSIBLE, _29_FEBRUARY = range(3)


def _birthdays() -> bytes:
    """Say for each of the 10,000 values of month and day what it is worth.

    BIS numbers have the month raised by 20 or 40. Unknown is month 00 with any day, and for a BIS
    number day 00 with any month.
    """
    days = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    table = bytearray([_IMPOSSIBLE]) * 10_000
    for raised in (0, 20, 40):
        table[raised * 100 : raised * 100 + 100] = bytes([_POSSIBLE]) * 100
        for month, last in enumerate(days, start=1):
            first = (raised + month) * 100
            table[first : first + last + 1] = bytes([_POSSIBLE]) * (last + 1)
            table[first] = _POSSIBLE if raised else _IMPOSSIBLE
        table[raised * 100 + 229] = _29_FEBRUARY
    return bytes(table)


_BIRTHDAYS: Final = _birthdays()


# A number that parse() found good already is made without __init__, which would check it again,
# and its one field is set past the guard of a frozen class (below each class): half the time of a
# check is spent on making the value.
_new = object.__new__


@dataclass(frozen=True, slots=True)
class Niss:
    """The number of a person in the national register or of a BIS person (NISS, INSZ, SSIN).

    Eleven digits: birth date, sequence, check digits. Accepted although the birth date is
    incomplete: month 00, and for BIS numbers month 20 or 40 and day 00 as well (contracts 14.1).
    """

    digits: str = field(repr=False)
    """Eleven digits, no separators."""

    def __post_init__(self) -> None:
        reason = _niss_reason(self.digits)
        if reason:
            raise EhealthError(reason, kind="niss")

    @classmethod
    def parse(cls, text: str) -> Niss:
        """Read a number in any usual writing; raises :class:`EhealthError` ``identifier.*``."""
        if _niss_reason(text):
            return cls(_without_separators(text))
        parsed = _new(cls)
        _set_niss(parsed, text)
        return parsed

    def __str__(self) -> str:
        """Write it as on the card: ``85.07.30-033.28``."""
        d = self.digits
        return f"{d[:2]}.{d[2:4]}.{d[4:6]}-{d[6:9]}.{d[9:]}"

    @property
    def is_bis(self) -> bool:
        """True for a person outside the national register (month raised by 20 or 40)."""
        return int(self.digits[2:4]) >= 20

    @property
    def birth_date(self) -> date | None:
        """The day of birth, or ``None`` when the number does not tell it whole."""
        month, day = int(self.digits[2:4]) % 20, int(self.digits[4:6])
        if not month or not day:
            return None
        return date(_year(self.digits), month, day)

    @property
    def gender(self) -> Literal["M", "F"] | None:
        """``M`` or ``F``; ``None`` for a BIS number with +20, whose parity means nothing."""
        if 20 <= int(self.digits[2:4]) < 40:
            return None
        return "M" if int(self.digits[8]) % 2 else "F"


_set_niss = vars(Niss)["digits"].__set__


@dataclass(frozen=True, slots=True)
class Inami:
    """The number of a provider at the INAMI (RIZIV, NIHII), with or without qualification.

    The check digits follow modulus 97 or, since circular 2012/26, modulus 89. The same six first
    digits can belong to two people: compare :attr:`base`, never less.
    """

    digits: str
    """Eight digits, or eleven with the qualification code."""

    def __post_init__(self) -> None:
        reason = _inami_reason(self.digits)
        if reason:
            raise EhealthError(reason, kind="inami")

    @classmethod
    def parse(cls, text: str) -> Inami:
        """Read a number in any usual writing; raises :class:`EhealthError` ``identifier.*``."""
        if _inami_reason(text):
            return cls(_without_separators(text))
        parsed = _new(cls)
        _set_inami(parsed, text)
        return parsed

    def __str__(self) -> str:
        """Write it as INAMI does: ``5/38861/71/521``."""
        d = self.digits
        return f"{d[0]}/{d[1:6]}/{d[6:8]}" + (f"/{d[8:]}" if len(d) > 8 else "")

    @property
    def base(self) -> str:
        """The first eight digits, which identify the provider."""
        return self.digits[:8]

    @property
    def qualification(self) -> str | None:
        """The three digits of the qualification; ``None`` when absent or ``000``, its padding."""
        code = self.digits[8:]
        return code if code and code != "000" else None

    @property
    def profession_digit(self) -> str:
        """The first digit: 1 doctor, 2 pharmacist, 3 dentist, 4 nurse or midwife, 5 physio ..."""
        return self.digits[0]


_set_inami = vars(Inami)["digits"].__set__


@dataclass(frozen=True, slots=True)
class Cbe:
    """The number of an enterprise (BCE, KBO, CBE), ten digits."""

    digits: str

    def __post_init__(self) -> None:
        reason = _cbe_reason(self.digits)
        if reason:
            raise EhealthError(reason, kind="cbe")

    @classmethod
    def parse(cls, text: str) -> Cbe:
        """Read a number in any usual writing, also as VAT number (``BE 0809.394.427``).

        The old writing of nine digits gets its leading 0. Raises :class:`EhealthError`
        ``identifier.*``.
        """
        digits = _without_separators(text).upper().removeprefix("BE")
        return cls(f"0{digits}" if len(digits) == 9 else digits)

    def __str__(self) -> str:
        """Write it as on an invoice: ``0809.394.427``."""
        d = self.digits
        return f"{d[:4]}.{d[4:7]}.{d[7:]}"


def refused_niss(numbers: Iterable[str]) -> dict[int, str]:
    """Check many NISS at once: the index and the reason of each that is refused."""
    return _refused(numbers, _niss_reason)


def refused_inami(numbers: Iterable[str]) -> dict[int, str]:
    """Check many INAMI numbers at once: the index and the reason of each that is refused."""
    return _refused(numbers, _inami_reason)


def _refused(numbers: Iterable[str], reason_of: Callable[[str], str | None]) -> dict[int, str]:
    refused = {}
    for index, text in enumerate(numbers):
        reason = reason_of(text)
        if reason:
            reason = reason_of(_without_separators(text))
            if reason:
                refused[index] = reason
    return refused


def _without_separators(text: str) -> str:
    return text.translate(_SEPARATORS)


def _shape_reason(digits: str) -> str:
    return LENGTH if not digits or (digits.isdigit() and digits.isascii()) else CHARACTERS


def _niss_reason(digits: str) -> str | None:
    if len(digits) != 11 or not digits.isdigit() or not digits.isascii():
        return _shape_reason(digits)
    number, check = divmod(int(digits), 100)
    rule = (number + check) % 97
    if rule not in _RULES or not 0 < check < 98:
        return CHECK_DIGITS
    doubt = _BIRTHDAYS[number // 1000 % 10_000]
    if doubt and not (doubt == _29_FEBRUARY and _is_leap(_year(digits))):
        return BIRTH_DATE
    return None if 0 < number % 1000 < 999 else SEQUENCE


def _year(digits: str) -> int:
    """Tell the year of birth; the century is told by the rule that the check digits follow."""
    rule = (int(digits[:9]) + int(digits[9:])) % 97
    return (1900 if rule == _RULE_1900 else 2000) + int(digits[:2])


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and year != 1900


def _inami_reason(digits: str) -> str | None:
    if len(digits) not in (8, 11) or not digits.isdigit() or not digits.isascii():
        return _shape_reason(digits)
    number, check = divmod(int(digits[:8]), 100)
    if number < 100_000:
        return FIRST_DIGIT
    if check != 97 - number % 97 and check != 89 - number % 89:
        return CHECK_DIGITS
    return None


def _cbe_reason(digits: str) -> str | None:
    if len(digits) != 10 or not digits.isdigit() or not digits.isascii():
        return _shape_reason(digits)
    if digits[0] not in "01":
        return FIRST_DIGIT
    return None if 97 - int(digits[:8]) % 97 == int(digits[8:]) else CHECK_DIGITS
