"""What this plugin gives the host besides its commands: nothing."""

from __future__ import annotations

from hilum_hookspecs import NoSettings, PluginContext


class Plugin:
    """The eHealth platform in a box; all that it does is in its commands."""

    Settings = NoSettings

    def __init__(self, context: PluginContext[NoSettings]) -> None:
        self._context = context
