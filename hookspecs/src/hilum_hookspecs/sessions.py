"""eHealth sessions: how they are opened, what they are, whether they live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from .errors import HilumError, ServiceUnreachable, SessionError

if TYPE_CHECKING:
    from hilum_ehealth.assertion import Assertion
    from hilum_ehealth.credentials import Credential
    from hilum_ehealth.environments import Environment
    from hilum_ehealth.keys import PrivateKey

    from .certificates import ActiveCertificate
    from .ports import Progress, Prompter
    from .records import Provider
    from .words import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthRequest:
    """What the host asks of an authentication method. It holds no secret: ask the prompter."""

    provider: Provider
    profession: str
    inami: str
    """The provider's INAMI number in that profession on this day, digits."""

    environment: Environment
    certificate: ActiveCertificate
    open_keystore: Callable[[], Credential] = field(repr=False)
    """Asks for the password of the provider's keystore and opens the key that will hold the
    session; raises ``keystore.*``, ``record.wrong-person``, ``storage.*``."""

    prompter: Prompter
    progress: Progress
    reason: str | None = None
    """Why the fallback is used, when the user said it beforehand."""

    renewing: EhealthSession | None = None
    """The session to renew; ``None`` opens a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EhealthSession:
    """An open eHealth session: the assertion of the platform and, in this process, its key."""

    id: str
    """The assertion's identifier."""

    provider_id: str
    environment: str
    method: str
    profession: str
    opened_at: datetime
    not_before: datetime
    expires_at: datetime
    """First instant at which the session is over."""

    niss: str = field(repr=False)
    assertion: bytes = field(repr=False)
    """The assertion, byte for byte as it was checked; the host checks it again."""

    private_key: PrivateKey | None = field(default=None, repr=False, compare=False)
    """The keystore's authentication key while this process holds it; never written anywhere."""

    @classmethod
    def of(
        cls,
        request: AuthRequest,
        *,
        method: str,
        assertion: Assertion,
        private_key: PrivateKey,
        opened_at: datetime,
    ) -> EhealthSession:
        """Make the session that *request* asked for from the platform's checked *assertion*."""
        return cls(
            id=assertion.assertion_id,
            provider_id=request.provider.id,
            environment=request.environment.name,
            method=method,
            profession=request.profession,
            opened_at=opened_at,
            not_before=assertion.not_before,
            expires_at=assertion.not_on_or_after,
            niss=request.provider.niss,
            assertion=assertion.data,
            private_key=private_key,
        )

    @property
    def half_life(self) -> datetime:
        """The instant from which opening again asks eHealth instead of reusing the session."""
        return self.not_before + (self.expires_at - self.not_before) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthMethod:
    """A way to open an eHealth session, offered by a plugin."""

    name: str
    """Lower-case slug, shown to users: ``eid``."""

    label: Message
    authenticate: Callable[[AuthRequest], EhealthSession]
    """Open (or renew) the session; takes seconds, called on a worker; raises our errors.

    The host verifies the assertion against the anchors of the environment and takes every date
    and name from it: a session that no platform of the environment signed is refused."""

    rank: int = 100
    """The lowest is the one proposed first."""

    needs: tuple[str, ...] = ()
    """What the user must have at hand, by name: ``card``, ``keystore-password``, ``eid-pin``."""

    available: Callable[[Provider], Message | None] = lambda provider: None
    """Why the method cannot be used for a provider now, or ``None``; must answer at once."""


class Liveness(Enum):
    """The three answers to "is the session alive?"."""

    ALIVE = "alive"
    OVER = "over"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What a check of a session found."""

    liveness: Liveness
    checked_at: datetime
    expires_at: datetime
    cause: str | None = None
    """Code of the error behind ``OVER`` or ``UNKNOWN``."""

    since: datetime | None = None
    """Since when the state is unknown."""

    plugin: str | None = None
    """The plugin whose probe failed, when ``cause`` is ``plugin.failed``."""

    problem: str | None = None
    """What is wrong with the token, when ``cause`` is ``session.token-refused``: the code of the
    check that failed, ``changed`` or ``header``."""

    def refusal(self, provider_id: str) -> HilumError | None:
        """Return the error that a check with this result ends with; ``None`` for a living session.

        ``session.over`` (``expired_at``), ``session.token-refused``, ``session.not-accepted`` when
        the platform refused, ``network.session-unknown`` (``since``); all have ``provider``,
        ``cause``, ``checked_at``, and all but the first ``expires_at``.
        """
        if self.liveness is Liveness.ALIVE:
            return None
        end = self.expires_at.isoformat()
        details: dict[str, Any] = {
            "provider": provider_id,
            "cause": self.problem or self.cause,
            "checked_at": self.checked_at.isoformat(),
        }
        if self.liveness is Liveness.UNKNOWN:
            since = self.since and self.since.isoformat()
            if self.plugin is not None:
                details["plugin"] = self.plugin
            return ServiceUnreachable(
                "network.session-unknown", since=since, expires_at=end, **details
            )
        if self.cause == "session.over":
            return SessionError("session.over", expired_at=end, **details)
        if self.cause == "session.token-refused":
            return SessionError("session.token-refused", expires_at=end, **details)
        return SessionError("session.not-accepted", expires_at=end, **details)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """What is known of a session on this computer without opening its token: the local view."""

    id: str
    provider_id: str
    environment: str
    method: str
    profession: str
    opened_at: datetime
    not_before: datetime
    expires_at: datetime
    last_check: CheckResult | None = None
    provider_name: str = ""
    """The provider's name, to be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionProbe:
    """A question to the platform whether it still accepts a session."""

    name: str
    ask: Callable[[EhealthSession, Environment], None]
    """Returns when the platform accepts the session, raises our errors otherwise.

    The session's ``private_key`` is present.
    """
