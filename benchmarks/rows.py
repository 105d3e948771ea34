"""The lines of the table, and how they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .measuring import Ratio, Times

HEADINGS = ("what", "beside", "takes", "floor", "ratio", "budget", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Something measured, what it is held against, and its budget when there is one."""

    what: str
    beside: str = ""
    takes: str
    floor: str = ""
    ratio: str = ""
    budget: str = ""
    is_met: bool | None = None
    """``None`` where there is no budget, or it could not be measured."""


def ratio_row(
    what: str,
    ours: Times,
    floor: Times,
    *,
    beside: str,
    most: float | None = None,
    least: float | None = None,
) -> Row:
    """Hold *ours* against *floor*: at *most* so many times its time, or at *least* its speed."""
    ratio = floor.ratio_to(ours) if least is not None else ours.ratio_to(floor)
    budget, is_met = "", None
    if most is not None:
        budget, is_met = f"<= {most:.2f}x", ratio.value <= most
    if least is not None:
        budget, is_met = f">= {least:.0f}x as fast", ratio.value >= least
    return Row(
        what=what,
        beside=beside,
        takes=duration(ours.median),
        floor=duration(floor.median),
        ratio=_shown(ratio),
        budget=budget,
        is_met=is_met,
    )


def memory_row(what: str, peak_bytes: int, *, most_mib: int) -> Row:
    """Hold the memory of a program against its budget."""
    mib = peak_bytes / 2**20
    return Row(
        what=what,
        beside="resident at most",
        takes=f"{mib:.1f} MiB",
        budget=f"<= {most_mib} MiB",
        is_met=mib <= most_mib,
    )


def unmeasured(what: str, why: str, budget: str) -> Row:
    """Say that something was not measured and why."""
    return Row(what=what, takes=f"not measured: {why}", budget=budget)


def duration(seconds: float) -> str:
    """Write a time in the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds * 1e6:.1f} us"


def table(rows: Sequence[Row]) -> list[str]:
    """Return the lines of a table with all *rows*."""
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]


def _cells(row: Row) -> tuple[str, ...]:
    verdict = {True: "met", False: "NOT MET", None: ""}[row.is_met]
    return (row.what, row.beside, row.takes, row.floor, row.ratio, row.budget, verdict)


def _shown(ratio: Ratio) -> str:
    return f"{ratio.value:.2f}x +- {ratio.noise:.2f}"
