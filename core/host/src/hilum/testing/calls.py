"""A record of the hooks that were called in a test."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import NamedTuple

from hilum.calls import PluginCall


class HookCall(NamedTuple):
    """One call of one plugin's hook."""

    hook: str
    plugin: str
    arguments: tuple[str, ...]
    """Their names. Values are not kept: a session has a key in it."""


class CallRecord(list[HookCall]):
    """Hook calls in the order in which they were made; give :meth:`around` to a host."""

    @contextmanager
    def around(self, call: PluginCall) -> Iterator[None]:
        """Keep *call* when it is one of a hook, and refuse with ``TypeError`` that it prints."""
        if not call.place.startswith("hilum_"):
            yield
            return
        self.append(HookCall(call.place, call.plugin, tuple(call.arguments)))
        printed = io.StringIO()
        with redirect_stdout(printed):
            yield
        if printed.getvalue():
            raise TypeError(f"{call.place} prints; standard output is for results")

    def of(self, hook: str) -> list[str]:
        """Return the plugins that were asked for *hook*, in order."""
        return [call.plugin for call in self if call.hook == hook]
