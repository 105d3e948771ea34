"""Plugins of one hook, and hosts with them: what surrounds the plugin under test."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from hilum_hookspecs import hookimpl

from hilum.host import Host


def offering(hook: str, answer: Callable[[], Any]) -> type:
    """Make a plugin class whose *hook* gives what *answer* returns or raises."""

    def implementation(self: object) -> Any:
        return answer()

    def initialise(self: object, context: object = None) -> None:
        pass

    implementation.__name__ = hook
    body = {
        hook: hookimpl(implementation),
        "__init__": initialise,
        "__module__": answer.__module__,  # whose code it is decides whom the host blames
    }
    return type("Plugin", (), body)


def raising(error: BaseException) -> Callable[..., Any]:
    """Make a function that takes anything and raises *error*."""

    def fail(*_arguments: object) -> Any:
        raise error

    return fail


def host_of(*, ours: Collection[str] = (), **plugins: type) -> Host:
    """Make a host, as lenient as the real one, with *plugins* by name; *ours* are Hilum's own."""
    host = Host(ours=ours)
    for name, plugin in plugins.items():
        host.register(plugin(), name)
    return host
