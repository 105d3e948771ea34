"""Users in the database. Import this where the database is used: it loads SQLAlchemy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from hilum_hookspecs import RecordError, User
from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from hilum.storage.tables import USER, USER_PROVIDER, host_tables

from .user_rules import user_key

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

_TABLES: Final = host_tables().tables
_user: Final = _TABLES[USER]
_link: Final = _TABLES[USER_PROVIDER]
_OWN: Final = (
    "name",
    "user_name",
    "valid_from",
    "valid_until",
    "administrator",
    "ehealth_login",
    "visible",
    "password_months",
)


def everybody(connection: Connection) -> tuple[User, ...]:
    """Read every user, by name."""
    return _load(connection, None)


def matching(connection: Connection, text: str) -> User | None:
    """Read the user whose user name or id is *text*; a user name goes before an id."""
    found = _load(connection, or_(_user.c.user_key == user_key(text), _user.c.id == text))
    return max(found, key=lambda user: user_key(user.user_name) == user_key(text), default=None)


def is_taken(connection: Connection, user: User) -> bool:
    """Tell whether another user answers to the user name of *user*: by its own, or by its id."""
    key = user_key(user.user_name)
    answers = or_(_user.c.user_key == key, _user.c.id == key)
    others = select(_user.c.id).where(answers, _user.c.id != user.id)
    return connection.execute(others).first() is not None


def is_empty(connection: Connection) -> bool:
    """Tell whether there is no user at all."""
    return connection.execute(select(func.count()).select_from(_user)).scalar() == 0


def add(connection: Connection, user: User) -> None:
    """Insert a new user; raises ``user.user-name-taken``."""
    with _unique(user):
        connection.execute(insert(_user).values(id=user.id, **_row(user)))
    _add_links(connection, user)


def replace(connection: Connection, user: User) -> None:
    """Write a user over the one with the same id; raises ``user.user-name-taken``."""
    with _unique(user):
        connection.execute(update(_user).where(_user.c.id == user.id).values(**_row(user)))
    connection.execute(delete(_link).where(_link.c.user_id == user.id))
    _add_links(connection, user)


def remove(connection: Connection, user_id: str) -> None:
    """Delete a user."""
    connection.execute(delete(_link).where(_link.c.user_id == user_id))
    connection.execute(delete(_user).where(_user.c.id == user_id))


def _load(connection: Connection, condition: ColumnElement[bool] | None) -> tuple[User, ...]:
    chosen = select(_user) if condition is None else select(_user).where(condition)
    rows = connection.execute(chosen).all()
    links = _links(connection, [row.id for row in rows] if condition is not None else None)
    users = [
        User(
            id=row.id,
            providers=tuple(link.provider_id for link in links[row.id]),
            mailboxes=tuple(link.provider_id for link in links[row.id] if link.mailbox),
            **{name: getattr(row, name) for name in _OWN},
        )
        for row in rows
    ]
    return tuple(sorted(users, key=lambda user: (user.name.casefold(), user.user_name.casefold())))


def _links(connection: Connection, wanted: Sequence[str] | None) -> defaultdict[str, list[Any]]:
    chosen = select(_link).order_by(_link.c.position)
    if wanted is not None:
        chosen = chosen.where(_link.c.user_id.in_(wanted))
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(chosen):
        found[row.user_id].append(row)
    return found


def _add_links(connection: Connection, user: User) -> None:
    rows = [
        {
            "user_id": user.id,
            "provider_id": provider_id,
            "position": position,
            "mailbox": provider_id in user.mailboxes,
        }
        for position, provider_id in enumerate(user.providers)
    ]
    if rows:
        connection.execute(insert(_link), rows)


def _row(user: User) -> dict[str, object]:
    return {"user_key": user_key(user.user_name), **{n: getattr(user, n) for n in _OWN}}


@contextmanager
def _unique(user: User) -> Iterator[None]:
    """Two desks may take a user name at once: the database has the last word."""
    try:
        yield
    except IntegrityError:
        raise RecordError("user.user-name-taken", user_name=user.user_name) from None
