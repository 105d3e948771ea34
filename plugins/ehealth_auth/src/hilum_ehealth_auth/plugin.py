"""What this plugin gives the host: the method ``eid``, and a look at the card."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hilum_hookspecs import hookimpl

from .settings import EidSettings
from .words import _

if TYPE_CHECKING:
    from hilum_hookspecs import AuthMethod, HealthCheck, PluginContext


class Plugin:
    """Sessions opened with the identity card."""

    Settings = EidSettings

    def __init__(self, context: PluginContext[EidSettings]) -> None:
        self._context = context

    @hookimpl
    def hilum_auth_methods(self) -> Iterable[AuthMethod]:
        """Offer the card, as the first choice."""
        from hilum_hookspecs import AuthMethod

        from .authenticate import METHOD, EidLogin

        yield AuthMethod(
            name=METHOD,
            label=_.message("Via eID"),
            authenticate=EidLogin(self._context).open,
            rank=10,
            needs=("keystore-password", "card", "eid-pin"),
        )

    @hookimpl
    def hilum_health_checks(self) -> Iterable[HealthCheck]:
        """Offer a look at the card and all that it needs."""
        from .health import CardHealth

        yield CardHealth(self._context).check()
