"""What of a plugin's context is made when the plugin first uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hilum_hookspecs import PluginContext


class Deferred:
    """Stands for a port until it is used, so that a start makes no database and no service."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> object:
        return getattr(self._make(), name)


class LaterContext(PluginContext[Any]):
    """A context some of whose fields are made when they are first read, and are real then."""

    __slots__ = ("_makers",)

    _makers: Mapping[str, Callable[[], Any]]

    def later(self, makers: Mapping[str, Callable[[], Any]], *, now: bool) -> LaterContext:
        """Have the fields *makers* made when they are first read, or *now*."""
        object.__setattr__(self, "_makers", makers)
        for name in makers:
            object.__delattr__(self, name)
            if now:
                getattr(self, name)
        return self

    def __getattr__(self, name: str) -> Any:
        """Make the field *name*, which is not there yet."""
        if name == "_makers" or name not in self._makers:
            raise AttributeError(name)
        value = self._makers[name]()
        object.__setattr__(self, name, value)
        return value
