"""Measure everything and print one table: ``python -m benchmarks [PART ...]``."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import identifiers, importing, opening, practice, startup, verification
from .rows import Row, table

PARTS: dict[str, Callable[[Path], list[Row]]] = {
    "startup": startup.rows,
    "opening": opening.rows,
    "verification": verification.rows,
    "practice": practice.rows,
    "identifiers": identifiers.rows,
    "importing": importing.rows,
}

DISTURBED = ": other programs disturb what is measured, starts most of all"


def main() -> int:
    """Measure the parts that were asked for, or all; a budget that is not met is no failure."""
    wanted = sys.argv[1:] or list(PARTS)
    rows: list[Row] = []
    for part in wanted:
        print(f"Measuring {part} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="hilum-bench-") as folder:
            rows += PARTS[part](Path(folder))
    busy, processors = os.getloadavg()[0], os.cpu_count() or 1
    print(f"\nPython {platform.python_version()} on {platform.system()} {platform.machine()}")
    print(f"load {busy:.1f} on {processors} processors{DISTURBED * (busy > processors)}\n")
    print("\n".join(table(rows)))
    judged = [row.is_met for row in rows if row.is_met is not None]
    print(f"\n{sum(judged)} of {len(judged)} budgets are met; +- is half between the quartiles.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
