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
    "atexit",
)

CONTRACT = {"cli", "context", "errors", "markers", "specs", "words"}
"""The parts of the contract that every start needs; each other one costs milliseconds."""

PROGRAM = """
import json, os, sys
from hilum.cli.main import run
code = run(
    sys.argv[1:], environ=os.environ, stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr
)
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
sys.exit(code)
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


@pytest.mark.parametrize("arguments", [["--help"], ["session", "status"]])
def test_a_start_imports_no_other_part_of_the_contract(tmp_path, arguments):
    modules = imported(tmp_path / "data", *arguments)

    parts = {name.partition(".")[2] for name in modules if name.startswith("hilum_hookspecs.")}
    assert parts == CONTRACT


@pytest.mark.parametrize(("arguments", "most"), [(["--help"], 25), (["session", "status"], 36)])
def test_a_start_imports_few_modules_of_the_host_and_the_kit(tmp_path, arguments, most):
    modules = imported(tmp_path / "data", *arguments)

    ours = [name for name in modules if name.split(".")[0] in ("hilum", "hilum_ehealth")]
    assert len(ours) <= most


def ended(folder, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run *program*, then the command, in a process of their own."""
    return subprocess.run(
        [sys.executable, "-c", f"{program}\nfrom hilum.cli.main import main\nmain()", *arguments],
        env={**os.environ, "HILUM_DATA_DIR": str(folder), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_run_that_ends_at_once_says_everything_first(tmp_path):
    assert "hilum --json certificate scan" in ended(tmp_path / "data", "", "--help").stdout


def test_a_run_that_ends_at_once_ends_with_its_exit_code(tmp_path):
    assert ended(tmp_path / "data", "", "session", "status", "--nonsense").returncode == 2


def test_whoever_measures_a_run_sees_its_end(tmp_path):
    program = """
import sys
sys.setprofile(lambda *seen: None)
from hilum.cli.main import main
try:
    main()
except SystemExit:
    print("measured")
"""
    assert "measured\n" in ended(tmp_path / "data", program, "--help").stdout


def test_a_second_interruption_is_no_failure(tmp_path):
    program = """
import hilum.cli.running
def interrupted(*arguments, **options):
    raise KeyboardInterrupt
hilum.cli.running.run = interrupted
"""
    done = ended(tmp_path / "data", program)

    assert (done.returncode, done.stderr) == (130, "")


def test_what_is_to_be_called_at_the_end_is_called(tmp_path):
    program = "import atexit; atexit.register(print, 'the end')"

    assert ended(tmp_path / "data", program, "--help").stdout.endswith("the end\n")
