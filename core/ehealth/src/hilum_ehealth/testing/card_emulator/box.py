"""The process in which a PC/SC service of our own and the cards in its reader live.

``virtual_reader`` starts it in namespaces of its own: the reader's driver listens on every
interface, and the service of the computer stays as it is. Requests and answers are lines of JSON;
at the end of its input everything ends.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from .apdu import Instruction
from .applet import Applet, ForeignCard
from .slot import PORTS, Slot

DRIVER: Final = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
SOCKET: Final = "pcscd.comm"
RUN: Final = Path("/run/pcscd")

_READER: Final = f"""\
FRIENDLYNAME "Virtual PCD"
DEVICENAME /dev/null:0x{PORTS[0]:X}
LIBPATH {DRIVER}
CHANNELID 0x{PORTS[0]:X}
"""
_PATIENCE: Final = 10.0
"""Seconds for the service to start."""


class Box:
    """The service, its reader with two slots, and the cards in them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._service: subprocess.Popen[bytes] | None = None
        self._slots = [Slot(port) for port in PORTS]

    def start(self, *, readers: bool) -> None:
        """Start the service, with the virtual reader or with none, and wait until it answers."""
        settings = self._folder / ("readers" if readers else "no-readers")
        settings.mkdir(exist_ok=True)
        if readers:
            (settings / "vpcd").write_text(_READER, encoding="ascii")
        self._service = subprocess.Popen(  # noqa: S603  the system's service
            ["pcscd", "--foreground", "--config", str(settings)],  # noqa: S607  in sbin or bin
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _PATIENCE
        while not (RUN / SOCKET).exists():
            if self._service.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("pcscd did not start")
            time.sleep(0.01)

    def stop(self) -> None:
        """End the service; cards stay where they are."""
        if self._service:
            self._service.terminate()
            self._service.wait()
            self._service = None

    def insert(self, *, slot: int, file: str | None) -> None:
        """Put a card in, a foreign one without *file*; the service notices it when it runs."""
        self._slots[slot].insert(Applet(Path(file)) if file else ForeignCard())
        if self._service:
            self._slots[slot].wait_until_noticed()

    def remove(self, *, slot: int) -> None:
        """Take the card out."""
        self._slots[slot].remove()

    def pull_at(self, *, slot: int, instruction: str) -> None:
        """Let the card leave when the instruction arrives."""
        self._slots[slot].pull_at = Instruction[instruction]

    def hold_at(self, *, slot: int, instruction: str) -> None:
        """Let the card hesitate when the instruction arrives."""
        self._slots[slot].hold_at = Instruction[instruction]

    def release(self, *, slot: int) -> None:
        """Let the card answer."""
        self._slots[slot].release()

    def heard(self, *, slot: int) -> dict[str, int]:
        """Tell how often each instruction arrived."""
        return dict(self._slots[slot].heard)


def main() -> None:
    """Obey requests until the input ends."""
    folder = Path(sys.argv[1])
    _own_run_folder(folder)
    box = Box(folder)
    try:
        for line in sys.stdin:
            print(json.dumps(_obeyed(box, json.loads(line))), flush=True)
    finally:
        box.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _own_run_folder(folder: Path) -> None:
    """Lead the service's socket and our loopback into this box."""
    (folder / "run").mkdir(exist_ok=True)
    for command in (
        ("ip", "link", "set", "lo", "up"),
        ("mount", "-t", "tmpfs", "none", "/run"),
        ("mkdir", str(RUN)),
        ("mount", "--bind", str(folder / "run"), str(RUN)),
    ):
        subprocess.run(command, check=True)  # noqa: S603  our own words


def _obeyed(box: Box, request: dict[str, Any]) -> dict[str, Any]:
    do = request.pop("do")
    try:
        return {"ok": getattr(box, do)(**request)}
    except Exception as error:  # noqa: BLE001  the test that asked is told
        return {"failed": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main()
