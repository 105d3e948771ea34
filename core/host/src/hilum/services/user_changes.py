"""What is to be changed of users, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, TypeAlias

from hilum_hookspecs import User

from .ehealth_conditions import Condition

Values: TypeAlias = Mapping[str, Any]
"""Values by name of the field of a user. ``ehealth_login`` is there when it is asked for, or asked
not to be; ``providers`` and ``mailboxes`` hold ids, NISS or INAMI numbers."""

RIGHTS: Final = ("administrator", "providers", "mailboxes")
OPTIONS: Final = ("ehealth_login", "visible", "password_months")
"""The fields that are copied together."""

DEFAULTS: Final = {each.name: each.default for each in fields(User) if each.name in OPTIONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What is to be changed of a user; providers by id, NISS or INAMI number."""

    values: Values = field(default_factory=dict)
    link: Sequence[str] = field(default=(), repr=False)
    unlink: Sequence[str] = field(default=(), repr=False)
    mailboxes: Sequence[str] = field(default=(), repr=False)
    """Linked providers whose mailbox the user may read from now on."""

    no_mailboxes: Sequence[str] = field(default=(), repr=False)
    """Those whose mailbox it may read no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A user that was saved, or would be."""

    user: User
    changed: tuple[str, ...] = ()
    """Names of the fields that differ from before."""

    conditions: tuple[Condition, ...] = ()
    """Those of a log-in via eHealth, as they are now."""

    first: bool = False
    """It is the first user, and was made an administrator for that."""

    unticked: bool = False
    """The change took the log-in via eHealth away: its conditions no longer hold."""


def as_first(saved: Saved) -> Saved:
    """Make the very first user an administrator."""
    return replace(saved, user=replace(saved.user, administrator=True), first=True)


def differences(old: User, new: User) -> tuple[str, ...]:
    """Name the fields in which two states of a user differ."""
    names = (each.name for each in fields(User))
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))


def audited(user: User) -> dict[str, Any]:
    """Return what the audit keeps of a user: what it may do."""
    return {
        "user": user.id,
        "user_name": user.user_name,
        "administrator": user.administrator,
        "providers": list(user.providers),
        "ehealth_login": user.ehealth_login,
    }
