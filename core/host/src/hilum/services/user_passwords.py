"""Passwords of users: what is known of them, and choosing new ones."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from hilum_hookspecs import CredentialRejected, PasswordState, User
from hilum_hookspecs.words import show

from hilum.words import _

from .openings import belgian_day
from .user_rules import user_key

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Audit, Clock, Progress

    from .local_logins import LocalLogins


@dataclass(frozen=True, slots=True, kw_only=True)
class Password:
    """What may be told about a user's password, with the day from which it is too old."""

    state: PasswordState
    expires_on: date | None

    must_change: bool
    """Another one must be chosen at the next log-in: it is temporary, or too old."""


class UserPasswords:
    """The passwords that the local log-in keeps, and the rule that they grow too old."""

    def __init__(
        self, *, logins: LocalLogins, clock: Clock, audit: Audit, progress: Progress
    ) -> None:
        self._logins = logins
        self._clock = clock
        self._audit = audit
        self._progress = progress

    @property
    def kept(self) -> bool:
        """Tell whether a plugin keeps passwords at all."""
        return self._logins.offered

    def require(self) -> None:
        """Raise ``user.no-local-login`` when no plugin keeps passwords."""
        self._logins.require()

    def of(self, user: User) -> Password | None:
        """Tell about a user's password; ``None`` when no plugin keeps passwords."""
        state = self._logins.state(user.id)
        if state is None:
            return None
        chosen = state.changed_at and belgian_day(state.changed_at)
        expiry = password_expiry(chosen, user.password_months) if chosen else None
        too_old = expiry is not None and expiry <= belgian_day(self._clock.now())
        return Password(state=state, expires_on=expiry, must_change=state.must_change or too_old)

    def verified(self, user: User | None, name: str) -> User:
        """Ask for the password and return *user* when it is the right one; ``None`` is nobody.

        *name* is what was typed.

        Raises what :meth:`~hilum.services.local_logins.LocalLogins.verify` raises, and
        ``credential.login-rejected`` for nobody, whatever the plugin says.
        """
        if user is not None:
            self._logins.verify(user.id)
        else:
            self._logins.verify(None, unknown_name=user_key(name))
            raise CredentialRejected("credential.login-rejected")
        return user

    def choose(self, user: User, *, temporary: bool = False, dry_run: bool = False) -> None:
        """Ask for a new password of *user*; a *temporary* one must be changed at the next log-in.

        Raises what :meth:`~hilum.services.local_logins.LocalLogins.set_password` raises.
        """
        if dry_run:
            self._logins.require()
            return
        self._say_the_rules()
        self._logins.set_password(user.id, temporary=temporary)
        action = "user.password-reset" if temporary else "user.password-set"
        self._audit.record(action, user=user.id)

    def forget(self, user: User) -> None:
        """Have the password of a user who is removed forgotten."""
        self._logins.forget(user.id)

    def _say_the_rules(self) -> None:
        labels = [show(rule.label) for rule in self._logins.rules()]
        if labels:
            self._progress.step(_.message("A new password needs {rules}.", rules=", ".join(labels)))


def password_expiry(changed: date, months: int) -> date | None:
    """Return the first day on which a password chosen on *changed* is too old; ``None`` is never.

    At the end of a shorter month the day is its last: 31 August and six months is 28 February.
    """
    if not months:
        return None
    year, month = divmod(changed.month - 1 + months, 12)
    year += changed.year
    return date(year, month + 1, min(changed.day, monthrange(year, month + 1)[1]))
