"""Opening, watching, renewing and closing eHealth sessions.

What only an opening or a probe needs is imported there: ``hilum session status`` must be quick.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import HilumError, SessionError, StorageError
from hilum_hookspecs.words import moment

from hilum.contributions import returning
from hilum.host import Host, is_ours
from hilum.words import _

from .kept_sessions import CLOCK_WRONG, KeptSessions, was_refused
from .keystores import open_keystore

if TYPE_CHECKING:
    from hilum_ehealth.assertion import Assertion
    from hilum_ehealth.credentials import Credential
    from hilum_ehealth.environments import Environment
    from hilum_hookspecs import (
        ActiveCertificate,
        CheckResult,
        EhealthSession,
        Finding,
        SessionView,
    )
    from hilum_hookspecs.ports import Audit, Certificates, Clock, Progress, Prompter, Providers

    from .checks import Checks
    from .openings import Opening, Order, Plan, Planner
    from .token_files import TokenFiles


class SessionService:
    """The port ``Sessions``, and the use cases of ``hilum session``, in one environment.

    The private key of a session that was opened or probed here stays in this object until the
    session is closed, so that a process asks for the keystore's password once.
    """

    def __init__(
        self,
        *,
        host: Host,
        environment: Environment,
        clock: Clock,
        files: TokenFiles,
        providers: Providers,
        certificates: Certificates,
        audit: Audit,
        prompter: Prompter,
        progress: Progress,
    ) -> None:
        self._host = host
        self._environment = environment
        self._clock = clock
        self._files = files
        self._providers = providers
        self._certificates = certificates
        self._audit = audit
        self._prompter = prompter
        self._progress = progress
        self._kept = KeptSessions(files, environment, clock)

    def view(self, provider_id: str) -> SessionView | None:
        """Return the local view of a provider's session; reads one small file."""
        return self._files.view(provider_id)

    def views(self) -> Sequence[SessionView]:
        """Return the local views of all sessions."""
        return self._files.views()

    def load(self, provider_id: str) -> EhealthSession:
        """Return the session, its token checked as strictly as on arrival.

        Raises ``session.none``, ``session.over``, ``session.token-refused``, and what stops the
        check itself (``record.*``, ``certificate.missing``, ``trust.*``, ``clock.wrong``).
        """
        view = self._kept.existing(provider_id)
        return self._kept.read(
            view, self._providers.find(provider_id), self._certificate(provider_id)
        )

    def ready(
        self,
        provider_id: str,
        *,
        method: str | None = None,
        reason: str | None = None,
        profession: str | None = None,
    ) -> EhealthSession:
        """Return a session with its key: the living one, else one opened now.

        However little of its life is left, a living session is used, whichever method opened it;
        not so one for another *profession*, or one that the platform refused when it was last
        asked. Raises what :meth:`open` raises, and what opening the keystore raises.
        """
        session = self._still_used(provider_id, profession)
        if session is None:
            from .openings import Order

            order = Order(provider=provider_id, method=method, reason=reason, profession=profession)
            session = self.open(order).session
        return self._with_key(session)

    def plan(self, order: Order) -> Plan:
        """Say what :meth:`open` would do, and change nothing."""
        return self._planned(order)

    def open(self, order: Order) -> Opening:
        """Open a session, or return the living one while more than half of its life is left.

        A session of another method or profession than the order names is not used again. Raises
        what :class:`~hilum.services.openings.Planner` raises, what the method raises, and
        ``assertion.*`` for a token that is not what was asked for. Refusals are audited.
        """
        from .openings import Opening

        with self._refusals_audited(order):
            plan = self._planned(order)
            if plan.living is not None:
                return Opening(plan=plan, session=plan.living, reused=True)
            return self._opened("session.opened", plan, self._authenticated(plan, None))

    def plan_renewal(self, provider: str, *, reason: str | None = None) -> Plan:
        """Say what :meth:`renew` would do; the plan's living session is the one it replaces."""
        from .openings import Order

        record = self._providers.find(provider)
        view = self._kept.existing(record.id)
        order = Order(
            provider=provider, method=view.method, profession=view.profession, reason=reason
        )
        plan = self._planner.plan(order, record)
        return replace(plan, living=self._kept.read(view, record, plan.certificate))

    def renew(self, provider: str, *, reason: str | None = None) -> Opening:
        """Exchange a living session for one that ends later, by the method it was opened with.

        Raises what :meth:`open` and :meth:`load` raise.
        """
        from .openings import Order

        with self._refusals_audited(Order(provider=provider)):
            plan = self.plan_renewal(provider, reason=reason)
            return self._opened("session.renewed", plan, self._authenticated(plan, plan.living))

    def check(self, provider_id: str, *, probe: bool = False) -> CheckResult:
        """Check whether the session lives, and keep the answer for the local view.

        Locally the token is checked strictly. With *probe* the platform is asked too, which needs
        the private key and so, once per process, the keystore's password. A session that the
        platform refused stays over, and one that it did not answer about stays unknown, until a
        probe says otherwise. While the computer's clock is wrong the state is unknown
        (``clock.wrong``), and nothing is kept. Raises ``session.none``, ``session.no-probe``, and
        what stops the check itself.
        """
        view = self._kept.existing(provider_id)

        def load() -> EhealthSession:
            return self.load(provider_id)

        if probe:
            result = self._checks.probed(view, load, self._with_key)
        else:
            result = self._checks.local(view, load)
        if result.cause != CLOCK_WRONG:  # what a wrong clock shows would outlast it
            self._files.note_check(view, result)
        return result

    def close(self, provider_id: str) -> SessionView:
        """End a session: remove token and header, forget its key.

        Raises ``session.none``; what a crash left behind is removed even then. Raises
        ``storage.close-not-audited`` (``provider``, ``session``, ``cause``: a code) when the
        session is closed, but that could not be written down.
        """
        view = self._files.view(provider_id)
        self._files.remove(provider_id)
        self._kept.forget(provider_id)
        if view is None:
            raise SessionError("session.none", provider=provider_id)
        try:
            self._audit.record("session.closed", provider_id=provider_id, session=view.id)
        except (HilumError, EhealthError) as error:
            raise StorageError(
                "storage.close-not-audited",
                provider=provider_id,
                session=view.id,
                cause=error.code,
            ) from error
        finally:
            self._host.notify("hilum_session_closed", session=view)
        return view

    @cached_property
    def _planner(self) -> Planner:
        from .openings import Planner

        return Planner(
            host=self._host,
            clock=self._clock,
            providers=self._providers,
            certificates=self._certificates,
        )

    @cached_property
    def _checks(self) -> Checks:
        from .checks import Checks
        from .liveness import Platform

        return Checks(Platform(self._host, self._environment, self._progress), self._clock)

    def _planned(self, order: Order) -> Plan:
        plan = self._planner.plan(order, self._providers.find(order.provider))
        living = None if order.fresh else self._living(plan)
        if living is None:
            plan = replace(plan, warnings=(*plan.warnings, *self._replaced(plan)))
        return replace(plan, living=living)

    def _replaced(self, plan: Plan) -> Iterator[Finding]:
        """Warn of a session by another method or for another profession that would be lost."""
        view = self._files.view(plan.provider.id)
        if view is None or was_refused(view) or self._clock.now() >= view.expires_at:
            return
        if (view.method, view.profession) != (plan.method.name, plan.profession):
            from hilum_hookspecs import Finding, Severity

            yield Finding(
                provider_id=plan.provider.id,
                code="session.replaced",
                severity=Severity.WARNING,
                message=_.message(
                    "this takes the place of the session by {method} that is open until {end}",
                    method=view.method,
                    end=moment(view.expires_at),
                ),
            )

    def _certificate(self, provider_id: str) -> ActiveCertificate:
        certificate = self._certificates.active(provider_id)
        if certificate is None:
            from .openings import no_certificate

            raise no_certificate(self._host, provider_id)
        return certificate

    def _living(self, plan: Plan) -> EhealthSession | None:
        """Return the session that makes opening another one needless."""
        view = self._files.view(plan.provider.id)
        if view is None or was_refused(view) or view.profession != plan.profession:
            return None
        if plan.order.method not in (None, view.method):
            return None
        try:
            session = self._kept.read(view, plan.provider, plan.certificate)
        except SessionError:
            return None
        return session if self._clock.now() < session.half_life else None

    def _still_used(self, provider_id: str, profession: str | None) -> EhealthSession | None:
        """Return the living session unless it is for another profession than is wanted."""
        view = self._files.view(provider_id)
        if view is None or was_refused(view) or profession not in (None, view.profession):
            return None
        try:
            return self.load(provider_id)
        except SessionError:
            return None

    def _authenticated(self, plan: Plan, renewing: EhealthSession | None) -> EhealthSession:
        """Have the method open the session, and believe only what the token itself says."""
        from hilum_hookspecs import AuthRequest, EhealthSession

        request = AuthRequest(
            provider=plan.provider,
            profession=plan.profession,
            inami=plan.inami,
            environment=self._environment,
            certificate=plan.certificate,
            open_keystore=lambda: self._keystore(plan.certificate, plan.provider.niss),
            prompter=self._prompter,
            progress=self._progress,
            reason=plan.order.reason,
            renewing=renewing,
        )
        authenticate = returning(EhealthSession, plan.method.authenticate)
        session = self._host.call(plan.plugin, authenticate, request)
        assertion = self._checked(plan, session)
        return replace(
            session,
            id=assertion.assertion_id,
            provider_id=plan.provider.id,
            environment=self._environment.name,
            method=plan.method.name,
            profession=plan.profession,
            opened_at=self._clock.now(),
            not_before=assertion.not_before,
            expires_at=assertion.not_on_or_after,
            niss=plan.provider.niss,
        )

    def _checked(self, plan: Plan, session: EhealthSession) -> Assertion:
        """Check the token that a method gave; a refusal names the method and its plugin."""
        try:
            return self._kept.check(
                session.assertion, plan.provider, plan.certificate, [plan.inami], plan.profession
            )
        except EhealthError as error:
            origin = {"plugin": plan.plugin, "method": plan.method.name}
            raise EhealthError(error.code, **{**error.details, **origin}) from error

    def _opened(self, action: str, plan: Plan, session: EhealthSession) -> Opening:
        """Write down who opened the session, keep it, tell the plugins.

        In this order: what cannot be written down is not kept, and the session before stays.
        """
        from .openings import Opening

        provider = plan.provider
        self._audit.record(
            action,
            provider_id=provider.id,
            session=session.id,
            method=session.method,
            profession=session.profession,
            reason=plan.order.reason,
            expires_at=session.expires_at.isoformat(),
        )
        self._files.keep(session, provider.name)
        if session.private_key is not None:
            self._kept.hold(provider.id, plan.certificate, session.private_key)
        self._host.notify("hilum_session_opened", session=session)
        return Opening(plan=plan, session=session, reused=False)

    @contextlib.contextmanager
    def _refusals_audited(self, order: Order) -> Iterator[None]:
        """Write down that an opening was refused and why; a user who walks away is no refusal."""
        try:
            yield
        except Exception as error:
            if order.audited and is_ours(error) and error.code != "cancelled":
                # The refusal itself matters more to the user than that it cannot be noted.
                with contextlib.suppress(HilumError, EhealthError):
                    self._audit.record(
                        "session.refused",
                        provider_id=self._providers.find(order.provider).id,
                        code=error.code,
                        method=order.method,
                    )
            raise

    def _with_key(self, session: EhealthSession) -> EhealthSession:
        """Open the keystore, unless this process holds its key already."""
        if session.private_key is not None:
            return session
        certificate = self._certificate(session.provider_id)
        credential = self._keystore(certificate, session.niss)
        self._kept.hold(session.provider_id, certificate, credential.private_key)
        return replace(session, private_key=credential.private_key)

    def _keystore(self, certificate: ActiveCertificate, niss: str) -> Credential:
        return open_keystore(certificate, niss, prompter=self._prompter, progress=self._progress)
