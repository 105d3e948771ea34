"""Opening a session with the identity card."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.opening import open_token
from hilum_hookspecs import (
    AuthRequest,
    CredentialRejected,
    EhealthSession,
    PluginContext,
    WrongPerson,
)

from .pin_tries import PinTries, asks_first
from .settings import EidSettings
from .software_card import software_readers
from .words import _

if TYPE_CHECKING:
    from hilum_ehealth.assertion import Assertion
    from hilum_ehealth.card.port import Card, CardReaders
    from hilum_ehealth.credentials import Credential

METHOD = "eid"


class EidLogin:
    """The use case: keystore, card, PIN, platform, in this order.

    The PIN is asked only when the card was read and belongs to the provider. What was typed is sent
    once and never again by us.
    """

    def __init__(
        self,
        context: PluginContext[EidSettings],
        *,
        readers: CardReaders | None = None,
        open_token: Callable[..., Assertion] = open_token,
    ) -> None:
        self._context = context
        self._readers = readers
        self._open_token = open_token

    def open(self, request: AuthRequest) -> EhealthSession:
        """Open the session that *request* asks for, or renew the one it names."""
        holder = request.open_keystore()
        request.progress.step(_.message("Reading the identity card"))
        with self._card_readers(request) as readers, self._card(readers, request) as card:
            self._check_person(card, request)
            self._login(card, request)
            assertion = self._signed_with(card, request, holder)
        return EhealthSession.of(
            request,
            method=METHOD,
            assertion=assertion,
            private_key=holder.private_key,
            opened_at=self._context.clock.now(),
        )

    def _signed_with(self, card: Card, request: AuthRequest, holder: Credential) -> Assertion:
        """Ask the platform; a card that another program made forget its PIN wants it once more.

        From a person: a PIN that was given beforehand is not sent twice.
        """
        credential = self._card_credential(card)
        try:
            return self._token(request, credential, holder)
        except EhealthError as error:
            if error.code != "card.not-logged-in" or not request.prompter.attended():
                raise
        request.progress.step(_.message("Another program used the card, which wants its PIN again"))
        self._login(card, request)
        return self._token(request, credential, holder)

    def _card(self, readers: CardReaders, request: AuthRequest) -> Card:
        """Open the card; somebody who is there gets the time to bring it."""
        from .waiting import CardWait

        person = timedelta()
        if request.prompter.attended():
            person = timedelta(seconds=self._context.settings.card_timeout_seconds)
        wait = CardWait(request.progress, person=person)
        return wait.open(readers, self._context.settings.reader or None)

    def _card_readers(self, request: AuthRequest) -> CardReaders:
        settings = self._context.settings
        if self._readers is not None:
            return self._readers
        if settings.software_card:
            return software_readers(Path(settings.software_card), request.environment)
        from hilum_ehealth.card.pkcs11 import open_pkcs11

        return open_pkcs11(
            Path(settings.pkcs11_module) if settings.pkcs11_module else None,
            timeout=timedelta(seconds=settings.card_timeout_seconds),
            cancelled=request.progress.cancelled,
        )

    def _check_person(self, card: Card, request: AuthRequest) -> None:
        if card.identity.niss != request.provider.niss:
            raise WrongPerson(first="card", second="record")

    def _login(self, card: Card, request: AuthRequest) -> None:
        """Give the PIN, counted before it is sent: what ends us then may have cost a try."""
        tries = PinTries(self._context.folder() / "pin-tries.json")
        serial = card.identity.serial
        left = self._asked_first(tries.left(serial), request)
        pin = self._pin(card, request)
        request.progress.step(_.message("Giving the PIN to the card"))
        while not tries.begin(serial, left):  # somebody used tries while the PIN was typed
            left = self._asked_first(tries.left(serial), request)
        with self._try_counted(tries, serial):
            card.login(pin)
        tries.right(serial)

    @contextmanager
    def _try_counted(self, tries: PinTries, serial: str) -> Iterator[None]:
        """Keep the count of a try that may have been used; tell how many are left after it."""
        try:
            yield
        except KeyboardInterrupt:
            self._say_try_may_be_lost()
            raise
        except EhealthError as error:
            if not _may_have_cost_a_try(error):
                tries.give_back(serial)
                raise
            if error.code == "cancelled":  # which is shown to nobody
                self._say_try_may_be_lost()
            told = error.details.get("attempts_left")
            error.details["attempts_left"] = told if isinstance(told, int) else tries.left(serial)
            raise

    def _say_try_may_be_lost(self) -> None:
        self._context.output.note(_("The PIN was under way: one of its tries may be lost."))

    def _asked_first(self, left: int | None, request: AuthRequest) -> int | None:
        """Return *left*, the user having agreed when a wrong PIN may block the card."""
        warning = _NO_TRY_LEFT if left == 0 else _LAST_TRY
        if asks_first(left) and not request.prompter.confirm("last-pin-try", warning):
            raise CredentialRejected("card.pin-last-try", attempts_left=left)
        return left

    def _pin(self, card: Card, request: AuthRequest) -> str | None:
        """Ask for the PIN, unless the reader has keys of its own."""
        if card.identity.pin_pad:
            request.progress.step(_.message("Type the PIN on the card reader"))
            return None
        label = _.message("PIN of the identity card of {name}", name=request.provider.name)
        return request.prompter.secret("eid-pin", label)

    def _card_credential(self, card: Card) -> Credential:
        from cryptography.x509 import load_der_x509_certificate
        from hilum_ehealth.credentials import Credential

        certificate = load_der_x509_certificate(card.identity.certificates["Authentication"])
        return Credential(certificate, card.key("Authentication"))

    def _token(self, request: AuthRequest, card: Credential, holder: Credential) -> Assertion:
        return self._open_token(
            environment=request.environment,
            header=card,
            holder=holder,
            niss=request.provider.niss,
            profession=request.profession,
            inami=request.inami,
            duration=timedelta(hours=self._context.settings.duration_hours),
            clock=self._context.clock.now,
            renewing=request.renewing.assertion if request.renewing else None,
            progress=lambda step: request.progress.step(_STEPS[step]),
        )


_LAST_TRY = _.message(
    "Two of the three tries of this card are used, or may be. A third wrong PIN blocks it, and "
    "only the town hall can unblock it. Use the last try?"
)
_NO_TRY_LEFT = _.message(
    "As far as is known here, the three tries of this card are used up and it is blocked; the "
    "town hall unblocks it. Send the PIN nevertheless?"
)
_STEPS: Final = {
    "request": _.message("Asking the eHealth platform for the session"),
    "challenge": _.message("Answering its challenge with the key of the keystore"),
    "verify": _.message("Verifying the platform's assertion"),
}


def _may_have_cost_a_try(error: EhealthError) -> bool:
    refused = error.code in ("card.pin-rejected", "card.pin-blocked")
    return refused or bool(error.details.get("try_may_be_lost"))
