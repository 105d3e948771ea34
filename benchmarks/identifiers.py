"""Checking the numbers of people one at a time, beside python-stdnum, which has no INAMI."""

from __future__ import annotations

from pathlib import Path

from .measuring import in_turn
from .rows import Row, ratio_row

ROUNDS = 30
COUNT = 5_000
LEAST = 4.0


def rows(_folder: Path) -> list[Row]:
    """Check the NISS and the INAMI number of many, one after the other, all of them good."""
    from hilum_ehealth.identifiers import Inami, Niss
    from stdnum.be import nn

    people = [_niss(place) for place in range(COUNT)]
    numbers = [_inami(place) for place in range(COUNT)]

    def ours() -> None:
        for niss, inami in zip(people, numbers, strict=True):
            Niss.parse(niss)
            Inami.parse(inami)

    def theirs() -> None:
        for niss in people:
            nn.validate(niss)

    times = in_turn({"ours": ours, "theirs": theirs}, rounds=ROUNDS)
    return [
        ratio_row(
            "NISS and INAMI, one at a time",
            times["ours"].per(COUNT),
            times["theirs"].per(COUNT),
            beside="python-stdnum, NISS alone",
            least=LEAST,
        )
    ]


def _niss(place: int) -> str:
    nine = f"{50 + place % 50}{place % 12 + 1:02}{place % 28 + 1:02}{place % 997 + 1:03}"
    return f"{nine}{97 - int(nine) % 97:02}"


def _inami(place: int) -> str:
    six = 500_000 + place * 79 % 100_000
    return f"{six}{97 - six % 97:02}501"
