"""Challenges: random, for one use and a short time, and good for one request only."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from .faults import SoapFault

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from .tokens import TokenForm

LIFE: Final = timedelta(minutes=2)
_REFUSED: Final = "wsse:FailedAuthentication"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A token that is ready to be issued when the holder's key has answered."""

    context: str
    holder: Certificate = field(repr=False)
    form: TokenForm = field(repr=False)
    expires: datetime


class Challenges:
    """Hands out challenges and takes each back once."""

    def __init__(self) -> None:
        self._pending: dict[str, Pending] = {}
        self._lock = Lock()

    def ask(self, context: str, form: TokenForm, now: datetime) -> str:
        """Keep the token *form* back until its holder answers; returns the challenge's text."""
        text = secrets.token_urlsafe(32)
        pending = Pending(context=context, holder=form.holder, form=form, expires=now + LIFE)
        with self._lock:
            self._pending = {k: p for k, p in self._pending.items() if now < p.expires}
            self._pending[text] = pending
        return text

    def take(self, text: str, context: str, signer: Certificate, now: datetime) -> TokenForm:
        """Return the token for a right answer; raises ``wsse:FailedAuthentication``.

        Whatever was wrong, the challenge cannot be used again.
        """
        with self._lock:
            pending = self._pending.pop(text, None)
        if pending is None:
            raise SoapFault(_REFUSED, "the challenge is not known or was used")
        if now >= pending.expires:
            raise SoapFault(_REFUSED, "the challenge is too old")
        if context != pending.context:
            raise SoapFault(_REFUSED, "the challenge belongs to another request")
        if signer != pending.holder:
            raise SoapFault(_REFUSED, "the challenge was not signed by the holder's key")
        return pending.form

    def forget(self) -> None:
        """Forget every challenge."""
        with self._lock:
            self._pending.clear()
