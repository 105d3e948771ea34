"""The virtual reader itself: it ends with its test, whatever happens to that."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest
from hilum_ehealth.testing.card_emulator.virtual_reader import VirtualReader

pytestmark = pytest.mark.vreader

READER = """
import sys
from hilum_ehealth.testing.card_emulator.virtual_reader import VirtualReader
reader = VirtualReader()
reader.start_pcscd()
print(reader._box.pid, reader._folder, flush=True)
sys.stdin.read()
"""


def test_a_failure_in_the_box_is_told(reader: VirtualReader, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"card\.not-present"):
        reader.insert(tmp_path / "nowhere")


def test_the_service_of_the_computer_is_another_one(reader: VirtualReader) -> None:
    ours = reader.environment["PCSCLITE_CSOCK_NAME"]
    assert Path(ours).exists()
    assert ours != "/run/pcscd/pcscd.comm"


@pytest.mark.usefixtures("_needed")
def test_nothing_is_left_when_the_test_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", READER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    )
    assert parent.stdout
    assert parent.stdin
    box, folder = parent.stdout.readline().decode().split()
    everything = [os.pidfd_open(pid) for pid in (int(box), *_below(int(box)))]
    assert len(everything) == 3  # unshare, the box, the service
    parent.kill()
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()
    for watched in everything:
        assert select.select([watched], [], [], 5)[0]
        os.close(watched)
    assert not Path(folder).exists()


def _below(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [each for child in map(int, children) for each in (child, *_below(child))]
