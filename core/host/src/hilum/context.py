"""Ports that are made when a plugin first uses them."""

from __future__ import annotations

from collections.abc import Callable


class Deferred:
    """Stands for a port until it is used, so that a start makes no database and no service."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> object:
        return getattr(self._make(), name)
