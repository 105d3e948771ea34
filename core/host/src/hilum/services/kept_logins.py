"""Who is logged in from one command to the next: one user at a time, each way in written down."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hilum_hookspecs import EhealthSession, RecordError, User

from .login_files import Login, LoginFiles, Via

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Audit, Clock

    from .sessions import SessionService


class KeptLogins:
    """The login of one environment; it is changed by one process at a time."""

    def __init__(
        self, files: LoginFiles, sessions: SessionService, clock: Clock, audit: Audit
    ) -> None:
        self._files = files
        self._sessions = sessions
        self._clock = clock
        self._audit = audit

    def check_nobody_else(self, user: User | None) -> None:
        """Raise ``user.logged-in`` (``user``, ``since``) when somebody else is logged in."""
        login = self._files.login()
        if login is not None and (user is None or login.user_id != user.id):
            raise RecordError("user.logged-in", user=login.user_name, since=login.since.isoformat())

    def keep(self, user: User, via: Via, session: EhealthSession | None) -> Login:
        """Note that *user* is logged in, with the *session* that was opened for it.

        What cannot be written down is not kept. Raises ``storage.*``, and ``user.logged-in`` when
        somebody else logged in while *user* was asked for card or password.
        """
        login = Login(
            user_id=user.id,
            user_name=user.user_name,
            name=user.name,
            via=via,
            since=self._clock.now() if session is None else session.opened_at,
            providers=user.providers,
        )
        with self._files.alone():
            self.check_nobody_else(user)
            before = self._files.login()
            login = self._first(login, session) if before is None else _continued(before, login)
            with self._files.keeping(login):
                method = session.method if session is not None else None
                self._audit.record("user.login", user=user.id, via=via.value, method=method)
        return login

    def end(self, login: Login) -> None:
        """Note that nobody is logged in any more, unless *login* was replaced meanwhile."""
        with self._files.alone():
            if self._files.login() != login:
                return
            self._files.end()
        self._audit.record("user.logout", user=login.user_id)

    def _first(self, login: Login, session: EhealthSession | None) -> Login:
        """Note in *login* which sessions are open, without *session*, which came with it."""
        own = session.id if session is not None else None
        ids = (view.id for view in self._sessions.views())
        return replace(login, older=tuple(each for each in ids if each != own))


def _continued(before: Login, login: Login) -> Login:
    """Return *login* of the user who is logged in: what was to end with *before* still ends."""
    providers = tuple(dict.fromkeys((*before.providers, *login.providers)))
    return replace(login, since=before.since, providers=providers, older=before.older)
