"""The whole journey on a simulator of its own, in a temporary folder that goes with it.

Every step runs our own command line in this process, so what is shown is what anybody would get.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hilum_hookspecs import PluginContext

    from .demo_journey import Journey

_OURS = "HILUM_"
"""Prefix of the variables by which a user sets up his own work."""


def run_demo(context: PluginContext[Any]) -> None:
    """Show the journey; raises ``demo.step-failed`` (``step``, ``problem``), exit code 1."""
    from .demo_journey import Journey
    from .demo_steps import Steps
    from .demo_world import World

    with ExitStack() as stack:
        stack.enter_context(_ending_like_ctrl_c())
        stack.enter_context(_without_own_settings())
        folder = stack.enter_context(TemporaryDirectory(prefix="hilum-demo-"))
        world = stack.enter_context(World(Path(folder), context))
        journey = Journey(Steps(world).all())
        context.output.show(_Document(journey), journey.lines())


class _Document(Mapping[str, object]):
    """The journey for a script: it takes place when the document is first looked into."""

    def __init__(self, journey: Journey) -> None:
        self._journey = journey

    def __getitem__(self, key: str) -> object:
        return self._journey.document()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._journey.document())

    def __len__(self) -> int:
        return len(self._journey.document())


@contextmanager
def _without_own_settings() -> Iterator[None]:
    """Hide the user's own variables, so that the demonstration touches nothing of his work."""
    hidden = {name: value for name, value in os.environ.items() if name.startswith(_OURS)}
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)


@contextmanager
def _ending_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM end the demonstration as Ctrl-C does: tidily."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
