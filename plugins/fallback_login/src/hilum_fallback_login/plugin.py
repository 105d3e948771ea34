"""What this plugin gives the host: the method ``fallback``, and the log-in by name and password."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import AuthMethod, LocalLogin, PluginContext, StorageSpec, hookimpl

from .authenticate import METHOD, FallbackLogin
from .local import LocalPasswords
from .policy import rules
from .settings import FallbackSettings
from .words import _

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from .hashing import Hashing

HEAD: Final = "fallback_login_0001"


class Plugin:
    """Sessions opened with the keystore alone, and passwords of users."""

    Settings = FallbackSettings

    def __init__(
        self, context: PluginContext[FallbackSettings], hashing: Hashing | None = None
    ) -> None:
        self._settings = context.settings
        self._login = FallbackLogin(context)
        self._passwords = LocalPasswords(context, hashing=hashing)

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

    @hookimpl
    def hilum_local_logins(self) -> Iterable[LocalLogin]:
        """Offer the log-in by password, unless another plugin has a better one."""
        yield LocalLogin(
            name="password",
            label=_.message("Name and password"),
            verify=self._passwords.verify,
            set_password=self._passwords.set_password,
            rules=lambda: rules(self._settings),
            state=self._passwords.state,
            forget=self._passwords.forget,
            rank=900,
        )

    @hookimpl
    def hilum_storage(self) -> Iterable[StorageSpec]:
        """Declare the tables of the passwords."""
        yield StorageSpec(
            metadata=_metadata, migrations=Path(__file__).parent / "migrations", head=HEAD
        )


def _metadata() -> MetaData:
    from .tables import metadata

    return metadata
