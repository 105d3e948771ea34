"""What each command does: read what was typed, call one use case, show the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hilum_ehealth.ehbox.messages import Source
from hilum_hookspecs import Liveness

from . import documents
from .model import Contents, Folder, Synchronisation
from .synchronising import Connect, How, Synchroniser
from .words import _

if TYPE_CHECKING:
    from hilum_hookspecs import NoSettings, PluginContext, Provider


class Commands:
    """The commands ``hilum box ...``."""

    def __init__(
        self, context: PluginContext[NoSettings], *, connect: Connect | None = None
    ) -> None:
        self._context = context
        self._synchroniser = Synchroniser(context, connect=connect)

    def sync(self, provider: str, source: str, how: How, *, dry_run: bool) -> None:
        """Synchronise a folder of a provider's box."""
        record = self._context.providers.find(provider)
        folder = Source(source.upper())
        if dry_run:
            self._plan(record, folder)
            return
        outcome = self._synchroniser.run(record, folder, how)
        self._context.output.show(
            documents.outcome_document(record, folder, outcome),
            documents.outcome_lines(record, folder, outcome),
        )

    def list(self, provider: str | None, source: str, *, limit: int | None, skip: int) -> None:
        """List the messages that are known here, of one provider or of all."""
        folder = Source(source.upper())
        records = (
            self._context.providers.all()
            if provider is None
            else [self._context.providers.find(provider)]
        )
        boxes = [(record, self._contents(record, folder)) for record in records]
        self._context.output.show(
            {
                "source": source,
                "boxes": [
                    documents.box_document(record, contents, skip=skip, limit=limit)
                    for record, contents in boxes
                ],
            },
            [
                line
                for record, contents in boxes
                for line in documents.box_lines(record, folder, contents, skip=skip, limit=limit)
            ]
            or [_("No provider yet: `hilum provider add --help`")],
        )

    def _plan(self, record: Provider, source: Source) -> None:
        """Say what a synchronisation would do, as far as this computer knows."""
        view = self._context.sessions.view(record.id)
        check = view.last_check if view is not None else None
        over = check is not None and check.liveness is Liveness.OVER
        living = view is not None and not over and self._context.clock.now() < view.expires_at
        self._context.output.show(
            {
                "provider": record.id,
                "name": record.name,
                "source": source.value.lower(),
                "dry_run": True,
                "session_open": living,
                "synchronisation": documents.synchronisation_document(self._last(record, source)),
            },
            documents.plan_lines(record, source, living=living),
        )

    def _contents(self, record: Provider, source: Source) -> Contents:
        from . import store

        with self._context.storage.begin() as connection:
            return store.contents(connection, self._folder(record, source))

    def _last(self, record: Provider, source: Source) -> Synchronisation:
        from . import store

        with self._context.storage.begin() as connection:
            return store.last(connection, self._folder(record, source))

    def _folder(self, record: Provider, source: Source) -> Folder:
        return Folder(
            provider_id=record.id, environment=self._context.environment.name, source=source
        )
