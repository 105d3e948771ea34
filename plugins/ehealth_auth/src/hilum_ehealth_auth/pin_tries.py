"""Our own count of wrong PINs per card: the middleware does not tell how many tries are left."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final

TRIES: Final = 3
"""Wrong PINs in a row that block a Belgian identity card."""


class PinTries:
    """Remembers, per card serial number, how many wrong PINs were sent in a row.

    Another program may have used tries that we do not know of, so the count is a warning and not
    a promise. The serial number itself is not stored, only its hash.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def left(self, serial: str) -> int:
        """Return how many tries are left as far as we know."""
        return max(0, TRIES - self._counts().get(_key(serial), 0))

    def wrong(self, serial: str) -> int:
        """Count one more wrong PIN and return how many tries are left."""
        counts = self._counts()
        counts[_key(serial)] = min(TRIES, counts.get(_key(serial), 0) + 1)
        self._write(counts)
        return TRIES - counts[_key(serial)]

    def right(self, serial: str) -> None:
        """Forget the count: a right PIN resets the card's own counter."""
        counts = self._counts()
        if counts.pop(_key(serial), None) is not None:
            self._write(counts)

    def _counts(self) -> dict[str, int]:
        try:
            counts = json.loads(self._file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return {}
        return (
            {k: v for k, v in counts.items() if isinstance(v, int)}
            if isinstance(counts, dict)
            else {}
        )

    def _write(self, counts: dict[str, int]) -> None:
        from hilum_ehealth.files import write_atomically

        write_atomically(self._file, json.dumps(counts).encode("ascii"))


def _key(serial: str) -> str:
    return hashlib.sha256(serial.encode()).hexdigest()[:32]
