"""The plugin that checks the passwords of users, when there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from hilum_hookspecs import (
    ConfigurationError,
    HilumError,
    LocalLogin,
    PasswordRequest,
    PasswordRule,
    PasswordState,
)

from hilum.contributions import returning, returning_many
from hilum.host import Host

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hilum_hookspecs.ports import Progress, Prompter


class LocalLogins:
    """The local log-in of the lowest rank; what asks for a password gets the prompter."""

    def __init__(self, host: Host, prompter: Prompter, progress: Progress) -> None:
        self._host = host
        self._prompter = prompter
        self._progress = progress

    @property
    def offered(self) -> bool:
        """Tell whether a plugin can check passwords."""
        return self._chosen() is not None

    def require(self) -> None:
        """Raise ``user.no-local-login`` when no plugin can check passwords."""
        self._existing()

    def verify(self, user_id: str | None, *, unknown_name: str | None = None) -> None:
        """Ask for the password and return when it is that of the user, ``None`` being nobody.

        Nobody has an *unknown_name*, folded as names are compared.

        Raises ``user.no-local-login`` and what :attr:`LocalLogin.verify` raises.
        """
        plugin, login = self._existing()
        request = self._request(user_id, unknown_name=unknown_name)
        self._host.call(plugin, login.verify, request)

    def set_password(self, user_id: str, *, temporary: bool) -> None:
        """Ask for a new password and keep it; a *temporary* one must be changed at once.

        Raises ``user.no-local-login`` and what :attr:`LocalLogin.set_password` raises.
        """
        plugin, login = self._existing()
        self._host.call(plugin, login.set_password, self._request(user_id, temporary=temporary))

    def rules(self) -> Sequence[PasswordRule]:
        """Return the rules for new passwords; none without a plugin."""
        chosen = self._chosen()
        if chosen is None:
            return ()
        plugin, login = chosen
        return self._host.call(plugin, returning_many(PasswordRule, login.rules))

    def state(self, user_id: str) -> PasswordState | None:
        """Return what is known of a user's password; ``None`` without a plugin."""
        chosen = self._chosen()
        if chosen is None:
            return None
        plugin, login = chosen
        return self._host.call(plugin, returning(PasswordState, login.state), user_id)

    def forget(self, user_id: str) -> None:
        """Have a user's password forgotten."""
        chosen = self._chosen()
        if chosen is not None:
            plugin, login = chosen
            self._host.call(plugin, login.forget, user_id)

    def _existing(self) -> tuple[str, LocalLogin]:
        chosen = self._chosen()
        if chosen is None:
            raise ConfigurationError("user.no-local-login", plugin="fallback_login")
        return chosen

    def _chosen(self) -> tuple[str, LocalLogin] | None:
        survey = self._host.unambiguous("hilum_local_logins")
        found = cast("tuple[tuple[str, LocalLogin], ...]", survey.found)
        if not found and survey.failed:
            raise HilumError("plugin.failed", plugin=survey.failed[0])
        return min(found, key=lambda each: (each[1].rank, each[0]), default=None)

    def _request(
        self, user_id: str | None, *, temporary: bool = False, unknown_name: str | None = None
    ) -> PasswordRequest:
        return PasswordRequest(
            user_id=user_id,
            prompter=self._prompter,
            progress=self._progress,
            temporary=temporary,
            unknown_name=unknown_name,
        )
