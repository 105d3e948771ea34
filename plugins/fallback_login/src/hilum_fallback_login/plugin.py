"""What this plugin gives the host: the method ``fallback``, and the log-in by name and password."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import hookimpl

from .settings import FallbackSettings
from .words import _

if TYPE_CHECKING:
    from hilum_hookspecs import AuthMethod, LocalLogin, PluginContext, StorageSpec
    from sqlalchemy import MetaData

    from .hashing import Hashing
    from .local import LocalPasswords

HEAD: Final = "fallback_login_0001"


class Plugin:
    """Sessions opened with the keystore alone, and passwords of users."""

    Settings = FallbackSettings

    def __init__(
        self, context: PluginContext[FallbackSettings], hashing: Hashing | None = None
    ) -> None:
        self._context = context
        self._hashing = hashing

    @hookimpl
    def hilum_auth_methods(self) -> Iterable[AuthMethod]:
        """Offer the fallback, after every other method."""
        from hilum_hookspecs import AuthMethod

        from .authenticate import METHOD, FallbackLogin

        yield AuthMethod(
            name=METHOD,
            label=_.message("Fallback procedure"),
            authenticate=FallbackLogin(self._context).open,
            rank=900,
            needs=("keystore-password",),
        )

    @hookimpl
    def hilum_local_logins(self) -> Iterable[LocalLogin]:
        """Offer the log-in by password, unless another plugin has a better one."""
        from hilum_hookspecs import LocalLogin

        from .policy import rules

        passwords = self._passwords
        yield LocalLogin(
            name="password",
            label=_.message("Name and password"),
            verify=passwords.verify,
            set_password=passwords.set_password,
            rules=lambda: rules(self._context.settings),
            state=passwords.state,
            forget=passwords.forget,
            rank=900,
        )

    @hookimpl
    def hilum_storage(self) -> Iterable[StorageSpec]:
        """Declare the tables of the passwords."""
        from hilum_hookspecs import StorageSpec

        yield StorageSpec(
            metadata=_metadata, migrations=Path(__file__).parent / "migrations", head=HEAD
        )

    @cached_property
    def _passwords(self) -> LocalPasswords:
        from .local import LocalPasswords

        return LocalPasswords(self._context, hashing=self._hashing)


def _metadata() -> MetaData:
    from .tables import metadata

    return metadata
