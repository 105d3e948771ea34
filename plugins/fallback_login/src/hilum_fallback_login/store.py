"""Hashes and wrong passwords in the database. Import this where it is used: it loads SQLAlchemy."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, insert, select, update

from .tables import password, wrong
from .unknown_names import BEGINNING, MOST, key_of

if TYPE_CHECKING:
    from sqlalchemy import Connection


_IS_UNKNOWN: Final = wrong.c.user_id.startswith(BEGINNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The password of a user, as it is kept."""

    hash: str = field(repr=False)
    changed_at: datetime
    must_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """How often in a row the password was wrong, and until when every one is refused."""

    tries: int
    blocked_until: datetime


def alone(connection: Connection) -> None:
    """Let one transaction at a time count and change; SQLite lets only one write anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(wrong.name))))


def kept(connection: Connection, user_id: str) -> Kept | None:
    """Read the password of a user."""
    row = connection.execute(select(password).where(password.c.user_id == user_id)).first()
    if row is None:
        return None
    changed_at = datetime.fromisoformat(row.changed_at)
    return Kept(hash=row.hash, changed_at=changed_at, must_change=row.must_change)


def keep(connection: Connection, user_id: str, new: Kept) -> None:
    """Write the password of a user over the one before."""
    connection.execute(delete(password).where(password.c.user_id == user_id))
    connection.execute(
        insert(password).values(
            user_id=user_id,
            hash=new.hash,
            changed_at=new.changed_at.astimezone(UTC).isoformat(),
            must_change=new.must_change,
        )
    )


def rehash(connection: Connection, user_id: str, *, old: str, new: str) -> None:
    """Exchange a hash for one of the same password, unless the password was changed meanwhile."""
    of_the_user = (password.c.user_id == user_id) & (password.c.hash == old)
    connection.execute(update(password).where(of_the_user).values(hash=new))


def wrong_ones(connection: Connection, user_id: str) -> Wrong | None:
    """Read how often the password of a user was wrong since it was right."""
    row = connection.execute(select(wrong).where(wrong.c.user_id == user_id)).first()
    if row is None:
        return None
    return Wrong(tries=row.tries, blocked_until=datetime.fromisoformat(row.blocked_until))


def note_wrong(connection: Connection, user_id: str, new: Wrong) -> None:
    """Write down that a password was wrong."""
    forget_wrong(connection, user_id)
    connection.execute(
        insert(wrong).values(
            user_id=user_id,
            tries=new.tries,
            blocked_until=new.blocked_until.astimezone(UTC).isoformat(),
        )
    )


def key_of_unknown(connection: Connection, name: str) -> str:
    """Return the id under which wrong passwords for a *name* that nobody has are counted."""
    unknown = select(wrong.c.user_id).where(_IS_UNKNOWN)
    return key_of(name, connection.execute(unknown).scalars().all())


def forget_oldest_unknown(connection: Connection) -> None:
    """Delete the counts of names that nobody has that are more than are kept."""
    newest_first = select(wrong.c.user_id).where(_IS_UNKNOWN).order_by(wrong.c.blocked_until.desc())
    too_many = newest_first.offset(MOST)
    connection.execute(delete(wrong).where(wrong.c.user_id.in_(too_many)))


def forget_wrong(connection: Connection, user_id: str) -> None:
    """Begin to count anew."""
    connection.execute(delete(wrong).where(wrong.c.user_id == user_id))


def forget(connection: Connection, user_id: str) -> None:
    """Delete all that is kept of a user."""
    forget_wrong(connection, user_id)
    connection.execute(delete(password).where(password.c.user_id == user_id))
