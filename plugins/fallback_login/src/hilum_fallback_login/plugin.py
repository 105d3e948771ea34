"""What this plugin gives the host: the method ``fallback``."""

from __future__ import annotations

from collections.abc import Iterable

from hilum_hookspecs import AuthMethod, PluginContext, hookimpl

from .authenticate import METHOD, FallbackLogin
from .settings import FallbackSettings
from .words import _


class Plugin:
    """Sessions opened with the keystore alone."""

    Settings = FallbackSettings

    def __init__(self, context: PluginContext[FallbackSettings]) -> None:
        self._login = FallbackLogin(context)

    @hookimpl
    def hilum_auth_methods(self) -> Iterable[AuthMethod]:
        """Offer the fallback, after every other method."""
        yield AuthMethod(
            name=METHOD,
            label=_.message("Fallback procedure"),
            authenticate=self._login.open,
            rank=900,
            needs=("keystore-password",),
        )
