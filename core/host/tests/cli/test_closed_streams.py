"""Standard streams that are closed, full or left by their reader."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run *command* in a shell; ``hilum`` in it is ours."""
    program = f"'{sys.executable}' -c 'from hilum.cli.main import main; main()'"
    return subprocess.run(
        ["/bin/sh", "-c", command.replace("hilum", program)],
        env={**os.environ, "HILUM_DATA_DIR": str(folder / "data"), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_leads_nowhere(tmp_path, closed):
    done = run(tmp_path, f"hilum --help {closed}")

    assert (done.returncode, done.stderr) == (0, "")


@needs_full
@pytest.mark.attack("H1")
@pytest.mark.parametrize("command", ["session status", "--json session status", "trust list"])
def test_a_result_that_cannot_be_written_is_exit_9_and_said(tmp_path, command):
    done = run(tmp_path, f"hilum {command} > /dev/full")

    assert done.returncode == 9
    assert "The disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    assert "mistake" not in done.stderr


@needs_full
@pytest.mark.attack("H1")
def test_an_error_that_cannot_be_written_is_exit_9_and_said(tmp_path):
    done = run(tmp_path, "hilum --json session open > /dev/full")

    assert done.returncode == 9
    assert "The disk is full" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_who_has_read_enough_is_no_failure(tmp_path):
    done = run(tmp_path, "{ hilum plugins list; echo $? >&2; } | true")

    assert done.stderr == "0\n"
