"""Write docs/reference/attacks.md: each attack and fault that is tried, and the tests that try it.

A test says what it tries by ``@pytest.mark.attack("A1")``. All tests are collected and none is run,
so those of lanes that this computer cannot run count too. With ``--check`` nothing is written: it
fails when the page is not what would be written, or a required row has no test.
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Final

import pytest
from attack_rows import REQUIRED, ROWS

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "reference" / "attacks.md"

INTRODUCTION: Final = """\
# Attacks and faults

What is done to Hilum on purpose, what must come of it, and the tests that hold it to that. Each run
with other values counts as a test of its own. This page is written by `tools/attacks.py` from the
marks on the tests.
"""


class Collected:
    """Counts the marked tests by row and file while pytest collects."""

    def __init__(self) -> None:
        self.by_row: dict[str, Counter[str]] = {row: Counter() for row in ROWS}
        self.unknown: set[str] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Take every mark of every test."""
        for item in session.items:
            file = item.path.relative_to(ROOT).as_posix()
            for row in {str(mark.args[0]) for mark in item.iter_markers("attack")}:
                if row in self.by_row:
                    self.by_row[row][file] += 1
                else:
                    self.unknown.add(f"{row} in {file}")


def main() -> int:
    """Write the page, or check it; return the exit code."""
    collected = Collected()
    said = StringIO()
    with redirect_stdout(said):
        code = pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider"], plugins=[collected])
    if code != pytest.ExitCode.OK:
        print(said.getvalue(), file=sys.stderr)
        return 1
    problems = [f"{row} is no row of tools/attack_rows.py." for row in sorted(collected.unknown)]
    problems += [f"No test tries {row}." for row in REQUIRED if not collected.by_row[row]]
    page = written(collected.by_row)
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
        problems.append("docs/reference/attacks.md is stale: run make reference.")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def written(by_row: dict[str, Counter[str]]) -> str:
    """Return the page; a row that nothing tries is left out."""
    lines = [
        INTRODUCTION,
        "| row | what is done | what must come of it | tests | where |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row, files in by_row.items():
        if files:
            done, outcome = ROWS[row]
            places = "<br>".join(f"`{file}` ({count})" for file, count in sorted(files.items()))
            lines.append(f"| {row} | {done} | {outcome} | {files.total()} | {places} |")
    tests = sum(files.total() for files in by_row.values())
    rows = sum(1 for files in by_row.values() if files)
    lines += ["", f"{tests} tests in {rows} rows; a test that tries two things counts in both."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
