"""Counting wrong passwords, and having those who guess wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hilum_hookspecs import CredentialRejected, PasswordRequest, PluginContext, StorageError

from .policy import blocked_for
from .settings import FallbackSettings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .store import Wrong


class Guessing:
    """Wrong passwords in a row: of each user, and for each name that nobody has.

    What is told, and the work done, is the same for both. One transaction at a time counts.
    """

    def __init__(self, context: PluginContext[FallbackSettings]) -> None:
        self._context = context

    def check(self, request: PasswordRequest) -> None:
        """Raise ``credential.login-delayed`` or ``credential.login-locked`` for who must wait."""
        with self._alone(request) as (connection, key):
            wrong = self._wrong(connection, key)
        self._check(wrong)

    @contextmanager
    def counted(self, request: PasswordRequest) -> Iterator[None]:
        """Count a try as wrong before the block judges it; one that proves right ends the count.

        So neither a process that is killed nor several at once have tries for nothing. A password
        that could not be judged (``StorageError``) was no try. Raises as :meth:`check`.
        """
        before, now = self._begin(request)
        try:
            yield
        except StorageError:
            self._take_back(request, before, now)
            raise
        self._forget(request)

    def of_user(self, user_id: str) -> Wrong | None:
        """Return how often the password of a user was wrong since it was right."""
        from . import store

        with self._context.storage.begin() as connection:
            store.alone(connection)
            return self._wrong(connection, user_id)

    def _begin(self, request: PasswordRequest) -> tuple[Wrong | None, Wrong]:
        """Count a try; return the count before it and the one of now."""
        from . import store

        with self._alone(request) as (connection, key):
            before = self._wrong(connection, key)
            self._check(before)
            tries = (before.tries if before is not None else 0) + 1
            until = self._context.clock.now() + blocked_for(tries, self._context.settings)
            now = store.Wrong(tries=tries, blocked_until=until)
            store.note_wrong(connection, key, now)
            store.forget_oldest_unknown(connection)
        return before, now

    def _take_back(self, request: PasswordRequest, before: Wrong | None, now: Wrong) -> None:
        """Take back a count, unless another try was counted since."""
        from . import store

        with self._alone(request) as (connection, key):
            if store.wrong_ones(connection, key) != now:
                return
            store.forget_wrong(connection, key)
            if before is not None:
                store.note_wrong(connection, key, before)

    def _forget(self, request: PasswordRequest) -> None:
        from . import store

        with self._alone(request) as (connection, key):
            store.forget_wrong(connection, key)

    def _wrong(self, connection: Connection, key: str) -> Wrong | None:
        """Read a count; its wait is never longer than if the last try had been made now.

        A longer one was written while the clock was ahead. It is written anew: else it would go on
        as the clock does.
        """
        from . import store

        wrong = store.wrong_ones(connection, key)
        if wrong is None:
            return None
        latest = self._context.clock.now() + blocked_for(wrong.tries, self._context.settings)
        if wrong.blocked_until > latest:
            wrong = replace(wrong, blocked_until=latest)
            store.note_wrong(connection, key, wrong)
        return wrong

    def _check(self, wrong: Wrong | None) -> None:
        now = self._context.clock.now()
        if wrong is None or now >= wrong.blocked_until:
            return
        locked = wrong.tries >= self._context.settings.wrong_before_lockout
        raise CredentialRejected(
            "credential.login-locked" if locked else "credential.login-delayed",
            until=wrong.blocked_until.isoformat(),
            seconds=_seconds(wrong.blocked_until - now),
        )

    @contextmanager
    def _alone(self, request: PasswordRequest) -> Iterator[tuple[Connection, str]]:
        """Open a transaction that counts alone, with the key under which it does.

        The key of a name that nobody has is looked for in either case: it is the same work.
        """
        from . import store

        with self._context.storage.begin() as connection:
            store.alone(connection)
            unknown = store.key_of_unknown(connection, request.unknown_name or "")
            yield connection, request.user_id or unknown


def _seconds(left: timedelta) -> int:
    """Return whole seconds, never less than what is left."""
    return -(-left // timedelta(seconds=1))
