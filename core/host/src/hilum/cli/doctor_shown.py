"""What the doctor found, in words and as a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import HealthAnswer, HealthCheck, HealthState
from hilum_hookspecs.words import show

from hilum.plain import jsonable as jsonable_or_text
from hilum.services.health.own import SETTINGS
from hilum.services.health.reports import CheckReport, FixReport, LinkReport, all_well, counts
from hilum.words import _

from .output import jsonable

if TYPE_CHECKING:
    from .output import CliOutput

MARKS: Final = {
    HealthState.OK: "ok",
    HealthState.WARNING: "!",
    HealthState.FAILED: "!!",
    HealthState.NOT_APPLICABLE: "--",
}
NOT_LOOKED_AT: Final = ".."


class CheckPrinter:
    """Prints reports in the order of *checks*, each as soon as those before it are printed."""

    def __init__(self, checks: Sequence[HealthCheck], output: CliOutput) -> None:
        self._waiting = [check.name for check in checks]
        self._output = output
        self._ready: dict[str, CheckReport] = {}

    def show(self, report: CheckReport) -> None:
        """Print *report* and those that waited for it, or keep it until its turn."""
        self._ready[report.check.name] = report
        while self._waiting and self._waiting[0] in self._ready:
            for line in check_lines(self._ready.pop(self._waiting.pop(0))):
                self._output.stream({}, line)


def check_lines(report: CheckReport) -> Iterator[str]:
    """Write a check: a heading and its links, or one line when there is a single link."""
    label = show(report.check.label)
    if len(report.links) == 1:
        yield from _link_lines(report.links[0], label, "")
        return
    yield label
    for each in report.links:
        yield from _link_lines(each, show(each.link.label), "  ")


def _link_lines(report: LinkReport, label: str, indent: str) -> Iterator[str]:
    answer = report.answer
    if answer is None:
        yield _line(indent, NOT_LOOKED_AT, label, _("not looked at"))
        return
    yield _line(indent, MARKS[answer.state], label, show(answer.cause))
    if answer.remedy is not None:
        yield f"{indent}    {show(answer.remedy)}"


def _line(indent: str, mark: str, label: str, value: str) -> str:
    return f"{indent}{mark:<3} " + _("{label}: {value}", label=label, value=value)


def fix_lines(fixes: Sequence[FixReport]) -> Iterator[str]:
    """Write what was mended, or would be."""
    for fix in fixes:
        label = show(fix.label)
        if fix.done is not None:
            yield _("Mended: {label}. {done}", label=label, done=show(fix.done))
        elif fix.problem is not None:
            yield _("Not mended: {label}. {problem}", label=label, problem=show(fix.problem))
        else:
            yield _("Would be mended: {label}", label=label)


def last_lines(
    reports: Sequence[CheckReport], fixes: Sequence[FixReport], *, fix: bool
) -> Iterator[str]:
    """Say whether there is something to do, and what the marks mean."""
    yield ""
    if _settings_failed(reports):
        yield _("What depends on the settings was not looked at: correct them first.")
    if fix and not fixes:
        yield _("There is nothing that can safely be mended.")
    if all_well(reports):
        yield _("All is well, as far as it can be seen without a session.")
        return
    yield _("There is something to do: see ! and !! above.")
    yield _("!! failed, ! to do, .. not looked at because of what failed before, -- not needed")


def document(
    environment: str | None,
    reports: Sequence[CheckReport],
    fixes: Sequence[FixReport],
    *,
    dry_run: bool,
) -> dict[str, object]:
    """Make the document of a run."""
    return {
        "environment": environment,
        "all_well": all_well(reports),
        "counts": counts(reports),
        "checks": [_check_document(report) for report in reports],
        "fixes": [_fix_document(fix) for fix in fixes],
        "dry_run": dry_run,
    }


def _check_document(report: CheckReport) -> dict[str, object]:
    return {
        "name": report.check.name,
        "label": show(report.check.label),
        "plugin": report.plugin,
        "state": report.state.value,
        "links": [_link_document(each) for each in report.links],
    }


def _link_document(report: LinkReport) -> dict[str, object]:
    answer = report.answer
    return {
        "name": report.link.name,
        "label": show(report.link.label),
        "state": answer.state.value if answer else "not-looked-at",
        "cause": show(answer.cause) if answer else None,
        "remedy": show(answer.remedy) if answer and answer.remedy else None,
        "code": report.code,
        "milliseconds": report.milliseconds,
        "data": _data(answer),
        "fixable": bool(answer and answer.fix),
    }


def _data(answer: HealthAnswer | None) -> object:
    """Return the facts as JSON has them, whatever a plugin put there."""
    return jsonable_or_text(answer.data, jsonable) if answer else {}


def _fix_document(fix: FixReport) -> dict[str, object]:
    return {
        "check": fix.check.name,
        "link": fix.link.name,
        "label": show(fix.label),
        "done": show(fix.done) if fix.done else None,
        "problem": show(fix.problem) if fix.problem else None,
    }


def _settings_failed(reports: Sequence[CheckReport]) -> bool:
    return any(
        report.check.name == SETTINGS and report.state is HealthState.FAILED for report in reports
    )
