"""Logging in to the application and out of it: what a log-in window does."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import ConfigurationError, HilumError, RecordError, SessionView, User

from hilum.failures import CodedError, is_ours
from hilum.words import _

from .ehealth_conditions import all_met, ehealth_refused
from .kept_logins import KeptLogins
from .login_files import Login, LoginFiles, Via
from .login_orders import LoggedIn, LoginOrder, LoginPlan

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Audit, Clock, Prompter

    from .openings import Order
    from .sessions import SessionService
    from .user_passwords import UserPasswords
    from .users import UserService

_NOT_REFUSED: Final = ("cancelled", "secret.missing")
"""Who walked away, or could not be asked, was refused nothing."""

_NO_OTHER_WAY: Final = ("cancelled", "user.not-valid", "user.logged-in")


class LoginService:
    """The use cases of ``hilum login`` and ``hilum logout``, in one environment."""

    def __init__(
        self,
        *,
        files: LoginFiles,
        users: UserService,
        passwords: UserPasswords,
        sessions: SessionService,
        clock: Clock,
        audit: Audit,
        prompter: Prompter,
    ) -> None:
        self._files = files
        self._kept = KeptLogins(files, sessions, clock, audit)
        self._users = users
        self._passwords = passwords
        self._sessions = sessions
        self._audit = audit
        self._prompter = prompter

    def login(self, order: LoginOrder) -> LoggedIn:
        """Log a user in: via eHealth, which opens the session, or with the password.

        When the first way fails and the order named none, the reason is told and the second one
        offered; if nobody takes it, the error's ``instead`` names it (``password``). Who has a user
        name that is not known is asked for a password and refused as if it were wrong. Raises
        ``usage.user-needed``, ``usage.method-without-ehealth``, ``user.logged-in``,
        ``user.not-valid``, ``user.ehealth-off``, ``user.ehealth-refused``,
        ``user.no-local-login``, ``credential.login-*``, ``secret.password-*``, and what opening a
        session raises. Refusals are audited.
        """
        name = self._name(order)
        user = self._users.known(name)
        with self._refusals_audited(user):
            self._kept.check_nobody_else(user)
            if user is None or _way(order, user) is Via.PASSWORD:
                return self._with_password(user, name)
            try:
                return self._via_ehealth(order, user)
            except (HilumError, EhealthError) as error:
                if order.via is not None or not self._may_offer(error):
                    raise
                if not self._agrees(error):
                    error.details["instead"] = Via.PASSWORD.value
                    raise
                self._note_refusal(user, error)
            return self._with_password(user, name)

    def plan(self, order: LoginOrder) -> LoginPlan:
        """Say how :meth:`login` would log in, and change nothing.

        Raises what it raises before anything is asked.
        """
        name = self._name(order)
        user = self._users.known(name)
        self._kept.check_nobody_else(user)
        if user is None or _way(order, user) is Via.PASSWORD:
            self._passwords.require()
            return LoginPlan(user_name=name, via=Via.PASSWORD)
        plan = self._sessions.plan(self._session_order(order, user))
        return LoginPlan(user_name=name, via=Via.EHEALTH, session=plan)

    def ending(self) -> tuple[Login, Sequence[SessionView]]:
        """Return the login and the sessions that :meth:`logout` would end.

        These are the sessions of the user's providers and those that were not open before the
        log-in, whatever the clock said. Raises ``user.logged-out``.
        """
        login = self._files.login()
        if login is None:
            raise RecordError("user.logged-out")
        sessions = [
            view
            for view in self._sessions.views()
            if view.provider_id in login.providers or view.id not in login.older
        ]
        return login, sessions

    def logout(self) -> tuple[Login, Sequence[SessionView]]:
        """End the login and its sessions: tokens removed, keys forgotten.

        Every session is tried; the login stays when a token could not be removed, and when
        somebody logged in meanwhile. Raises ``user.logged-out`` and what closing a session raises.
        """
        login, sessions = self.ending()
        closed = (self._closed(view.provider_id) for view in sessions)
        failures = [failure for failure in closed if failure is not None]
        if all(failure.code == "storage.close-not-audited" for failure in failures):
            self._kept.end(login)
        for failure in failures:
            raise failure
        return login, sessions

    def status(self) -> Login | None:
        """Return who is logged in; reads one small file."""
        return self._files.login()

    def _name(self, order: LoginOrder) -> str:
        name = order.user or self._files.last_user()
        if not name:
            raise ConfigurationError("usage.user-needed")
        return name

    def _via_ehealth(self, order: LoginOrder, user: User) -> LoggedIn:
        opening = self._sessions.open(self._session_order(order, user))
        try:
            login = self._kept.keep(user, Via.EHEALTH, opening.session)
        except BaseException:
            self._closed(opening.session.provider_id)
            raise
        return LoggedIn(login=login, opening=opening)

    def _session_order(self, order: LoginOrder, user: User) -> Order:
        """Check that *user* may log in via eHealth now; a session that is open lets nobody in."""
        from .openings import Order

        self._check_dates(user)
        if not user.ehealth_login:
            raise RecordError("user.ehealth-off", user=user.user_name)
        conditions = self._users.conditions(user)
        if not all_met(conditions):
            raise ehealth_refused(user, conditions)
        return Order(
            provider=user.providers[0],
            method=order.method,
            reason=order.reason,
            profession=order.profession,
            fresh=True,
            audited=False,
        )

    def _with_password(self, user: User | None, name: str) -> LoggedIn:
        user = self._passwords.verified(user, name)
        self._check_dates(user)
        password = self._passwords.of(user)
        must_change = password is not None and password.must_change
        if must_change:
            self._passwords.choose(user)
        login = self._kept.keep(user, Via.PASSWORD, None)
        return LoggedIn(login=login, password_changed=must_change)

    def _check_dates(self, user: User) -> None:
        if not user.is_valid(self._users.today()):
            raise RecordError(
                "user.not-valid",
                user=user.user_name,
                valid_from=user.valid_from and user.valid_from.isoformat(),
                valid_until=user.valid_until and user.valid_until.isoformat(),
            )

    def _may_offer(self, error: CodedError) -> bool:
        """Tell whether the password is another way in: not for who walked away or may not enter."""
        return error.code not in _NO_OTHER_WAY and self._passwords.kept

    def _agrees(self, error: CodedError) -> bool:
        from hilum.catalogue import words_for

        words = words_for(error)
        question = _.message(
            "{problem} {remedy}\nLog in with name and password instead?",
            problem=words.message,
            remedy=words.remedy,
        )
        return self._prompter.confirm("password-instead", question)

    def _closed(self, provider_id: str) -> HilumError | EhealthError | None:
        """Close a session; returns why it could not be, but not that somebody else did."""
        try:
            self._sessions.close(provider_id)
        except (HilumError, EhealthError) as error:
            return error if error.code != "session.none" else None
        return None

    @contextlib.contextmanager
    def _refusals_audited(self, user: User | None) -> Iterator[None]:
        """Write down that a log-in was refused and why."""
        try:
            yield
        except Exception as error:
            if is_ours(error) and error.code not in _NOT_REFUSED:
                self._note_refusal(user, error)
            raise

    def _note_refusal(self, user: User | None, error: CodedError) -> None:
        """Note a refusal; a name that is not known is not noted: it may be a password."""
        # The refusal itself matters more to the user than that it cannot be noted.
        with contextlib.suppress(HilumError, EhealthError):
            self._audit.record(
                "user.login-refused",
                provider_id=_provider_of(user),
                user=user.id if user is not None else None,
                code=error.code,
            )


def _provider_of(user: User | None) -> str | None:
    """Return the provider who *user* is, if eHealth lets that one in."""
    if user is None or not user.ehealth_login:
        return None
    return next(iter(user.providers), None)


def _way(order: LoginOrder, user: User) -> Via:
    """Choose how *user* logs in; raises ``usage.method-without-ehealth``."""
    about_a_session = order.method or order.reason or order.profession
    if about_a_session and order.via is Via.PASSWORD:
        raise ConfigurationError("usage.method-without-ehealth")
    if order.via is not None:
        return order.via
    return Via.EHEALTH if user.ehealth_login or about_a_session else Via.PASSWORD
