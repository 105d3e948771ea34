"""Watching plugins' calls: which one hangs, prints or leaves a thread; all calls when traced.

Neither an import nor a call can be stopped from outside in Python. What is promised is that the
plugin which keeps everybody waiting is named, that Ctrl-C works, and that the process ends.
"""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from .calls import PluginCall

PATIENCE: Final = 10.0
"""Seconds that a plugin may take to load or to answer a hook before it is named."""

GRACE: Final = 1.0
"""Seconds that threads get to end by themselves when everything is done."""


class Watch:
    """What is done around each call of a plugin.

    *on_wait* hears of a plugin that takes longer than :data:`PATIENCE`, with the place, in a
    thread of its own. *on_print* hears what a plugin printed as it was loaded or answered a hook:
    standard output is for results. *trace* hears one line for each call: plugin, place, the types
    of its arguments, what it raised, how long it took; never a value.
    """

    def __init__(
        self,
        on_wait: Callable[[str, str], None],
        on_print: Callable[[str, str], None],
        *,
        trace: Callable[[str], None] | None = None,
    ) -> None:
        self._on_wait = on_wait
        self._on_print = on_print
        self._trace = trace
        self._older = set(threading.enumerate())
        self._starters: dict[threading.Thread, str] = {}
        self._output = _Output()

    @contextmanager
    def around(self, call: PluginCall) -> Iterator[None]:
        """Watch *call* while it is made."""
        before = set(threading.enumerate())
        started = time.perf_counter()
        raised = ""
        try:
            if call.quick or call.place == "load" or call.place.startswith("hilum_"):
                with self._hurried(_plugin_of(call), call.place, before):
                    yield
            else:  # another contribution may take long and speak: a person answers some of them
                yield
        except BaseException as error:
            raised = f" raised {type(error).__name__}"
            raise
        finally:
            for thread in set(threading.enumerate()) - before:
                self._starters.setdefault(thread, _plugin_of(call))
            if self._trace is not None:
                took = (time.perf_counter() - started) * 1000
                self._trace(f"trace: {described(call)}{raised}, {took:.1f} ms")

    def left_behind(self, packages: Mapping[str, str]) -> tuple[str, ...]:
        """Return the plugins whose threads would keep the process from ending.

        Threads are given a moment to end first. One that was started outside the calls that are
        watched, in a command, belongs to the plugin whose package (*packages*: plugin by package)
        its code is of.
        """
        ends = time.monotonic() + GRACE
        left = [t for t in threading.enumerate() if not t.daemon and t not in self._older]
        for thread in left:
            thread.join(max(0.0, ends - time.monotonic()))
        owners = {
            self._starters.get(thread) or _code_owner(thread, packages)
            for thread in left
            if thread.is_alive()
        }
        return tuple(sorted(owner for owner in owners if owner))

    @contextmanager
    def _hurried(
        self, plugin: str, place: str, older: Collection[threading.Thread]
    ) -> Iterator[None]:
        """Name *plugin* when it takes too long, and keep what it prints off standard output."""
        alarm = threading.Timer(PATIENCE, self._on_wait, (plugin, place))
        alarm.daemon = True
        alarm.start()
        printed = io.StringIO()
        try:
            with self._output.kept(printed, older):
                yield
        finally:
            alarm.cancel()
            alarm.join()
            if printed.getvalue().strip():
                self._on_print(plugin, printed.getvalue().rstrip())


class _Kept(NamedTuple):
    """A call whose output is kept: the thread that makes it, and those that were there before."""

    thread: threading.Thread
    older: Collection[threading.Thread]
    printed: io.StringIO


class _Output:
    """Stands for standard output while calls are made whose output is kept, in any thread.

    What the thread of such a call prints, or one that was started since, is kept for that call;
    what other threads print goes where it always goes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[_Kept] = []
        self._usual: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of_this_thread(), name)

    @contextmanager
    def kept(self, printed: io.StringIO, older: Collection[threading.Thread]) -> Iterator[None]:
        """Keep in *printed* what this thread prints; *older* are the threads that run already."""
        call = _Kept(threading.current_thread(), older, printed)
        with self._lock:
            if not self._calls:
                self._usual = sys.stdout
                sys.stdout = self
            self._calls = [*self._calls, call]
        try:
            yield
        finally:
            with self._lock:
                self._calls = [each for each in self._calls if each is not call]
                if not self._calls:
                    sys.stdout = self._usual

    def _of_this_thread(self) -> Any:
        """Return the stream of this thread: that of its newest call, or of the one it is of."""
        this, calls = threading.current_thread(), self._calls[::-1]
        own = (call.printed for call in calls if call.thread is this)
        starters = (call.printed for call in calls if this not in call.older)
        return next(own, None) or next(starters, self._usual)


def described(call: PluginCall) -> str:
    """Write *call* down with the types of its arguments: ``acme hilum_session_closed(...)``."""
    arguments = ", ".join(
        type(value).__name__ if name.isdecimal() else f"{name}: {type(value).__name__}"
        for name, value in call.arguments.items()
    )
    return f"{call.plugin} {call.place}({arguments})"


def _plugin_of(call: PluginCall) -> str:
    return call.plugin.partition(".")[0]


def _code_owner(thread: threading.Thread, packages: Mapping[str, str]) -> str | None:
    """Return the plugin in whose code *thread* is."""
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package in packages:
            return packages[package]
        frame = frame.f_back
    return None
