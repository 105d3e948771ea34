"""The append-only record of who did what, each entry chained to the one before it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import HilumError

from hilum.storage.turns import take_turn

from .audit_chain import Chain, Entry, digest, examine, is_there
from .audit_files import AuditFiles, Head

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Clock
    from sqlalchemy import Connection, Row, Select, Table

    from hilum.storage.database import Database, UncheckedStorage

GENESIS = "0" * 64
"""What the first entry of a writer is chained to."""

REFUSED = ".refused"
"""How the action of an entry ends that is made when the use case made none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which entries are wanted; ``None`` wants all."""

    action: str | None = None
    provider_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None
    """The newest so many."""


class AuditLog:
    """The port ``Audit`` in the common database.

    Every installation is a writer of its own, with a chain of its own. Its name and the hash of
    its newest entry also stand in *folder* (see :func:`~hilum.services.audit_files.audit_folder`),
    so that entries taken from the end are missed. *actor* is who is at the computer, by default
    its user's account.
    """

    def __init__(
        self,
        database: Database | UncheckedStorage,
        *,
        clock: Clock,
        environment: str,
        folder: Path,
        actor: str | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._environment = environment
        self._files = AuditFiles(folder, GENESIS)
        self._actor = actor
        self._refused: set[object] = set()

    def record(self, action: str, *, provider_id: str | None = None, **data: object) -> None:
        """Append an entry; *data* is JSON-able, never a secret. Raises ``storage.*``."""
        written = _canonical(data)
        with self._database.begin() as connection:
            entry = self._next(connection, action, provider_id, written)
            connection.execute(self._table.insert().values(**entry.columns()))
            head = Head(writer=entry.writer, sequence=entry.sequence, hash=entry.hash)
            self._database.after_commit(lambda: self._note(head))
        if "code" in data:  # an entry about an error, whatever its use case calls it
            self._refused.add(data["code"])

    def _note(self, head: Head) -> None:
        """Note the newest entry; it is written, so that nobody may hear now that it was not.

        A note that is left behind misses only what is taken from the end before the next one.
        """
        try:
            self._files.note_head(head)
        except (HilumError, EhealthError) as error:
            import logging

            logging.getLogger(__name__).warning("the head was not noted: %s", error.code)

    def has_refusal(self, code: str) -> bool:
        """Tell whether this object wrote down an error with *code*."""
        return code in self._refused

    def count(self, action: str, *, provider_id: str, since: datetime, **data: object) -> int:
        """Count entries of *action* in this environment since an instant whose data hold *data*."""
        query = Query(action=action, provider_id=provider_id, since=since)
        return sum(
            entry.environment == self._environment
            and all(key in entry.data and entry.data[key] == data[key] for key in data)
            for entry in self.entries(query)
        )

    def entries(self, query: Query) -> Sequence[Entry]:
        """Return the entries that *query* wants, oldest first."""
        with self._database.begin() as connection:
            rows = connection.execute(self._selected(query)).all()
        return [_entry(row) for row in reversed(rows)]

    def verify(self) -> Sequence[Chain]:
        """Examine every chain: its head, its length, and each entry that is not as written."""
        with self._database.begin() as connection:
            return self._examined(connection)

    def snapshot(self, query: Query) -> tuple[Sequence[Entry], Sequence[Chain]]:
        """Return the entries that *query* wants and every chain, both of one moment."""
        with self._database.begin() as connection:
            return self.entries(query), self._examined(connection)

    def hand_over(self, copy: AuditLog) -> None:
        """Let *copy*, in a copy of the database, go on where this one stands; so does this one."""
        copy._files.adopt(self._files.writer(), self._files.head())

    def _examined(self, connection: Connection) -> Sequence[Chain]:
        table, own = self._table, self._files.known_writer()
        if own is not None:  # without the turn the head could be newer than what is read
            take_turn(connection, own)
        rows = connection.execute(
            table.select().order_by(table.c.writer, table.c.sequence, table.c.id)
        )
        entries = [_entry(row) for row in rows]
        return examine(entries, GENESIS, own, self._files.head())

    def _next(
        self, connection: Connection, action: str, provider_id: str | None, data: str
    ) -> Entry:
        writer = self._files.writer()
        take_turn(connection, writer)
        sequence, previous = self._place(connection, writer)
        unsealed = Entry(
            writer=writer,
            sequence=sequence,
            at=_written(self._clock.now()),
            environment=self._environment,
            actor=self._actor or _account(),
            action=action,
            provider_id=provider_id,
            written=data,
            previous=previous,
            hash="",
        )
        return unsealed.sealed(digest(unsealed))

    def _place(self, connection: Connection, writer: str) -> tuple[int, str]:
        """Return the next entry's sequence and what it is chained to.

        What was taken from the end, or the note of it, is missed for good: the entry is then
        chained to what is gone, or leaves a number out, and no later entry hides that.
        """
        last, hash_ = self._last(connection, writer)
        noted = self._files.head()
        if noted is None or noted.writer != writer:
            return last + 2, hash_
        if is_there(noted, GENESIS, self._hash(connection, writer, noted.sequence)):
            return last + 1, hash_
        return max(last, noted.sequence) + 1, noted.hash

    def _hash(self, connection: Connection, writer: str, sequence: int) -> str | None:
        from sqlalchemy import select

        column = self._table.c
        at = (column.writer == writer) & (column.sequence == sequence)
        return connection.execute(select(column.hash).where(at)).scalar()

    def _last(self, connection: Connection, writer: str) -> tuple[int, str]:
        from sqlalchemy import select

        table = self._table
        row = connection.execute(
            select(table.c.sequence, table.c.hash)
            .where(table.c.writer == writer)
            .order_by(table.c.sequence.desc())
            .limit(1)
        ).first()
        return (row.sequence, row.hash) if row is not None else (0, GENESIS)

    def _selected(self, query: Query) -> Select[tuple[object, ...]]:
        from sqlalchemy import select

        column = self._table.c
        conditions = []
        if query.action is not None:
            conditions.append(column.action == query.action)
        if query.provider_id is not None:
            conditions.append(column.provider_id == query.provider_id)
        if query.since is not None:
            conditions.append(column.at >= _written(query.since))
        if query.until is not None:
            conditions.append(column.at < _written(query.until))
        newest_first = select(self._table).where(*conditions)
        return newest_first.order_by(column.at.desc(), column.id.desc()).limit(query.limit)

    @cached_property
    def _table(self) -> Table:
        from hilum.storage.tables import AUDIT, host_tables

        return host_tables().tables[AUDIT]


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    values = dict(row._mapping)
    del values["id"]
    return Entry(written=values.pop("data"), **values)


def _canonical(data: dict[str, object]) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _account() -> str:
    """Name the account that runs this process; the environment does not get to say."""
    if os.name != "posix":
        return os.environ.get("USERNAME", "")
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
