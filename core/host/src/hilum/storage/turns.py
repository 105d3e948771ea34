"""Taking turns: what only one transaction at a time may do, among all computers of a practice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection


def take_turn(connection: Connection, what: str) -> None:
    """Wait until no other transaction has the turn to do *what*; it ends with this transaction.

    SQLite lets only one write anyway. A lock on rows would not do on a server: who waited for one
    still sees what it had found before.
    """
    from sqlalchemy import func, select

    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(what))))
