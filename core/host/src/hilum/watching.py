"""Watching plugins' calls: which one hangs, prints or leaves a thread; all calls when traced.

Neither an import nor a call can be stopped from outside in Python. What is promised is that the
plugin which keeps everybody waiting is named, that Ctrl-C works, and that the process ends.
"""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from typing import Final

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

    @contextmanager
    def around(self, call: PluginCall) -> Iterator[None]:
        """Watch *call* while it is made."""
        before = set(threading.enumerate())
        started = time.perf_counter()
        raised = ""
        try:
            if call.place == "load" or call.place.startswith("hilum_"):
                with self._hurried(_plugin_of(call), call.place):
                    yield
            else:  # a contribution may take long and speak: a person answers some of them
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
    def _hurried(self, plugin: str, place: str) -> Iterator[None]:
        """Name *plugin* when it takes too long, and keep what it prints off standard output."""
        alarm = threading.Timer(PATIENCE, self._on_wait, (plugin, place))
        alarm.daemon = True
        alarm.start()
        printed = io.StringIO()
        try:
            with redirect_stdout(printed):
                yield
        finally:
            alarm.cancel()
            alarm.join()
            if printed.getvalue().strip():
                self._on_print(plugin, printed.getvalue().rstrip())


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
