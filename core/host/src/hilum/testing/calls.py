"""A record of the hooks that were called in a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
        """Keep *call* when it is one of a hook."""
        if call.place.startswith("hilum_"):
            self.append(HookCall(call.place, call.plugin, tuple(call.arguments)))
        yield

    def of(self, hook: str) -> list[str]:
        """Return the plugins that were asked for *hook*, in order."""
        return [call.plugin for call in self if call.hook == hook]
