"""Starting: what somebody waits for before the program does anything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from .measuring import Program, in_turn, program_environ
from .rows import Row, memory_row, ratio_row, unmeasured

ROUNDS = 25
BIN = Path(sys.executable).parent
HEAVY = ("sqlalchemy", "zeep", "requests", "lxml", "cryptography", "PyQt6", "asyncio")
BUDGETS = {"--help": 5.5, "session status": 6.0}
OF_YKMAN = 0.30
MOST_MIB = 20

LIST_IMPORTS = """
import json, os, sys
from hilum.cli.main import run
run(sys.argv[1:], environ=os.environ, stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr)
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def rows(folder: Path) -> list[Row]:
    """Measure ``hilum --help`` and ``hilum session status`` with the installed plugins."""
    environ = {"HILUM_DATA_DIR": str(folder / "data")}
    ours = {
        command: Program([str(BIN / "hilum"), *command.split()], environ) for command in BUDGETS
    }
    cases = {**ours, "pass": Program([sys.executable, "-c", "pass"])}
    if (BIN / "ykman").exists():
        cases["ykman"] = Program([str(BIN / "ykman"), "--help"])
    times = in_turn(cases, rounds=ROUNDS)
    found: list[Row] = []
    for command, most in BUDGETS.items():
        what = f"hilum {command}"
        taken = times[command]
        found.append(ratio_row(what, taken, times["pass"], beside="python -c pass", most=most))
        if "ykman" in times:
            beside = "ykman --help"
            found.append(ratio_row(what, taken, times["ykman"], beside=beside, most=OF_YKMAN))
        else:
            found.append(unmeasured(what, "ykman is not installed", f"<= {OF_YKMAN:.2f}x ykman"))
        found.append(memory_row(what, ours[command].peak_bytes(), most_mib=MOST_MIB))
        found.append(_imports(command, folder / "imports"))
    return found


def _imports(command: str, data: Path) -> Row:
    for _ in range(2):  # the first start looks for plugins
        done = subprocess.run(
            [sys.executable, "-c", LIST_IMPORTS, *command.split()],
            env=program_environ({"HILUM_DATA_DIR": str(data)}),
            capture_output=True,
            text=True,
            check=True,
        )
    modules = json.loads(done.stderr.splitlines()[-1])
    heavy = sorted(set(modules) & set(HEAVY))
    return Row(
        what=f"hilum {command}",
        beside="heavy libraries imported",
        takes=", ".join(heavy) or f"none of {len(modules)} modules",
        budget="none",
        is_met=not heavy,
    )
