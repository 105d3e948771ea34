"""Saying which step runs."""

from __future__ import annotations

from collections.abc import Callable

from hilum_hookspecs import Message
from hilum_hookspecs.words import show


class CliProgress:
    """The port ``Progress``; *say* shows a step. Ctrl-C stops the work by itself."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def step(self, message: Message) -> None:
        """Say what begins now."""
        self._say(show(message))

    def cancelled(self) -> bool:
        """Tell that nobody wants to stop: at a terminal that is a signal, not a question."""
        return False
