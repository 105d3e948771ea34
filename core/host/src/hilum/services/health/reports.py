"""What a run of the doctor found, for whoever shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from hilum_hookspecs import HealthAnswer, HealthCheck, HealthLink, HealthState, Message

HOST: Final = "hilum"
"""Whose the host's own checks are, where a plugin's name stands for the others."""


class Sourced(NamedTuple):
    """A check and the plugin that offers it."""

    plugin: str
    check: HealthCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReport:
    """What was found at one link."""

    check: HealthCheck
    link: HealthLink
    answer: HealthAnswer | None = None
    """``None`` when it was not looked at: a link before it failed, or the user walked away."""

    milliseconds: int | None = None
    code: str | None = None
    """The code of the error that is the answer, for scripts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What was found at every link of one check, in order."""

    plugin: str
    check: HealthCheck
    links: tuple[LinkReport, ...]

    @property
    def state(self) -> HealthState:
        """The worst of its links; not applicable when all are."""
        states = {each.answer.state for each in self.links if each.answer is not None}
        return next((state for state in _WORST_FIRST if state in states), HealthState.OK)


@dataclass(frozen=True, slots=True, kw_only=True)
class FixReport:
    """What was mended, or would be."""

    check: HealthCheck
    link: HealthLink
    label: Message
    """What is to be done."""

    done: Message | None = None
    """What was done; ``None`` on a dry run and when it could not be done."""

    problem: Message | None = None
    """Why it could not be done."""


_WORST_FIRST: Final = (
    HealthState.FAILED,
    HealthState.WARNING,
    HealthState.OK,
    HealthState.NOT_APPLICABLE,
)


def all_well(reports: Sequence[CheckReport]) -> bool:
    """Tell whether there is nothing to do."""
    return not any(each.state in (HealthState.FAILED, HealthState.WARNING) for each in reports)


def counts(reports: Sequence[CheckReport]) -> Mapping[str, int]:
    """Count the links by what was found there."""
    found: dict[str, int] = {}
    for report in reports:
        for each in report.links:
            state = each.answer.state.value if each.answer else "not-looked-at"
            found[state] = found.get(state, 0) + 1
    return found
