"""Provider records and what validators say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .words import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class InamiPeriod:
    """An INAMI number and when it holds; both ends included, ``None`` is open."""

    number: str
    """Eight or eleven digits, without separators."""

    start: date | None = None
    end: date | None = None
    conventioned: bool = False

    def covers(self, day: date) -> bool:
        """Tell whether the number holds on *day*."""
        return (self.start or date.min) <= day <= (self.end or date.max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profession:
    """One type of provider that a person is, with its INAMI numbers."""

    name: str
    """The protocol's word: ``physiotherapist``, ``doctor``, ``nurse`` ..."""

    inami: tuple[InamiPeriod, ...] = ()
    default: bool = False

    def inami_on(self, day: date) -> str | None:
        """Return the number that holds on *day*, the one that started last."""
        held = [period for period in self.inami if period.covers(day)]
        return max(held, key=lambda period: period.start or date.min).number if held else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A care provider's record."""

    id: str
    """Ours, stable, made by the directory that keeps the record."""

    last_name: str
    first_names: str = ""
    initials: str = ""
    birth_date: date | None = None
    gender: str = ""
    """``F``, ``M`` or empty."""

    language: str = ""
    """``fr``, ``nl``, ``de``, ``en`` or empty."""

    salutation: str = ""
    category: str = ""
    specialisation: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    phone: str = ""
    mobile: str = ""
    email: str = ""
    niss: str = field(default="", repr=False)
    """Eleven digits without separators, or empty."""

    professions: tuple[Profession, ...] = ()
    ehealthbox: bool = False
    independent: bool = False
    practice_owner: bool = False

    @property
    def name(self) -> str:
        """First names and last name."""
        return f"{self.first_names} {self.last_name}".strip()

    def profession(self, name: str | None = None) -> Profession | None:
        """Return the profession *name*; without a name the default one, else the only one."""
        if name is not None:
            return next((p for p in self.professions if p.name == name), None)
        marked = next((p for p in self.professions if p.default), None)
        return marked or (self.professions[0] if len(self.professions) == 1 else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDirectory:
    """A place where provider records live: ours, or an integrator's own system."""

    name: str
    find: Callable[[str], Sequence[Provider]]
    """Records whose id, NISS or INAMI number (any usual writing) is the text."""

    all: Callable[[], Iterable[Provider]]


class Purpose(Enum):
    """Why records are checked."""

    SAVE = "save"
    EHEALTH_LOGIN = "ehealth-login"


class Severity(Enum):
    """Whether a finding stops the purpose."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a validator noticed about one record."""

    provider_id: str
    code: str
    """Dotted and stable, for scripts: ``record.niss-missing``."""

    message: Message
    severity: Severity = Severity.ERROR
    field: str | None = None
    """The field of the record that a front should lead to."""

    fix: Message | None = None
    """What the user can do about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordValidator:
    """A check of records, a batch at a time.

    ``check`` gets all records at once because one call per record is slow; it yields findings and
    nothing for a record that is fine. A validator that raises counts as "not valid".
    """

    name: str
    check: Callable[[Sequence[Provider], Purpose], Iterable[Finding]]
    purposes: frozenset[Purpose] = frozenset(Purpose)
