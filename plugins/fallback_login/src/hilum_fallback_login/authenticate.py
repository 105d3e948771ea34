"""Opening a session with the keystore alone: the procedure for exceptions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hilum_ehealth.opening import open_token
from hilum_hookspecs import (
    AuthRequest,
    Choice,
    ConfigurationError,
    EhealthSession,
    PluginContext,
)

from .settings import FallbackSettings
from .words import _

if TYPE_CHECKING:
    from hilum_ehealth.assertion import Assertion
    from hilum_ehealth.credentials import Credential

METHOD = "fallback"
USED: Final = "fallback.used"
"""The audit entry of one use, with its reason."""

REASONS: Final = (
    Choice("forgotten", _.message("The card was forgotten")),
    Choice("damaged", _.message("The card is damaged, lost or blocked")),
    Choice("reader", _.message("The card reader does not work")),
    Choice("other", _.message("Another reason")),
)
PERIOD: Final = timedelta(days=30)
_STEPS: Final = {
    "request": _.message("Asking the eHealth platform for the session"),
    "verify": _.message("Verifying the platform's assertion"),
}


class FallbackLogin:
    """The use case: reason, keystore, platform; then the rule, when it was used too often."""

    def __init__(
        self,
        context: PluginContext[FallbackSettings],
        *,
        open_token: Callable[..., Assertion] = open_token,
    ) -> None:
        self._context = context
        self._open_token = open_token

    def open(self, request: AuthRequest) -> EhealthSession:
        """Open the session that *request* asks for, or renew the one it names."""
        reason = self._reason(request)
        holder = request.open_keystore()
        assertion = self._token(request, holder)
        session = EhealthSession.of(
            request,
            method=METHOD,
            assertion=assertion,
            private_key=holder.private_key,
            opened_at=self._context.clock.now(),
        )
        self._context.audit.record(USED, provider_id=request.provider.id, reason=reason)
        self._say_the_rule(request.provider.id)
        return session

    def _reason(self, request: AuthRequest) -> str:
        names = [choice.name for choice in REASONS]
        if request.reason is None:
            return request.prompter.choose(
                "fallback-reason", _.message("Why is the identity card not used?"), REASONS
            )
        if request.reason not in names:
            raise ConfigurationError("usage.unknown-reason", reason=request.reason, known=names)
        return request.reason

    def _token(self, request: AuthRequest, holder: Credential) -> Assertion:
        return self._open_token(
            environment=request.environment,
            header=holder,
            holder=holder,
            niss=request.provider.niss,
            profession=request.profession,
            inami=request.inami,
            duration=timedelta(hours=self._context.settings.duration_hours),
            clock=self._context.clock.now,
            renewing=request.renewing.assertion if request.renewing else None,
            progress=lambda step: request.progress.step(_STEPS[step]),
        )

    def _say_the_rule(self, provider_id: str) -> None:
        since = self._context.clock.now() - PERIOD
        uses = self._context.audit.count(USED, provider_id=provider_id, since=since)
        if uses >= self._context.settings.uses_before_reminder:
            self._context.output.note(
                _(
                    "The fallback was used {uses} times in the last 30 days. It is meant for "
                    "exceptions: a card that is forgotten, damaged or cannot be read. eHealth "
                    "forbids its systematic use.",
                    uses=uses,
                )
            )
