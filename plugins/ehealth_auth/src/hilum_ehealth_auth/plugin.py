"""What this plugin gives the host: the method ``eid``, and a look at the card."""

from __future__ import annotations

from collections.abc import Iterable

from hilum_hookspecs import AuthMethod, HealthCheck, PluginContext, hookimpl

from .authenticate import METHOD, EidLogin
from .settings import EidSettings
from .words import _


class Plugin:
    """Sessions opened with the identity card."""

    Settings = EidSettings

    def __init__(self, context: PluginContext[EidSettings]) -> None:
        self._context = context
        self._login = EidLogin(context)

    @hookimpl
    def hilum_auth_methods(self) -> Iterable[AuthMethod]:
        """Offer the card, as the first choice."""
        yield AuthMethod(
            name=METHOD,
            label=_.message("Via eID"),
            authenticate=self._login.open,
            rank=10,
            needs=("keystore-password", "card", "eid-pin"),
        )

    @hookimpl
    def hilum_health_checks(self) -> Iterable[HealthCheck]:
        """Offer a look at the card and all that it needs."""
        from .health import CardHealth

        yield CardHealth(self._context).check()
