"""The practice's own log-in: its password first, then eHealth with the keystore."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hilum_ehealth.assertion import Assertion
from hilum_hookspecs import (
    AuthMethod,
    AuthRequest,
    CredentialRejected,
    EhealthSession,
    Message,
    PluginContext,
)

from .staff import DOMAIN, Staff

METHOD = "house"


class HouseLogin:
    """Opens a session for a member who knows the practice's password."""

    def __init__(
        self, context: PluginContext[Any], staff: Staff, open_token: Callable[..., Assertion]
    ) -> None:
        self._context = context
        self._staff = staff
        self._open_token = open_token

    def method(self) -> AuthMethod:
        """Describe the method to the host."""
        return AuthMethod(
            name=METHOD,
            label=Message(DOMAIN, "As a member of the practice"),
            authenticate=self._open,
            rank=10,
            needs=("account-password", "keystore-password"),
        )

    def _open(self, request: AuthRequest) -> EhealthSession:
        password = request.prompter.secret(
            "account-password", Message(DOMAIN, "Your password of the practice")
        )
        if not self._staff.knows(request.provider.id, password):
            raise CredentialRejected(
                "house.password-rejected",
                message=Message(DOMAIN, "This is not your password of the practice."),
                remedy=Message(DOMAIN, "Try again, or ask the secretary for a new one."),
            )
        holder = request.open_keystore()
        assertion = self._open_token(
            environment=request.environment,
            header=holder,
            holder=holder,
            niss=request.provider.niss,
            profession=request.profession,
            inami=request.inami,
            duration=timedelta(hours=12),
            clock=self._context.clock.now,
            renewing=request.renewing.assertion if request.renewing else None,
        )
        return EhealthSession.of(
            request,
            method=METHOD,
            assertion=assertion,
            private_key=holder.private_key,
            opened_at=self._context.clock.now(),
        )
