"""What a start imports: the commands that only look must not pay for those that work."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

HEAVY = (
    "sqlalchemy",
    "alembic",
    "zeep",
    "requests",
    "urllib3",
    "lxml",
    "cryptography",
    "signxml",
    "PyKCS11",
    "PyQt6",
    "asyncio",
    "importlib.metadata",
    "logging",
    "ssl",
    "tomlkit",
    "platformdirs",
    "zoneinfo",
)

PROGRAM = """
import json, sys
from hilum.cli.main import main
sys.argv = ["hilum", *sys.argv[1:]]
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def imported(folder, *arguments: str) -> set[str]:
    """Run the command twice with the installed plugins; return what the second start imports."""
    environ = {**os.environ, "HILUM_DATA_DIR": str(folder), "LC_ALL": "C.UTF-8"}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--help"], ["session", "status"], ["session", "--help"]])
def test_a_command_that_only_looks_imports_nothing_heavy(tmp_path, arguments):
    assert imported(tmp_path / "data", *arguments) & set(HEAVY) == set()


def test_help_imports_no_domain_part_of_a_plugin(tmp_path):
    modules = imported(tmp_path / "data", "--help")

    assert [name for name in modules if name.endswith(".plugin")] == []


def test_a_start_imports_no_service_and_no_storage(tmp_path):
    modules = imported(tmp_path / "data", "--help")

    assert [name for name in modules if name.startswith(("hilum.services", "hilum.storage"))] == []


@pytest.mark.parametrize(("arguments", "most"), [(["--help"], 30), (["session", "status"], 40)])
def test_a_start_imports_few_modules_of_the_host_and_the_kit(tmp_path, arguments, most):
    modules = imported(tmp_path / "data", *arguments)

    ours = [name for name in modules if name.split(".")[0] in ("hilum", "hilum_ehealth")]
    assert len(ours) <= most
