"""What this plugin gives the host: the lamp and the probe."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hilum_hookspecs import hookimpl

from .settings import LivenessSettings

if TYPE_CHECKING:
    from hilum_hookspecs import PluginContext, SessionProbe, StatusIndicator


class Plugin:
    """Watching an open eHealth session."""

    Settings = LivenessSettings

    def __init__(self, context: PluginContext[LivenessSettings]) -> None:
        self._context = context

    @hookimpl
    def hilum_status_indicators(self) -> Iterable[StatusIndicator]:
        """Offer the eHealth lamp."""
        from .indicator import Lamp

        yield Lamp(self._context).indicator()

    @hookimpl
    def hilum_session_probes(self) -> Iterable[SessionProbe]:
        """Offer the question to the eHealthBox."""
        from .probe import BoxInfoProbe

        yield BoxInfoProbe(self._context).probe()
