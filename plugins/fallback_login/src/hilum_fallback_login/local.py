"""Names and passwords: checking one, choosing one, and refusing those who guess."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import (
    ConfigurationError,
    CredentialRejected,
    PasswordRequest,
    PasswordState,
    PluginContext,
)
from hilum_hookspecs.words import show

from .hashing import Hashing
from .policy import blocked_for, rules
from .settings import FallbackSettings
from .words import _

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .store import Wrong

NOBODY: Final = ""
"""Under which wrong passwords for user names that nobody has are counted."""


class LocalPasswords:
    """The passwords of users, of which hashes alone are kept."""

    def __init__(
        self, context: PluginContext[FallbackSettings], *, hashing: Hashing | None = None
    ) -> None:
        self._context = context
        self._hashing = hashing or Hashing()

    def verify(self, request: PasswordRequest) -> None:
        """Ask for the password and return when it is right; see ``LocalLogin.verify``.

        A try counts as wrong from its beginning until it proves right, so that neither a process
        that is killed nor several at once have tries for nothing.
        """
        from . import store

        user_id = request.user_id or NOBODY
        with self._context.storage.begin() as connection:
            self._check_not_blocked(store.wrong_ones(connection, user_id))
        password = request.prompter.secret("account-password", _.message("Password"))
        with self._context.storage.begin() as connection:
            self._count_a_try(connection, user_id)
            kept = store.kept(connection, user_id)
        if not self._hashing.fits(kept.hash if kept is not None else None, password):
            raise CredentialRejected("credential.login-rejected")
        with self._context.storage.begin() as connection:
            store.forget_wrong(connection, user_id)
        if kept is not None and self._hashing.is_outdated(kept.hash):
            self._rehash(user_id, kept.hash, password)

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
            store.keep(connection, user_id, new)
            store.forget_wrong(connection, user_id)

    def state(self, user_id: str) -> PasswordState:
        """Return what may be told of a user's password."""
        from . import store

        with self._context.storage.begin() as connection:
            kept = store.kept(connection, user_id)
            wrong = store.wrong_ones(connection, user_id)
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
            store.forget(connection, user_id)

    def _check_not_blocked(self, wrong: Wrong | None) -> None:
        now = self._context.clock.now()
        if wrong is None or now >= wrong.blocked_until:
            return
        locked = wrong.tries >= self._context.settings.wrong_before_lockout
        raise CredentialRejected(
            "credential.login-locked" if locked else "credential.login-delayed",
            until=wrong.blocked_until.isoformat(),
            seconds=_seconds(wrong.blocked_until - now),
        )

    def _count_a_try(self, connection: Connection, user_id: str) -> None:
        from . import store

        before = store.wrong_ones(connection, user_id)
        self._check_not_blocked(before)
        tries = (before.tries if before is not None else 0) + 1
        until = self._context.clock.now() + blocked_for(tries, self._context.settings)
        store.note_wrong(connection, user_id, store.Wrong(tries=tries, blocked_until=until))

    def _rehash(self, user_id: str, old: str, password: str) -> None:
        from . import store

        new = self._hashing.make(password)
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


def _seconds(left: timedelta) -> int:
    """Return whole seconds, never less than what is left."""
    return -(-left // timedelta(seconds=1))
