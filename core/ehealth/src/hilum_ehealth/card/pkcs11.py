"""eIDs behind a PKCS#11 module, spoken to through a process of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from hilum_ehealth.errors import EhealthError

from .frames import unpack
from .identity import citizen_in, read_identity
from .modules import find_module
from .pkcs11_card import Pkcs11Card
from .port import AUTHENTICATION, CardInfo, CardView
from .process import HELPER, HelperProcess
from .service import service_runs
from .slots import Slot, choose, eids

log = logging.getLogger(__name__)

TIMEOUT: Final = timedelta(seconds=120)
"""Long enough for a person at the reader's keys or in the middleware's own window."""

LOST: Final = ("cancelled", "card.timeout", "card.helper-ended")
"""Errors after which the card's process is gone: no other card can be looked at either."""


def open_pkcs11(
    module: Path | None = None,
    *,
    timeout: timedelta = TIMEOUT,
    cancelled: Callable[[], bool] | None = None,
) -> Pkcs11Readers:
    """Open the readers behind *module*, by default the eID software in its known places.

    *timeout* bounds each step, *cancelled* is asked every 50 ms while one runs; in both cases the
    card's process is ended, and started anew by the next step. Use as a context manager. Raises
    ``card.middleware-not-found`` (``searched``) here; the first step may raise
    ``card.middleware-unloadable`` (``module``, ``problem``).
    """
    return Pkcs11Readers(find_module(module), timeout=timeout, cancelled=cancelled)


class Pkcs11Readers:
    """The readers that one PKCS#11 module knows; see :class:`~hilum_ehealth.card.port.CardReaders`.

    For one thread at a time. *command* starts the card's process; *service_runs* tells why no
    reader is seen.
    """

    def __init__(
        self,
        module: Path,
        *,
        timeout: timedelta = TIMEOUT,
        cancelled: Callable[[], bool] | None = None,
        command: Sequence[str] = HELPER,
        service_runs: Callable[[], bool] = service_runs,
    ) -> None:
        self._module = module
        self._timeout = timeout
        self._cancelled = cancelled
        self._command = command
        self._service_runs = service_runs
        self._helper: HelperProcess | None = None
        self._looked_at: tuple[list[Slot], CardView] | None = None

    @property
    def helper(self) -> HelperProcess | None:
        """The card's process while it runs."""
        return self._helper if self._helper and self._helper.usable else None

    def cards(self) -> tuple[CardInfo, ...]:
        """List the eIDs that are in a reader now."""
        return self._cards(self.slots())

    def _cards(self, slots: Sequence[Slot]) -> tuple[CardInfo, ...]:
        return tuple(
            CardInfo(reader=slot.reader, serial=slot.token.serial)
            for slot in eids(slots, self._holds_eid)
            if slot.token
        )

    def look(self) -> CardView:
        """Tell what is in the readers; tokens are opened only when the slots changed."""
        slots = self.slots()
        if self._looked_at and self._looked_at[0] == slots and any(s.token for s in slots):
            return self._looked_at[1]
        problem = None
        try:
            self._chosen(slots, None)
        except EhealthError as error:
            if error.code in LOST:
                raise
            problem = error
        names = tuple(slot.reader for slot in slots)
        view = CardView(readers=names, cards=self._cards(slots), problem=problem)
        self._looked_at = slots, view
        return view

    def _chosen(self, slots: Sequence[Slot], reader: str | None) -> Slot:
        """Choose the eID; a service that does not run is a better reason than its empty readers."""
        try:
            return choose(slots, reader, self._holds_eid)
        except EhealthError as error:
            nothing_seen = error.code in ("card.no-reader", "card.not-present")
            if nothing_seen and all(s.removable for s in slots) and not self._service_runs():
                raise EhealthError("card.no-service") from error
            raise

    def open(self, reader: str | None = None) -> Pkcs11Card:
        """Read the only eID, or the one in *reader*, without a PIN."""
        slot = self.choose(reader)
        session = self.open_session(slot)
        try:
            identity = read_identity(self.ask, slot, session)
        except EhealthError:
            self.close_session(session)
            raise
        return Pkcs11Card(self, identity, session)

    def choose(self, reader: str | None = None) -> Slot:
        """Answer the slot with the only eID, or the one in *reader*; errors as :meth:`open`."""
        return self._chosen(self.slots(), reader)

    def slots(self) -> list[Slot]:
        """Describe every reader and what is in it."""
        return [Slot.of(described) for described in self.ask("slots")]

    def open_session(self, slot: Slot) -> int:
        """Open a session; a card that is there and does not open is in use by another program."""
        try:
            return int(self.ask("open", slot=slot.number))
        except EhealthError as error:
            if error.code == "card.not-present":
                raise EhealthError("card.in-use", reader=slot.reader) from error
            raise

    def close_session(self, session: int) -> None:
        """Log out and close, when the card's process still runs."""
        if self.helper:
            with suppress(EhealthError):
                self.ask("close", session=session)

    def calls(self) -> dict[str, int]:
        """Tell how often each PKCS#11 function was called in the running card's process."""
        return dict(self.ask("calls"))

    def ask(self, do: str, *, pin_at_stake: bool = False, **arguments: object) -> Any:
        """Let the card's process do something, starting it first when it does not run."""
        helper = self.helper or self._start()
        try:
            answer = helper.ask(
                do,
                limit=self._timeout,
                cancelled=self._cancelled,
                pin_at_stake=pin_at_stake,
                **arguments,
            )
        except EhealthError as error:
            log.debug("card: %s: %s", do, error.code)
            raise
        log.debug("card: %s: done", do)
        return answer

    def _start(self) -> HelperProcess:
        if self._helper:
            self._helper.end()
        helper = HelperProcess(self._command)
        try:
            helper.ask(
                "load", limit=self._timeout, cancelled=self._cancelled, module=str(self._module)
            )
        except EhealthError as error:
            helper.end()
            if error.code == "card.middleware-unloadable":
                error.details["module"] = str(self._module)
            raise
        self._helper = helper
        return helper

    def _holds_eid(self, slot: Slot) -> bool:
        """Look whether a token of another name holds a citizen's certificate."""
        try:
            session = self.open_session(slot)
            try:
                found = self.ask("certificates", session=session, labels=[AUTHENTICATION])
                citizen_in({label: unpack(value) for label, value in found.items()}, slot.reader)
            finally:
                self.close_session(session)
        except EhealthError as error:
            if error.code in LOST:
                raise
            return False
        return True

    def close(self) -> None:
        """Log out of every card and end the card's process."""
        if self.helper and log.isEnabledFor(logging.DEBUG):
            with suppress(EhealthError):
                log.debug("card: PKCS#11 calls: %s", self.calls())
        helper, self._helper = self._helper, None
        if helper:
            helper.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
