"""Synchronising a folder of a provider's eHealthBox."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hilum_ehealth.ehbox.paging import read_all
from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import HilumError, Liveness, UserCancelled

from .box import Box, EhealthBox, check_endpoint
from .model import Failure, Folder, Success
from .words import _

if TYPE_CHECKING:
    from hilum_ehealth.ehbox.messages import MessageHeader, Source
    from hilum_hookspecs import EhealthSession, NoSettings, PluginContext, Provider

NOT_AUTHENTICATED: Final = ("SOA-01001", "wsse:")
"""How the fault codes begin by which the platform says that it does not know the session."""

NO_TRY: Final = ("cancelled", "usage.")
"""How the codes begin of what ends a synchronisation before it was tried, or by the user's wish."""

Connect = Callable[["EhealthSession"], Box]


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a session is opened when there is none; ``None`` lets the host choose."""

    method: str | None = None
    reason: str | None = None
    profession: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A synchronisation that succeeded."""

    success: Success
    new: int
    """Messages that were not known before."""

    session: EhealthSession
    opened: bool
    """Whether the session was opened for this."""


class Synchroniser:
    """The use case: session, box, messages, all or nothing; every end of it is noted."""

    def __init__(
        self, context: PluginContext[NoSettings], *, connect: Connect | None = None
    ) -> None:
        self._context = context
        self._connect = connect or self._real_box

    def run(self, record: Provider, source: Source, how: How) -> Outcome:
        """Read the whole folder and put it in the place of what was known.

        Raises ``settings.no-ehealthbox``, what ``Sessions.ready`` and
        :func:`hilum_ehealth.ehbox.calling.call` raise, ``session.not-accepted`` when the platform
        does not accept the session any more, ``storage.*``, and ``UserCancelled`` between two
        pages. Whatever was known stays then, and the failure is noted and audited.
        """
        folder = Folder(
            provider_id=record.id, environment=self._context.environment.name, source=source
        )
        try:
            return self._run(folder, how)
        except (HilumError, EhealthError) as error:
            if not error.code.startswith(NO_TRY):
                self._note_failure(folder, error)
            raise

    def _run(self, folder: Folder, how: How) -> Outcome:
        check_endpoint(self._context.environment)
        before = self._context.sessions.view(folder.provider_id)
        session = self._context.sessions.ready(
            folder.provider_id, method=how.method, reason=how.reason, profession=how.profession
        )
        try:
            success, messages = self._read(self._connect(session), folder)
        except EhealthError as error:
            raise self._meaning(folder.provider_id, error) from error
        return Outcome(
            success=success,
            new=self._keep(folder, success, messages),
            session=session,
            opened=before is None or before.id != session.id,
        )

    def _read(self, box: Box, folder: Folder) -> tuple[Success, Sequence[MessageHeader]]:
        def page(first: int, last: int) -> Sequence[MessageHeader]:
            if self._context.progress.cancelled():
                raise UserCancelled
            self._context.progress.step(
                _.message("Reading the messages from {first} to {last}", first=first, last=last)
            )
            return box.messages(folder.source, first, last)

        self._context.progress.step(_.message("Asking how full the eHealthBox is"))
        info = box.info()
        listing = read_all(page)
        success = Success(
            at=self._context.clock.now(),
            quality=info.quality,
            messages=len(listing.messages) + listing.too_large,
            too_large=listing.too_large,
            standing_by=info.standing_by,
            current_size=info.current_size,
            max_size=info.max_size,
        )
        return success, listing.messages

    def _keep(self, folder: Folder, success: Success, messages: Sequence[MessageHeader]) -> int:
        """Write down what came, or nothing; returns how many messages are new.

        What is known of providers whose records are gone is forgotten: titles may name patients.
        """
        from . import store

        with self._context.storage.begin() as connection:
            known = store.provider_ids(connection)
        gone = [each for each in known if not self._has_record(each)]
        with self._context.storage.begin() as connection:
            store.forget(connection, gone)
            new = store.keep_success(connection, folder, success, messages)
            self._context.audit.record(
                "box.synchronised",
                provider_id=folder.provider_id,
                source=folder.source.value.lower(),
                messages=success.messages,
                new=new,
            )
        return new

    def _has_record(self, provider_id: str) -> bool:
        """Tell whether there is a record; there may be while a directory fails."""
        try:
            self._context.providers.find(provider_id)
        except HilumError as error:
            return error.code != "record.not-found"
        return True

    def _note_failure(self, folder: Folder, error: HilumError | EhealthError) -> None:
        from . import store

        fault = error.details.get("fault_code")
        failure = Failure(
            at=self._context.clock.now(),
            code=error.code[:100],
            fault_code=None if fault is None else str(fault)[:100],
        )
        # What failed matters more to the user than that it cannot be noted.
        with contextlib.suppress(HilumError, EhealthError), self._context.storage.begin() as open_:
            store.keep_failure(open_, folder, failure)
            self._context.audit.record(
                "box.synchronisation-failed",
                provider_id=folder.provider_id,
                source=folder.source.value.lower(),
                code=failure.code,
                fault_code=failure.fault_code,
            )

    def _meaning(self, provider_id: str, error: EhealthError) -> HilumError | EhealthError:
        """Have a session checked that the platform seems to refuse, so that its lamp goes out."""
        fault = str(error.details.get("fault_code"))
        if error.code != "ehealth.refused" or not fault.startswith(NOT_AUTHENTICATED):
            return error
        try:
            result = self._context.sessions.check(provider_id, probe=True)
        except (HilumError, EhealthError):
            return error
        refusal = result.refusal(provider_id)
        return refusal if refusal is not None and result.liveness is Liveness.OVER else error

    def _real_box(self, session: EhealthSession) -> Box:
        return EhealthBox(session, self._context.environment, self._context.clock)
