"""The use case: choose the checks, look, and mend what may safely be mended."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final, cast

from hilum_hookspecs import (
    ConfigurationError,
    HealthAnswer,
    HealthCheck,
    HealthFix,
    HealthState,
    HilumError,
    Message,
)

from hilum.catalogue import messages_for
from hilum.failures import Stage, is_ours
from hilum.host import Host, failed_in_call
from hilum.spelling import nearest
from hilum.words import _

from .reports import HOST, CheckReport, FixReport, LinkReport, Sourced
from .running import Judge, TooSlow, run_checks

HOOK: Final = "hilum_health_checks"


class HealthService:
    """The doctor. *own* makes the host's own checks; the others are the plugins'.

    A run may be started from a worker thread of a window; one at a time.
    """

    def __init__(self, host: Host, own: Callable[[], Iterable[HealthCheck]]) -> None:
        self._host = host
        self._own = own

    def checks(self, only: Collection[str] = ()) -> tuple[Sourced, ...]:
        """Return the checks of one run by rank, all or *only* those of these names.

        Of one rank ours come first, then the plugins' by the plugin's name.

        ``endpoint`` chooses ``endpoint-sts`` too. Raises ``usage.unknown-check`` (``check``,
        ``nearest``, ``known``).
        """
        own = [Sourced(HOST, check) for check in self._own()]
        taken = {each.check.name for each in own}
        found = [Sourced(*each) for each in self._offered() if each[1].name not in taken]
        checks = sorted((*own, *found), key=lambda each: each.check.rank)
        for name in only:
            if not any(_chosen(each.check, name) for each in checks):
                known = [each.check.name for each in checks]
                raise ConfigurationError(
                    "usage.unknown-check", check=name, nearest=nearest(name, known), known=known
                )
        return tuple(
            each for each in checks if not only or any(_chosen(each.check, name) for name in only)
        )

    def run(
        self,
        checks: Sequence[Sourced],
        *,
        on_link: Callable[[LinkReport], None] = lambda report: None,
        on_check: Callable[[CheckReport], None] = lambda report: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> tuple[CheckReport, ...]:
        """Look at *checks* side by side and return what was found, in their order.

        *on_link* and *on_check* hear it as it comes, in this thread. Raises ``UserCancelled``
        within a second when *cancelled* answers true.
        """
        judge = Judge(answer=self._answer, closed=self._failed)
        return run_checks(checks, judge, on_link=on_link, on_check=on_check, cancelled=cancelled)

    def mend(
        self, reports: Sequence[CheckReport], *, dry_run: bool = False
    ) -> tuple[FixReport, ...]:
        """Do what the answers say may be mended; with *dry_run* only say what would be done."""
        return tuple(
            self._mended(report.plugin, each, each.answer.fix, dry_run=dry_run)
            for report in reports
            for each in report.links
            if each.answer is not None and each.answer.fix is not None
        )

    def _offered(self) -> list[tuple[str, HealthCheck]]:
        found = self._host.survey(HOOK).found
        return cast("list[tuple[str, HealthCheck]]", list(found))

    def _mended(self, plugin: str, link: LinkReport, fix: HealthFix, *, dry_run: bool) -> FixReport:
        report = FixReport(check=link.check, link=link.link, label=fix.label)
        if dry_run:
            return report
        try:
            return replace(report, done=fix.apply())
        except (Exception, SystemExit) as error:  # noqa: BLE001  # it must cost only this fix
            return replace(report, problem=self._texts(plugin, error)[0])

    def _answer(self, sourced: Sourced, report: LinkReport, error: BaseException) -> LinkReport:
        """Make the answer of a link whose look raised or did not end."""
        cause, remedy = self._texts(sourced.plugin, error)
        code, data = _code(error), _details(sourced.plugin, error)
        answer = HealthAnswer(state=HealthState.FAILED, cause=cause, remedy=remedy, data=data)
        return replace(report, answer=answer, code=code)

    def _texts(self, plugin: str, error: BaseException) -> tuple[Message, Message | None]:
        if isinstance(error, TooSlow):
            return _too_slow(error.seconds, None if self._is_known(plugin) else plugin)
        if is_ours(error):
            return messages_for(error)
        self._failed_in(plugin, error)
        return messages_for(_defect(plugin, error))

    def _is_known(self, plugin: str) -> bool:
        return plugin == HOST or self._host.ours(plugin)

    def _failed(self, sourced: Sourced, error: BaseException) -> None:
        self._failed_in(sourced.plugin, error)

    def _failed_in(self, plugin: str, error: BaseException) -> None:
        self._host.failed(plugin, Stage.CALL, HOOK, error)


def _too_slow(seconds: int, foreign: str | None) -> tuple[Message, Message]:
    if foreign is not None:
        return (
            _.message(
                "The plugin {plugin} gave no answer within {seconds} seconds.",
                plugin=foreign,
                seconds=seconds,
            ),
            _.message(
                "Run hilum doctor again; hilum plugins disable {plugin} switches it off.",
                plugin=foreign,
            ),
        )
    return (
        _.message("No answer came within {seconds} seconds.", seconds=seconds),
        _.message("Run hilum doctor again; if it stays, restart the computer."),
    )


def _defect(plugin: str, error: BaseException) -> HilumError:
    if plugin == HOST:
        return HilumError("defect", type=type(error).__name__)
    return failed_in_call(plugin, error)


def _details(plugin: str, error: BaseException) -> dict[str, object]:
    if isinstance(error, TooSlow):
        return {}
    return error.details if is_ours(error) else _defect(plugin, error).details


def _code(error: BaseException) -> str | None:
    if is_ours(error):
        return error.code
    return None if isinstance(error, TooSlow) else "defect"


def _chosen(check: HealthCheck, name: str) -> bool:
    return check.name == name or check.name.startswith(f"{name}-")
