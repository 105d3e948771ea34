"""``hilum audit``: who did what, and whether the record is whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from hilum_hookspecs import Message, RecordError, StorageError
from hilum_hookspecs.words import show

from hilum.catalogue.values import readable
from hilum.words import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from hilum.services.audit import Query
    from hilum.services.audit_chain import Chain, Entry

    from .app import App

C = TypeVar("C", bound="click.Command | Callable[..., None]")

DATES: Final = ("%d/%m/%Y", "%Y-%m-%d", "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M")

NEWEST: Final = 100
"""How many entries a person is shown who does not say."""

FLAWS: Final[dict[str, Message]] = {
    "changed": _.message("was changed"),
    "missing": _.message("entries before it are gone"),
    "unlinked": _.message("does not follow the one before it"),
    "head-missing": _.message("was the newest one written here, and is gone"),
    "head-unknown": _.message("is the last one left; the note of the newest one is gone"),
}
"""What can be wrong with an entry."""


def build(app: App) -> click.Group:
    """Make the group in the language of now."""
    group = click.Group("audit", help=_("Who did what."))
    group.add_command(_list(app))
    group.add_command(_verify(app))
    group.add_command(_export(app))
    return group


class _Day(click.DateTime):
    """A day, or a day and a time, as people write it."""

    def __init__(self) -> None:
        super().__init__(DATES)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Say how a day is written, by an example."""
        return "01/04/2022"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read *value*; what is no day is refused with an example."""
        try:
            read: datetime = super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(_("{value} is no day; write it like 01/04/2022.", value=value), param, ctx)
        return read


def _filters(command: C) -> C:
    """Add the options that say which entries are wanted."""
    for option in reversed(
        (
            click.option(
                "--provider", metavar="P", help=_("Of the provider: id, NISS or INAMI number.")
            ),
            click.option(
                "--action", metavar=_("ACTION"), help=_("Of one kind, e.g. session.opened.")
            ),
            click.option("--since", type=_Day(), help=_("From this day on (01/04/2022).")),
            click.option("--until", type=_Day(), help=_("Before this day (01/04/2022).")),
        )
    ):
        command = option(command)
    return command


def _query(app: App, *, limit: int | None = None, **filters: Any) -> Query:
    from hilum.services.audit import Query

    provider, since, until = filters["provider"], filters["since"], filters["until"]
    return Query(
        provider_id=provider and _provider_id(app, provider),
        action=filters["action"],
        since=since and _in_belgium(since),
        until=until and _in_belgium(until),
        limit=limit,
    )


def _list(app: App) -> click.Command:
    @click.command("list", help=_("List the entries, the newest last."))
    @_filters
    @click.option(
        "--limit",
        type=click.IntRange(min=1),
        help=_("At most so many, the newest. Without it: {n}, with --json all.", n=NEWEST),
    )
    def list_(limit: int | None, **filters: Any) -> None:
        most = limit or (None if app.options.as_json else NEWEST)
        found = app.audit.entries(_query(app, limit=most and most + 1, **filters))
        truncated = most is not None and len(found) > most
        entries = found[1:] if truncated else found
        document = {
            "environment": app.environment.name,
            "entries": [_entry_document(entry) for entry in entries],
            "truncated": truncated,
        }
        app.output.show(document, [_line(entry) for entry in entries] or [_("No entries.")])
        if most is not None and truncated:
            app.output.note(
                _.plural(
                    "There are older ones: only the newest one is shown. See --limit.",
                    "There are older ones: only the newest {n} are shown. See --limit.",
                    most,
                )
            )

    return list_


def _verify(app: App) -> click.Command:
    @click.command("verify", help=_("Check that no entry was changed, removed or exchanged."))
    def verify() -> None:
        chains = app.audit.verify()
        documents = [chain_document(chain) for chain in chains]
        if any(chain.problems for chain in chains):
            for line in chain_lines(chains):
                app.output.note(line)
            raise StorageError("storage.audit-changed", chains=documents)
        document = {"environment": app.environment.name, "chains": documents}
        verdict = _("Whole: nothing was changed or removed.") if chains else _("No entries.")
        app.output.show(document, [verdict, *chain_lines(chains)])

    return verify


def _export(app: App) -> click.Command:
    @click.command(
        "export", help=_("Write the entries, and each chain's head, to the new file FILE (0600).")
    )
    @click.argument("file", metavar=_("FILE"), type=click.Path(path_type=Path))
    @click.option(
        "--format",
        "form",
        type=click.Choice(("csv", "jsonl")),
        help=_("CSV for a spreadsheet or JSON lines; without it the name of FILE decides."),
    )
    @_filters
    def export_(file: Path, form: str | None, **filters: Any) -> None:
        from hilum.services.audit_export import export

        chosen = form or ("jsonl" if file.suffix in (".jsonl", ".json") else "csv")
        exported = export(app.audit, _query(app, **filters), file, chosen, app.clock.now())
        document = {
            "environment": app.environment.name,
            "file": file,
            "format": chosen,
            "entries": exported.entries,
            "chains": [chain_document(chain) for chain in exported.chains],
        }
        done = _.plural(
            "{n} entry written to {file}",
            "{n} entries written to {file}",
            exported.entries,
            file=file,
        )
        app.output.show(document, [done, *chain_lines(exported.chains)])
        if not exported.whole:
            app.output.note(_("The record is not whole: hilum audit verify says where."))

    return export_


def _provider_id(app: App, text: str) -> str:
    """Return the id of a provider; one whose record is gone is still found by the id itself."""
    try:
        return app.providers.find(text).id
    except RecordError as error:
        if error.code == "record.ambiguous":
            raise
        if error.code == "record.not-found":
            app.output.note(
                _("No record has that id, NISS or INAMI number: only the id itself is looked for.")
            )
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


def chain_document(chain: Chain) -> Mapping[str, object]:
    """Return what was found of one chain."""
    return {
        "writer": chain.writer,
        "entries": chain.entries,
        "head": chain.head,
        "last_at": datetime.fromisoformat(chain.last_at) if chain.last_at else None,
        "problems": [
            {"sequence": problem.sequence, "flaw": problem.flaw.value} for problem in chain.problems
        ],
    }


def chain_lines(chains: Sequence[Chain]) -> list[str]:
    """Say each chain's head and what is wrong with it."""
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
            + _(
                "entry {number}: {flaw}",
                number=problem.sequence,
                flaw=show(FLAWS[problem.flaw.value]),
            )
            for problem in chain.problems
        ]
    return lines
