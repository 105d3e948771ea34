"""Telling the journey: each step's title, command lines and results, for people and scripts."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hilum_hookspecs import HilumError, Message
from hilum_hookspecs.words import show

from .words import _

if TYPE_CHECKING:
    from .demo_world import Run


class Unexpected(Exception):
    """A step's result is not as it must be; says what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step did."""

    runs: tuple[Run, ...] = ()
    remarks: tuple[Message, ...] = ()
    """What was checked besides, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the journey; ``act`` raises :class:`Unexpected` when a result is wrong."""

    name: str
    title: Message
    act: Callable[[], Outcome]


class Journey:
    """Takes the steps once, in order, and remembers what each gave."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._left = iter(steps)
        self._taken: list[tuple[Step, Outcome]] = []

    def lines(self) -> Iterator[str]:
        """Take the steps and tell each in words when it is done."""
        for number, (step, outcome) in enumerate(self._take(), 1):
            yield f"{number}. {show(step.title)}"
            for run in outcome.runs:
                yield from _run_lines(run)
            yield from (f"   = {show(remark)}" for remark in outcome.remarks)
            yield ""
        yield _("Everything was as it must be. The temporary folder is removed now.")

    def document(self) -> dict[str, object]:
        """Take the steps and return them for a script."""
        for _each in self._take():
            pass
        return {"steps": [_document(step, outcome) for step, outcome in self._taken]}

    def _take(self) -> Iterator[tuple[Step, Outcome]]:
        for step in self._left:
            try:
                outcome = step.act()
            except Unexpected as problem:
                raise _failed(step, str(problem)) from problem
            self._taken.append((step, outcome))
            yield step, outcome


def _run_lines(run: Run) -> Iterator[str]:
    yield f"   $ hilum {shlex.join(run.arguments)}"
    if run.answered:
        answered = _("(answered: {names})", names=", ".join(run.answered))
        yield f"     {answered}"
    yield from (f"     ... {step}" for step in run.said)
    yield from (f"     {line}" for line in _told(run))
    if run.result.exit_code:
        code = _("(exit code {code})", code=run.result.exit_code)
        yield f"     {code}"


def _document(step: Step, outcome: Outcome) -> dict[str, object]:
    return {
        "name": step.name,
        "title": show(step.title),
        "commands": [
            {
                "arguments": list(run.arguments),
                "secrets": list(run.answered),
                "steps": list(run.said),
                "exit_code": run.result.exit_code,
                "output": _told(run),
            }
            for run in outcome.runs
        ],
        "remarks": [show(remark) for remark in outcome.remarks],
    }


def _told(run: Run) -> list[str]:
    """List what a command said, its result before its notes; the steps stand elsewhere."""
    notes = [line for line in run.result.errors.splitlines() if line not in run.said]
    return [*run.result.output.splitlines(), *notes]


def _failed(step: Step, problem: str) -> HilumError:
    return HilumError(
        "demo.step-failed",
        message=_.message("The demonstration failed at: {step}.", step=step.title),
        remedy=_.message("Found instead: {problem}", problem=problem),
        step=step.name,
        problem=problem,
    )
