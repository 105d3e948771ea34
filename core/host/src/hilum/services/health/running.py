"""Looking at several checks side by side, each bounded in time, none able to hold up the others."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple, TypeAlias

from hilum_hookspecs import HealthAnswer, HealthState, UserCancelled

from hilum.contributions import returning

from .reports import CheckReport, LinkReport, Sourced

GRACE: Final = 1.0
"""Seconds between telling a look to end and leaving it alone."""

POLL: Final = 0.05
"""Seconds between two looks at the time limits and at whether the user walked away."""

Looked: TypeAlias = "HealthAnswer | BaseException"
"""What a look gave: its answer, or what it raised."""


class TooSlow(Exception):
    """A look did not end in its time; ``seconds`` is how long that was."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class _Event(NamedTuple):
    """What a chain tells: a link begins, was looked at, or (without link) the chain is over."""

    chain: _Chain
    link: int | None
    looked: Looked | None = None


class Judge(NamedTuple):
    """What becomes of what a look raised; both are called in the thread of whoever runs."""

    answer: Callable[[Sourced, LinkReport, BaseException], LinkReport]
    """Makes the answer of a link that has none of its own."""

    closed: Callable[[Sourced, BaseException], None]
    """Hears what letting go raised."""


def run_checks(
    checks: Sequence[Sourced],
    judge: Judge,
    *,
    on_link: Callable[[LinkReport], None],
    on_check: Callable[[CheckReport], None],
    cancelled: Callable[[], bool],
) -> tuple[CheckReport, ...]:
    """Look at every check, each in a thread of its own; returns the reports in the given order.

    *on_link* and *on_check* hear each answer as it comes, in this thread. Raises
    ``UserCancelled`` when *cancelled* answers true: looks are told to end and left alone.
    """
    events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
    chains = [_Chain(each, judge, events, on_link) for each in checks]
    running = list(chains)
    try:
        for chain in chains:
            chain.start()
        while running:
            _take(events)
            for chain in [each for each in running if each.over(time.monotonic())]:
                running.remove(chain)
                on_check(chain.report())
            if cancelled():
                raise UserCancelled
    finally:
        for chain in running:
            chain.stop()
    return tuple(chain.report() for chain in chains)


def _take(events: queue.SimpleQueue[_Event]) -> None:
    """Let the chains hear what happened, waiting a moment for something to happen."""
    with suppress(queue.Empty):
        event = events.get(timeout=POLL)
        while True:
            event.chain.hear(event)
            event = events.get_nowait()


class _Chain:
    """One check being looked at: the thread that looks, and what is known of it outside."""

    def __init__(
        self,
        sourced: Sourced,
        judge: Judge,
        events: queue.SimpleQueue[_Event],
        on_link: Callable[[LinkReport], None],
    ) -> None:
        self._sourced = sourced
        self._judge = judge
        self._events = events
        self._on_link = on_link
        self._stop = threading.Event()
        self._reports = [LinkReport(check=sourced.check, link=link) for link in sourced.check.links]
        self._begun: tuple[int, float] | None = None
        self._over = False
        # A daemon, because a look that hangs must not keep the program from ending.
        self._thread = threading.Thread(
            target=self._look, name=f"hilum-health-{sourced.check.name}", daemon=True
        )

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Tell the look of now to end, and begin no other."""
        self._stop.set()

    def report(self) -> CheckReport:
        """Return what was found so far."""
        return CheckReport(
            plugin=self._sourced.plugin,
            check=self._sourced.check,
            links=tuple(self._reports),
        )

    def hear(self, event: _Event) -> None:
        """Take in what the thread tells, unless it is too late for that."""
        if self._over:
            return
        if event.link is None:
            self._over = True
            if isinstance(event.looked, BaseException):
                self._judge.closed(self._sourced, event.looked)
        elif event.looked is None:
            self._begun = (event.link, time.monotonic())
        elif self._stop.is_set():
            self._note(event.link, TooSlow(self._limit(event.link)))
        else:
            self._note(event.link, event.looked)

    def over(self, now: float) -> bool:
        """Tell whether the chain is over, ending a look whose time is (*now* is monotonic)."""
        if self._begun is not None and not self._over:
            index, begun = self._begun
            late = now - begun - self._limit(index)
            if late >= 0:
                self.stop()
            if late >= GRACE:
                self._note(index, TooSlow(self._limit(index)))
                self._over = True
        return self._over

    def _limit(self, index: int) -> int:
        return self._sourced.check.links[index].seconds

    def _note(self, index: int, looked: Looked) -> None:
        begun = self._begun[1] if self._begun else time.monotonic()
        self._begun = None
        milliseconds = round((time.monotonic() - begun) * 1000)
        report = LinkReport(
            check=self._sourced.check,
            link=self._sourced.check.links[index],
            answer=looked if isinstance(looked, HealthAnswer) else None,
            milliseconds=milliseconds,
        )
        if isinstance(looked, BaseException):
            report = self._judge.answer(self._sourced, report, looked)
        self._reports[index] = report
        self._on_link(report)

    def _look(self) -> None:
        """Look at link after link; what goes wrong is told, because nobody catches it here."""
        closing: BaseException | None = None
        try:
            for index, link in enumerate(self._sourced.check.links):
                if self._stop.is_set():
                    break
                self._events.put(_Event(self, index))
                looked = _looked(link.look, self._stop.is_set)
                self._events.put(_Event(self, index, looked))
                if not isinstance(looked, HealthAnswer) or looked.state is HealthState.FAILED:
                    break
        finally:
            try:
                self._sourced.check.close()
            except (Exception, SystemExit) as error:  # noqa: BLE001  # foreign code
                closing = error
            self._events.put(_Event(self, None, closing))


def _looked(
    look: Callable[[Callable[[], bool]], HealthAnswer], cancelled: Callable[[], bool]
) -> Looked:
    try:
        return returning(HealthAnswer, look)(cancelled)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # it must cost only this link
        return error
