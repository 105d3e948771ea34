"""Sessions between two commands: read back from disk, and believed only after a strict check."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import SessionError

if TYPE_CHECKING:
    from hilum_ehealth.assertion import Assertion
    from hilum_ehealth.environments import Environment
    from hilum_ehealth.keys import PrivateKey
    from hilum_hookspecs import ActiveCertificate, EhealthSession, Provider, SessionView
    from hilum_hookspecs.ports import Clock

    from .token_files import TokenFiles

OVER: Final = "session.over"
CLOCK_WRONG: Final = "clock.wrong"
TOKEN_REFUSED: Final = "session.token-refused"  # noqa: S105  # an error code


TOLERATED: Final = timedelta(minutes=5)
"""How much earlier than the opening it may seem to be, for a clock that was set right since."""


class KeptSessions:
    """The token files of an environment, and the keys that this process holds for them."""

    def __init__(self, files: TokenFiles, environment: Environment, clock: Clock) -> None:
        self._files = files
        self._environment = environment
        self._clock = clock
        self._keys: dict[str, tuple[bytes, PrivateKey]] = {}

    def existing(self, provider_id: str) -> SessionView:
        """Return the local view; raises ``session.none`` (``provider``)."""
        view = self._files.view(provider_id)
        if view is None:
            raise SessionError("session.none", provider=provider_id)
        return view

    def read(
        self, view: SessionView, provider: Provider, certificate: ActiveCertificate
    ) -> EhealthSession:
        """Return the session of *view*, its dates from the token, never from the header.

        Raises ``session.over`` (``expired_at``) and ``session.token-refused``, both with
        ``provider``; the ``cause`` of the second is ``changed`` (the file), ``header`` (it tells
        of another session), or the code of the check that failed. Raises ``clock.wrong``
        (``direction``, ``skew_seconds``) when it is earlier than the session's own opening.
        """
        self._check_clock(view)
        data = self._files.token(view)
        if data is None:
            raise _refused(provider, "changed")
        profession = provider.profession(view.profession)
        if profession is None:
            raise _refused(provider, "header")
        numbers = [period.number for period in profession.inami]
        assertion = self._checked(data, provider, certificate, numbers, view.profession)
        if assertion.assertion_id != view.id:
            raise _refused(provider, "header")
        from hilum_hookspecs import EhealthSession

        return EhealthSession(
            id=assertion.assertion_id,
            provider_id=provider.id,
            environment=self._environment.name,
            method=view.method,
            profession=view.profession,
            opened_at=view.opened_at,
            not_before=assertion.not_before,
            expires_at=assertion.not_on_or_after,
            niss=provider.niss,
            assertion=data,
            private_key=self._key(provider, certificate),
        )

    def _check_clock(self, view: SessionView) -> None:
        from hilum_ehealth.errors import EhealthError

        behind = view.opened_at - self._clock.now()
        if behind > TOLERATED:
            seconds = round(behind.total_seconds())
            raise EhealthError(CLOCK_WRONG, direction="behind", skew_seconds=seconds)

    def check(
        self,
        data: bytes,
        provider: Provider,
        certificate: ActiveCertificate,
        inami: Collection[str],
        profession: str,
    ) -> Assertion:
        """Check a token strictly; raises what ``hilum_ehealth.assertion.check_assertion`` does."""
        from cryptography.x509 import load_der_x509_certificate
        from hilum_ehealth.assertion import check_assertion

        return check_assertion(
            data,
            environment=self._environment,
            now=self._clock.now(),
            niss=provider.niss,
            holder=load_der_x509_certificate(certificate.certificate),
            inami=inami,
            profession=profession,
        )

    def hold(self, provider_id: str, certificate: ActiveCertificate, key: PrivateKey) -> None:
        """Hold the private key of a provider's session until :meth:`forget`."""
        self._keys[provider_id] = (certificate.certificate, key)

    def forget(self, provider_id: str) -> None:
        """Let go of a provider's private key."""
        self._keys.pop(provider_id, None)

    def _key(self, provider: Provider, certificate: ActiveCertificate) -> PrivateKey | None:
        holder, key = self._keys.get(provider.id, (b"", None))
        return key if holder == certificate.certificate else None

    def _checked(
        self,
        data: bytes,
        provider: Provider,
        certificate: ActiveCertificate,
        inami: Collection[str],
        profession: str,
    ) -> Assertion:
        """Check a token that lay on the disk; refusals speak of the session, not of eHealth."""
        from hilum_ehealth.errors import EhealthError

        try:
            return self.check(data, provider, certificate, inami, profession)
        except EhealthError as error:
            if error.code == "assertion.expired":
                ended = error.details.get("not_on_or_after")
                raise SessionError(OVER, provider=provider.id, expired_at=ended) from error
            if error.code.startswith("assertion."):
                raise _refused(provider, error.code) from error
            raise


def was_refused(view: SessionView) -> bool:
    """Tell whether the platform itself refused the session when it was last asked."""
    from hilum_hookspecs import Liveness

    check = view.last_check
    if check is None or check.liveness is not Liveness.OVER:
        return False
    return check.cause not in (OVER, TOKEN_REFUSED)


def _refused(provider: Provider, cause: str) -> SessionError:
    return SessionError(TOKEN_REFUSED, provider=provider.id, cause=cause)
