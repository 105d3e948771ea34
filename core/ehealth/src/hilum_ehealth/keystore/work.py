"""A limit to the work that a keystore can ask for (the file itself names its iterations)."""

from __future__ import annotations

from typing import Final

from hilum_ehealth.errors import EhealthError

MAX_ITERATIONS: Final = 2_000_000
"""More than any program writes; takes less than a second."""

MAX_TOTAL: Final = 10 * MAX_ITERATIONS
"""For a whole file, so that many keys cannot ask for what one may not."""


class Work:
    """Counts what is about to be derived, before it is derived."""

    def __init__(self) -> None:
        self._total = 0

    def add(self, algorithm: str, iterations: int | None) -> None:
        """Accept one derivation.

        Raises :class:`EhealthError` ``keystore.unsupported-algorithm`` when there is no count, as
        only unknown algorithms have none, and ``keystore.iterations`` when it is too high.
        """
        if iterations is None:
            raise EhealthError("keystore.unsupported-algorithm", algorithm=algorithm)
        self._total += iterations
        if iterations > MAX_ITERATIONS:
            raise EhealthError("keystore.iterations", count=iterations, cap=MAX_ITERATIONS)
        if self._total > MAX_TOTAL:
            raise EhealthError("keystore.iterations", count=self._total, cap=MAX_TOTAL)
