"""The chain from the smart card service to the card's keys, for ``hilum doctor``; asks no PIN."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import HealthAnswer, HealthCheck, HealthLink, HealthState, Message
from hilum_hookspecs.health import Cancelled

from .card_service import CardService
from .words import _

if TYPE_CHECKING:
    from hilum_ehealth.card.examination import CardExamination
    from hilum_ehealth.card.pkcs11 import Pkcs11Readers
    from hilum_ehealth.card.port import Card
    from hilum_hookspecs import PluginContext

    from .settings import EidSettings

RANK: Final = 100
STEP_SECONDS: Final = 8
"""How long the card may take for one step; OpenSC takes four seconds to see a new card."""

UPDATE: Final = _.message("Update the eID software (https://eid.belgium.be).")

_TRIES: Final = _.message("PIN tries")

Open = Callable[..., "Pkcs11Readers"]
"""``open_pkcs11``, or one that plays."""


class CardHealth:
    """One run's look at the card: each fact is found once, at the first link that needs it."""

    def __init__(
        self,
        context: PluginContext[EidSettings],
        *,
        open_readers: Open | None = None,
        service: CardService | None = None,
    ) -> None:
        self._context = context
        self._open_readers = open_readers
        self._service = service or CardService(sys.platform)
        self._examination: CardExamination | None = None
        self._cancelled: Cancelled = lambda: False

    def check(self) -> HealthCheck:
        """Describe the chain; a card in a file has neither reader nor software."""
        links = self._software_links() if self._context.settings.software_card else self._links()
        return HealthCheck(
            name="card",
            label=_.message("Identity card"),
            rank=RANK,
            links=links,
            close=self._close,
        )

    def _software_links(self) -> tuple[HealthLink, ...]:
        return (
            self._link("card", _.message("Software card"), self._look_at_software_card),
            self._link("tries", _TRIES, self._look_at_software_tries),
        )

    def _links(self) -> tuple[HealthLink, ...]:
        return (
            self._link("service", _.message("Smart card service"), self._look_at_service),
            self._link("module", _.message("eID software"), self._look_at_module),
            self._link("reader", _.message("Reader"), self._look_at_readers),
            self._link("card", _.message("Card"), self._look_for_card),
            self._link("kind", _.message("Kind of card"), self._look_at_kind),
            self._link("version", _.message("Version"), self._look_at_version),
            self._link("certificates", _.message("Certificates"), self._look_at_certificates),
            self._link("keys", _.message("Keys"), self._look_at_keys),
            self._link("tries", _TRIES, self._look_at_tries),
        )

    def _link(self, name: str, label: Message, look: Callable[[], HealthAnswer]) -> HealthLink:
        def looking(cancelled: Cancelled) -> HealthAnswer:
            self._cancelled = cancelled
            return look()

        return HealthLink(name=name, label=label, look=looking)

    def _look_at_service(self) -> HealthAnswer:
        """Tell whether the service runs, and whether that is why no reader is seen.

        A token in software needs no service. Without software that can be used, the next link is
        the failure, and both can be mended at once.
        """
        answer = self._service.look()
        if answer.state is not HealthState.FAILED:
            return answer
        try:
            readers = self._seen.slots
        except EhealthError:
            return replace(answer, state=HealthState.WARNING)
        if not readers:
            return answer
        cause = _.message("This module shows its readers without the smart card service.")
        return HealthAnswer(state=HealthState.NOT_APPLICABLE, cause=cause)

    def _look_at_module(self) -> HealthAnswer:
        library, path = self._seen.library, str(self._module())
        return _ok(
            _.message(
                "It is {description}, version {version} ({path}).",
                description=library.description,
                version=library.number,
                path=path,
            ),
            path=path,
            description=library.description,
            manufacturer=library.manufacturer,
            version=library.number,
        )

    def _look_at_readers(self) -> HealthAnswer:
        readers = [slot.reader for slot in self._seen.slots]
        named = self._context.settings.reader
        if not readers or (named and named not in readers):
            raise EhealthError("card.no-reader", readers=readers)
        return _ok(_.message("Connected: {readers}.", readers=", ".join(readers)), readers=readers)

    def _look_for_card(self) -> HealthAnswer:
        holding = [
            slot.reader
            for slot in self._seen.slots
            if slot.present and (slot.token is None or slot.token.initialised)
        ]
        if not holding:
            raise EhealthError(
                "card.not-present", readers=[slot.reader for slot in self._seen.slots]
            )
        return _ok(
            _.message("A card is in {readers}.", readers=", ".join(holding)), readers=holding
        )

    def _look_at_kind(self) -> HealthAnswer:
        from .card_certificates import generation

        slot = self._seen.slot
        kind, words = generation(self._seen.certificates)
        return _ok(
            words, reader=slot.reader, key=kind, model=slot.token.model if slot.token else ""
        )

    def _look_at_version(self) -> HealthAnswer:
        from hilum_ehealth.card.examination import too_old

        from .card_certificates import generation

        library, (kind, _words) = self._seen.library, generation(self._seen.certificates)
        data = {"description": library.description, "version": library.number, "key": kind}
        if kind is not None and too_old(library, kind):
            return HealthAnswer(
                state=HealthState.FAILED,
                cause=_.message(
                    "{description} {version} is too old for this card: it cannot sign with cards "
                    "made since 2021.",
                    description=library.description,
                    version=library.number,
                ),
                remedy=UPDATE,
                data=data,
            )
        return _ok(_.message("Nothing is known against this software and this card."), **data)

    def _look_at_certificates(self) -> HealthAnswer:
        from .card_certificates import judge

        return judge(self._seen.certificates, self._context.environment, self._context.clock.now())

    def _look_at_keys(self) -> HealthAnswer:
        from .card_certificates import judge_keys

        token = self._seen.slot.token
        hidden = token is not None and token.login_required
        return judge_keys(self._seen.certificates, self._seen.keys_shown, hidden=hidden)

    def _look_at_tries(self) -> HealthAnswer:
        token = self._seen.slot.token
        return self._judge_tries(token.serial if token is not None else "")

    def _judge_tries(self, serial: str) -> HealthAnswer:
        """Say what our own count says; the card itself does not tell."""
        from .pin_tries import TRIES, PinTries

        left = PinTries(self._context.data_folder / "pin-tries.json").left(serial)
        if left == 0:
            return HealthAnswer(
                state=HealthState.FAILED,
                cause=_.message(
                    "As far as is known here, the three tries of this card are used up and it is "
                    "blocked."
                ),
                remedy=_.message(
                    "The town hall unblocks it; until then: hilum session open --method fallback"
                ),
                data={"left": left},
            )
        if left in (TRIES, TRIES - 1):
            return _ok(_.message("Tries left, as far as is known here: {n}", n=left), left=left)
        return HealthAnswer(
            state=HealthState.WARNING,
            cause=_.message(
                "Two of the three tries of this card are used, or may be: the next wrong PIN "
                "blocks it."
            ),
            remedy=_.message("Look the PIN up before it is typed; a right one ends the count."),
            data={"left": left},
        )

    def _look_at_software_card(self) -> HealthAnswer:
        from .card_certificates import judge

        context = self._context
        with self._software_card() as card:
            return judge(card.identity.certificates, context.environment, context.clock.now())

    def _look_at_software_tries(self) -> HealthAnswer:
        with self._software_card() as card:
            return self._judge_tries(card.identity.serial)

    @contextmanager
    def _software_card(self) -> Iterator[Card]:
        from .software_card import software_readers

        file = Path(self._context.settings.software_card)
        with software_readers(file, self._context.environment) as readers, readers.open() as card:
            yield card

    @property
    def _seen(self) -> CardExamination:
        """What is seen through the module; raises ``card.middleware-not-found``."""
        if self._examination is None:
            from hilum_ehealth.card.examination import CardExamination
            from hilum_ehealth.card.pkcs11 import open_pkcs11

            opening = self._open_readers or open_pkcs11
            readers = opening(
                self._named_module(),
                timeout=timedelta(seconds=STEP_SECONDS),
                cancelled=lambda: self._cancelled(),
            )
            self._examination = CardExamination(readers, self._context.settings.reader or None)
        return self._examination

    def _named_module(self) -> Path | None:
        named = self._context.settings.pkcs11_module
        return Path(named) if named else None

    def _module(self) -> Path:
        from hilum_ehealth.card.modules import find_module

        return find_module(self._named_module())

    def _close(self) -> None:
        if self._examination is not None:
            self._examination.close()


def _ok(cause: Message, **data: object) -> HealthAnswer:
    facts: Mapping[str, object] = data
    return HealthAnswer(state=HealthState.OK, cause=cause, data=facts)
