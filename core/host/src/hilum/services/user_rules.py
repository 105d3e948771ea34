"""What must hold of users, as plain functions."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Final

from hilum_hookspecs import RecordError, User

LONGEST_EXPIRY: Final = 120
"""Months that a password may hold at most, when it does not hold for ever."""


def user_key(user_name: str) -> str:
    """Return *user_name* as it is compared: capitals and ways of writing make no difference."""
    folded = unicodedata.normalize("NFKC", user_name.strip()).casefold()
    return unicodedata.normalize("NFKC", folded)


def check_record(user: User) -> None:
    """Refuse a record that contradicts itself.

    Raises ``user.name-missing``, ``user.user-name-missing``, ``user.dates-reversed``,
    ``user.password-months`` (``longest``) and ``user.mailbox-not-linked`` (``providers``).
    """
    if not user.name:
        raise RecordError("user.name-missing")
    if not user_key(user.user_name):
        raise RecordError("user.user-name-missing")
    if user.valid_from and user.valid_until and user.valid_until < user.valid_from:
        raise RecordError(
            "user.dates-reversed",
            valid_from=user.valid_from.isoformat(),
            valid_until=user.valid_until.isoformat(),
        )
    if not 0 <= user.password_months <= LONGEST_EXPIRY:
        raise RecordError("user.password-months", longest=LONGEST_EXPIRY)
    strange = [each for each in user.mailboxes if each not in user.providers]
    if strange:
        raise RecordError("user.mailbox-not-linked", providers=strange)


def check_administrators(before: Iterable[User], after: Iterable[User], today: date) -> None:
    """Refuse a change that would leave nobody to administer, today or once every date has passed.

    While there never was such an administrator nothing is refused. Raises
    ``user.last-administrator`` (``user``: the user name of the one who must remain).
    """
    left = list(after)
    for day in (today, date.max):
        valid = [user for user in before if user.administrator and user.is_valid(day)]
        if valid and not any(user.administrator and user.is_valid(day) for user in left):
            raise RecordError("user.last-administrator", user=valid[0].user_name)
