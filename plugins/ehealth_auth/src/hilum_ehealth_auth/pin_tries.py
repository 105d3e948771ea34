"""Our own count of wrong PINs per card: the middleware does not tell how many tries are left."""

from __future__ import annotations

from pathlib import Path
from typing import Final

TRIES: Final = 3
"""Wrong PINs in a row that block a Belgian identity card."""


class PinTries:
    """Remembers, per card serial number, how many PINs in a row were sent and not found right.

    Another program may have used tries that we do not know of, so the count is a warning and not
    a promise. The serial number itself is not stored, only its hash.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def left(self, serial: str) -> int:
        """Return how many tries are left as far as we know."""
        return max(0, TRIES - self._counts().get(_key(serial), 0))

    def begin(self, serial: str) -> int:
        """Count a PIN that is about to be sent; return the tries left if it is wrong."""
        counts = self._counts()
        counts[_key(serial)] = min(TRIES, counts.get(_key(serial), 0) + 1)
        self._write(counts)
        return TRIES - counts[_key(serial)]

    def give_back(self, serial: str) -> None:
        """Take back the last count: the card surely did not use a try."""
        counts = self._counts()
        if counts.get(_key(serial), 0) > 0:
            counts[_key(serial)] -= 1
            self._write(counts)

    def right(self, serial: str) -> None:
        """Forget the count: a right PIN resets the card's own counter."""
        counts = self._counts()
        if counts.pop(_key(serial), None) is not None:
            self._write(counts)

    def _counts(self) -> dict[str, int]:
        import json

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
        import json

        from hilum_ehealth.files import write_atomically

        write_atomically(self._file, json.dumps(counts).encode("ascii"))


def _key(serial: str) -> str:
    from hashlib import sha256

    # One module writes the hexadecimal digits in capitals, another does not.
    return sha256(serial.upper().encode()).hexdigest()[:32]
