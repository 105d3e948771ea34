"""What this plugin gives the host: the lamp and the probe."""

from __future__ import annotations

from collections.abc import Iterable

from hilum_hookspecs import PluginContext, SessionProbe, StatusIndicator, hookimpl

from .indicator import Lamp
from .probe import BoxInfoProbe
from .settings import LivenessSettings


class Plugin:
    """Watching an open eHealth session."""

    Settings = LivenessSettings

    def __init__(self, context: PluginContext[LivenessSettings]) -> None:
        self._lamp = Lamp(context)
        self._probe = BoxInfoProbe(context)

    @hookimpl
    def hilum_status_indicators(self) -> Iterable[StatusIndicator]:
        """Offer the eHealth lamp."""
        yield self._lamp.indicator()

    @hookimpl
    def hilum_session_probes(self) -> Iterable[SessionProbe]:
        """Offer the question to the eHealthBox."""
        yield self._probe.probe()
