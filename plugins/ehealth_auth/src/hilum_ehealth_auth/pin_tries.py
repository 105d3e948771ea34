"""Our own count of wrong PINs per card: the middleware does not tell how many tries are left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

TRIES: Final = 3
"""Wrong PINs in a row that block a Belgian identity card."""

_ALL_OTHERS: Final = "all-others"
"""The key in the file for the cards that are not in it; without it they have used nothing."""


class PinTries:
    """Remembers, per card serial number, how many PINs in a row were sent and not found right.

    Another program may have used tries that we do not know of, so the count is a warning and not
    a promise. The serial number itself is not stored, only its hash. One process at a time changes
    the file. What a damaged one said is unknown (``None``) until the card takes a PIN.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def left(self, serial: str) -> int | None:
        """Return how many tries are left as far as we know; ``None`` when we do not."""
        return _left(self._counts(), serial)

    def begin(self, serial: str, shown: int | None) -> bool:
        """Count a PIN that is about to be sent, its user knowing of *shown* tries; tell if we did.

        It is not counted when the user must be asked first: few tries are left, and not as many
        as were shown.
        """
        with self._changing() as counts:
            left = _left(counts, serial)
            if left != shown and asks_first(left):
                return False
            _note(counts, serial, plus=1)
            return True

    def give_back(self, serial: str) -> None:
        """Take back the last count: the card surely did not use a try."""
        with self._changing() as counts:
            _note(counts, serial, plus=-1)

    def right(self, serial: str) -> None:
        """Forget the count: a right PIN resets the card's own counter."""
        with self._changing() as counts:
            _set(counts, serial, 0)

    @contextmanager
    def _changing(self) -> Iterator[dict[str, int | None]]:
        """Give the counts to be changed, nobody else changing them; write those that changed."""
        import json

        from hilum_ehealth.files import exclusive, write_atomically

        with exclusive(self._file.with_name(f".{self._file.name}.lock")):
            counts = self._counts()
            before = dict(counts)
            yield counts
            if counts != before:
                write_atomically(self._file, json.dumps(counts).encode("ascii"))

    def _counts(self) -> dict[str, int | None]:
        import json

        try:
            counts = json.loads(self._file.read_text(encoding="ascii"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError):
            return {_ALL_OTHERS: None}
        return counts if _are_counts(counts) else {_ALL_OTHERS: None}


def asks_first(left: int | None) -> bool:
    """Tell whether a wrong PIN may block the card, with so many tries left."""
    return left is None or left <= 1


def _are_counts(counts: object) -> bool:
    return isinstance(counts, dict) and all(
        used is None or (type(used) is int and used >= 0) for used in counts.values()
    )


def _left(counts: dict[str, int | None], serial: str) -> int | None:
    used = _used(counts, serial)
    return None if used is None else max(0, TRIES - used)


def _used(counts: dict[str, int | None], serial: str) -> int | None:
    return counts.get(_key(serial), counts.get(_ALL_OTHERS, 0))


def _note(counts: dict[str, int | None], serial: str, *, plus: int) -> None:
    """Count so many tries more, unless it is unknown how many there were."""
    used = _used(counts, serial)
    if used is not None:
        _set(counts, serial, max(0, used + plus))


def _set(counts: dict[str, int | None], serial: str, used: int) -> None:
    """Keep the count of a card, unless it is that of the cards that are not in the file."""
    counts.pop(_key(serial), None)
    if _used(counts, serial) != used:
        counts[_key(serial)] = used


def _key(serial: str) -> str:
    from hashlib import sha256

    # One module writes the hexadecimal digits in capitals, another does not.
    return sha256(serial.upper().encode()).hexdigest()[:32]
