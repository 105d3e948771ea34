"""``hilum audit``: who did what, and whether the record is whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import click
from hilum_hookspecs import Message, RecordError, StorageError
from hilum_hookspecs.words import show

from hilum.catalogue.values import readable
from hilum.words import _

if TYPE_CHECKING:
    from hilum.services.audit_chain import Chain, Entry

    from .app import App

DATES: Final = ("%d/%m/%Y", "%Y-%m-%d", "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M")

FLAWS: Final[dict[str, Message]] = {
    "changed": _.message("was changed"),
    "missing": _.message("entries before it are gone"),
    "unlinked": _.message("does not follow the one before it"),
    "head-missing": _.message("was the newest one written here, and is gone"),
}
"""What can be wrong with an entry."""


def build(app: App) -> click.Group:
    """Make the group in the language of now."""
    group = click.Group("audit", help=_("Who did what."))
    group.add_command(_list(app))
    group.add_command(_verify(app))
    return group


def _list(app: App) -> click.Command:
    @click.command("list", help=_("List the entries, the newest last."))
    @click.option("--provider", metavar="P", help=_("Of the provider: id, NISS or INAMI number."))
    @click.option("--action", metavar=_("ACTION"), help=_("Of one kind, e.g. session.opened."))
    @click.option("--since", type=click.DateTime(DATES), help=_("From this day on (01/04/2022)."))
    @click.option("--until", type=click.DateTime(DATES), help=_("Before this day (01/04/2022)."))
    @click.option(
        "--limit",
        type=click.IntRange(min=1),
        default=100,
        show_default=True,
        help=_("At most so many, the newest."),
    )
    def list_(
        provider: str | None,
        action: str | None,
        since: datetime | None,
        until: datetime | None,
        limit: int,
    ) -> None:
        from hilum.services.audit import Query

        entries = app.audit.entries(
            Query(
                provider_id=provider and _provider_id(app, provider),
                action=action,
                since=since and _in_belgium(since),
                until=until and _in_belgium(until),
                limit=limit,
            )
        )
        document = {
            "environment": app.environment.name,
            "entries": [_entry_document(entry) for entry in entries],
        }
        app.output.show(document, [_line(entry) for entry in entries] or [_("No entries.")])

    return list_


def _verify(app: App) -> click.Command:
    @click.command("verify", help=_("Check that no entry was changed, removed or exchanged."))
    def verify() -> None:
        chains = app.audit.verify()
        documents = [_chain_document(chain) for chain in chains]
        if any(chain.problems for chain in chains):
            for line in _chain_lines(chains):
                app.output.note(line)
            raise StorageError("storage.audit-changed", chains=documents)
        document = {"environment": app.environment.name, "chains": documents}
        app.output.show(document, _chain_lines(chains) or [_("No entries.")])

    return verify


def _provider_id(app: App, text: str) -> str:
    """Return the id of a provider; one whose record is gone is still found by the id itself."""
    try:
        return app.providers.find(text).id
    except RecordError as error:
        if error.code == "record.ambiguous":
            raise
        return text


def _in_belgium(moment: datetime) -> datetime:
    from zoneinfo import ZoneInfo

    return moment.replace(tzinfo=ZoneInfo("Europe/Brussels"))


def _entry_document(entry: Entry) -> Mapping[str, object]:
    return {
        "at": entry.moment,
        "environment": entry.environment,
        "actor": entry.actor,
        "action": entry.action,
        "provider": entry.provider_id,
        "data": entry.data,
        "writer": entry.writer,
        "sequence": entry.sequence,
        "hash": entry.hash,
    }


def _line(entry: Entry) -> str:
    data = [f"{name}={readable(value)}" for name, value in entry.data.items() if value is not None]
    about = [entry.provider_id] if entry.provider_id else []
    where = [] if entry.environment == "production" else [entry.environment]
    parts = [readable(entry.moment), entry.action, *about, entry.actor, *where, *data]
    return "  ".join(parts)


def _chain_document(chain: Chain) -> Mapping[str, object]:
    return {
        "writer": chain.writer,
        "entries": chain.entries,
        "head": chain.head,
        "last_at": chain.last_at or None,
        "problems": [
            {"sequence": problem.sequence, "flaw": problem.flaw.value} for problem in chain.problems
        ],
    }


def _chain_lines(chains: Sequence[Chain]) -> list[str]:
    lines = []
    for chain in chains:
        lines.append(
            _.plural(
                "{writer}: {n} entry, head {head}",
                "{writer}: {n} entries, head {head}",
                chain.entries,
                writer=chain.writer,
                head=chain.head,
            )
        )
        lines += [
            "  "
            + _("entry {number}", number=problem.sequence)
            + " "
            + show(FLAWS[problem.flaw.value])
            for problem in chain.problems
        ]
    return lines
