"""Password hashes: argon2id, its parameters in one place."""

from __future__ import annotations

import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import StorageError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MEMORY_KIB: Final = 64 * 1024
ROUNDS: Final = 3
LANES: Final = 1
"""Costs: above OWASP's minimum of 19 MiB and two rounds, a sixth of a second on a small desk."""

_NO_MEMORY: Final = "Memory allocation error"
"""What argon2 says when there is too little; it has no class of error for it."""


class Hashing:
    """Makes and checks hashes (RFC 9106); each call of either is one full piece of work."""

    def __init__(
        self, *, memory_kib: int = MEMORY_KIB, rounds: int = ROUNDS, lanes: int = LANES
    ) -> None:
        self._memory_kib = memory_kib
        self._rounds = rounds
        self._lanes = lanes

    def make(self, password: str) -> str:
        """Return the hash of *password*, with salt and parameters in it.

        Raises ``storage.no-memory``.
        """
        from argon2.exceptions import HashingError

        try:
            return self._hasher.hash(_bytes(password))
        except HashingError as error:
            raise StorageError("storage.no-memory") from error

    def fits(self, hash_: str | None, password: str) -> bool:
        """Tell whether *password* is the one of *hash_*; ``None`` costs the same and never fits.

        Nor does one that is damaged. Raises ``storage.no-memory`` when the work cannot be done.
        """
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return self._hasher.verify(hash_ or self._nobody, _bytes(password)) and bool(hash_)
        except (InvalidHashError, UnicodeEncodeError):
            return False
        except VerificationError as error:
            if str(error) == _NO_MEMORY:
                raise StorageError("storage.no-memory") from error
            return False

    def is_outdated(self, hash_: str) -> bool:
        """Tell whether *hash_* was made with less work than is asked for now.

        One with more is left: desks of two versions would make it anew by turns.
        """
        from argon2 import Type, extract_parameters

        made = extract_parameters(hash_)
        cheaper = made.memory_cost < self._memory_kib or made.time_cost < self._rounds
        return cheaper or made.type is not Type.ID

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher, Type

        return PasswordHasher(
            memory_cost=self._memory_kib,
            time_cost=self._rounds,
            parallelism=self._lanes,
            hash_len=32,
            salt_len=16,
            type=Type.ID,
        )

    @cached_property
    def _nobody(self) -> str:
        """Return a hash that no password is known for, with the parameters of now."""
        parameters = f"m={self._memory_kib},t={self._rounds},p={self._lanes}"
        return f"$argon2id$v=19${parameters}${'A' * 22}${'A' * 43}"


def _bytes(password: str) -> bytes:
    """Return *password* so that no keyboard's way of making an accent matters."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
