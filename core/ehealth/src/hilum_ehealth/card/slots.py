"""Which of the readers' slots holds the eID, and if none does, why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

from hilum_ehealth.errors import EhealthError

from .ckr import card_error
from .frames import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a slot says of the token in it."""

    label: str
    model: str
    serial: str = field(repr=False)
    initialised: bool
    pin_pad: bool
    login_required: bool

    @property
    def called_eid(self) -> bool:
        """The official middleware, OpenSC and test tokens call an eID so."""
        return self.label.startswith("BELPIC") or self.model == "Belgium eID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One reader as PKCS#11 shows it."""

    number: int
    reader: str
    present: bool
    removable: bool
    """A card reader's, and no store of keys that is always there."""

    token: Token | None
    ckr: str | None
    """What the middleware answered instead of describing the token."""

    function: str

    @classmethod
    def of(cls, described: Message) -> Self:
        """Take what the card's process says of a slot."""
        token = described.get("token")
        return cls(
            number=described["slot"],
            reader=described["reader"],
            present=described["present"],
            removable=described["removable"],
            token=Token(**token) if token else None,
            ckr=described.get("ckr"),
            function=described.get("function", ""),
        )


def eids(slots: Sequence[Slot], holds_eid: Callable[[Slot], bool]) -> list[Slot]:
    """Keep the slots with an eID: by name, else those whose objects are an eID's.

    *holds_eid* opens a token and looks; it is asked only when no token is called an eID.
    """
    tokens = [slot for slot in slots if slot.token and slot.token.initialised]
    called = [slot for slot in tokens if slot.token and slot.token.called_eid]
    return called or [slot for slot in tokens if holds_eid(slot)]


def choose(slots: Sequence[Slot], reader: str | None, holds_eid: Callable[[Slot], bool]) -> Slot:
    """Answer the slot with the only eID, or with the one in *reader*.

    Raises ``card.no-reader``, ``card.several``, and for no eID the reason that tells most.
    """
    considered = [slot for slot in slots if reader in (None, slot.reader)]
    if not considered:
        raise EhealthError("card.no-reader", readers=[slot.reader for slot in slots])
    found = eids(considered, holds_eid)
    if len(found) > 1:
        raise EhealthError("card.several", readers=[slot.reader for slot in found])
    if not found:
        raise _why_none(considered)
    return found[0]


def _why_none(slots: Sequence[Slot]) -> EhealthError:
    for slot in slots:
        if slot.present and slot.ckr == "CKR_TOKEN_NOT_PRESENT":
            return EhealthError("card.in-use", reader=slot.reader)
    for slot in slots:
        if slot.ckr and slot.ckr != "CKR_TOKEN_NOT_PRESENT":
            return card_error(slot.ckr, slot.function, reader=slot.reader)
    readers = [slot.reader for slot in slots]
    foreign = [slot.token.label for slot in slots if slot.token and slot.token.initialised]
    if foreign:
        return EhealthError("card.foreign-token", labels=foreign, readers=readers)
    return EhealthError("card.not-present", readers=readers)
