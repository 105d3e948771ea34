"""Under which key wrong passwords are counted for a user name that nobody has.

Such a name may be a password that was typed in the wrong place. Of each no more than 24 bits of a
hash are kept, with a salt of its own: enough to know it again among a thousand, too few to find it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from typing import Final

BEGINNING: Final = "?"
"""How every key begins, and no id of a user."""

MOST: Final = 1000
"""How many are kept: to have one forgotten takes longer than the waits after a few tries."""

_SALT: Final = 10
_HASH: Final = 6
"""Hexadecimal digits of each."""


def key_of(name: str, kept: Iterable[str]) -> str:
    """Return the key of *name* among those that are *kept*, else a new one."""
    mine = (key for key in kept if _key(name, key[len(BEGINNING) :][:_SALT]) == key)
    return next(mine, None) or _key(name, secrets.token_hex(_SALT // 2))


def _key(name: str, salt: str) -> str:
    salted = f"{salt}{name}".encode("utf-8", "surrogatepass")
    return f"{BEGINNING}{salt}{hashlib.sha256(salted).hexdigest()[:_HASH]}"
