"""Names and passwords: checking one, choosing one, and refusing those who guess."""

from __future__ import annotations

from typing import Final

from hilum_hookspecs import (
    ConfigurationError,
    CredentialRejected,
    PasswordRequest,
    PasswordState,
    PluginContext,
    StorageError,
)
from hilum_hookspecs.words import show

from .guessing import Guessing
from .hashing import Hashing
from .policy import rules
from .settings import FallbackSettings
from .words import _

NOBODY: Final = ""
"""An id that no user has."""


class LocalPasswords:
    """The passwords of users, of which hashes alone are kept."""

    def __init__(
        self, context: PluginContext[FallbackSettings], *, hashing: Hashing | None = None
    ) -> None:
        self._context = context
        self._hashing = hashing or Hashing()
        self._guessing = Guessing(context)

    def verify(self, request: PasswordRequest) -> None:
        """Ask for the password and return when it is right; see ``LocalLogin.verify``."""
        from . import store

        self._guessing.check(request)
        password = request.prompter.secret("account-password", _.message("Password"))
        with self._guessing.counted(request):
            with self._context.storage.begin() as connection:
                kept = store.kept(connection, request.user_id or NOBODY)
            if not self._hashing.fits(kept.hash if kept is not None else None, password):
                raise CredentialRejected("credential.login-rejected")
        if kept is not None and self._hashing.is_outdated(kept.hash):
            self._rehash(kept.hash, password, str(request.user_id))

    def set_password(self, request: PasswordRequest) -> None:
        """Ask for a new password and keep its hash; see ``LocalLogin.set_password``."""
        from . import store

        user_id = str(request.user_id)
        password = request.prompter.new_secret("new-account-password", _.message("New password"))
        self._check_rules(password)
        if not request.temporary:
            self._check_changed(user_id, password)
        new = store.Kept(
            hash=self._hashing.make(password),
            changed_at=self._context.clock.now(),
            must_change=request.temporary,
        )
        with self._context.storage.begin() as connection:
            store.alone(connection)
            store.keep(connection, user_id, new)
            store.forget_wrong(connection, user_id)

    def state(self, user_id: str) -> PasswordState:
        """Return what may be told of a user's password."""
        from . import store

        wrong = self._guessing.of_user(user_id)
        with self._context.storage.begin() as connection:
            kept = store.kept(connection, user_id)
        blocked = wrong is not None and self._context.clock.now() < wrong.blocked_until
        return PasswordState(
            changed_at=kept.changed_at if kept is not None else None,
            must_change=kept is not None and kept.must_change,
            wrong=wrong.tries if wrong is not None else 0,
            blocked_until=wrong.blocked_until if wrong is not None and blocked else None,
        )

    def forget(self, user_id: str) -> None:
        """Forget a user."""
        from . import store

        with self._context.storage.begin() as connection:
            store.alone(connection)
            store.forget(connection, user_id)

    def _rehash(self, old: str, password: str, user_id: str) -> None:
        """Keep the right password with the work of now; without memory for it, another time."""
        from . import store

        try:
            new = self._hashing.make(password)
        except StorageError:
            return
        with self._context.storage.begin() as connection:
            store.rehash(connection, user_id, old=old, new=new)

    def _check_changed(self, user_id: str, password: str) -> None:
        from . import store

        with self._context.storage.begin() as connection:
            before = store.kept(connection, user_id)
        if before is not None and self._hashing.fits(before.hash, password):
            raise ConfigurationError("secret.password-unchanged")

    def _check_rules(self, password: str) -> None:
        broken = [rule for rule in rules(self._context.settings) if not rule.met(password)]
        if broken:
            raise ConfigurationError(
                "secret.password-policy",
                message=_.message(
                    "The new password needs {missing}.",
                    missing=", ".join(show(rule.label) for rule in broken),
                ),
                remedy=_.message(
                    "Choose another one; a sentence of several words is easy to keep."
                ),
                rules=[rule.name for rule in broken],
            )
