"""A card reader of our own for tests, with real PC/SC above it: insert, remove, swap, stop."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast

from .box import DRIVER, SOCKET

OPENSC_PLACES: Final = (
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib64/opensc-pkcs11.so",
    "/usr/lib/opensc-pkcs11.so",
)
PACKAGES: Final = "pcscd vsmartcard-vpcd opensc-pkcs11 iproute2 util-linux"

_NAMESPACES: Final = ("unshare", "--map-root-user", "--net", "--mount", "--pid", "--fork")
"""The process in them is their first: when it ends, everything in them does."""


def opensc_module() -> Path | None:
    """Find OpenSC's PKCS#11 module, which knows the eID's applet 1.7."""
    return next((Path(path) for path in OPENSC_PLACES if Path(path).is_file()), None)


def missing() -> str | None:
    """Say why there can be no virtual reader here; None when there can be one."""
    # pcscd stands in sbin, which is on no ordinary user's path.
    programs = [name for name in ("pcscd", "unshare", "ip") if not shutil.which(name, path=_PATH)]
    if programs or not DRIVER.is_file() or opensc_module() is None:
        return f"the virtual reader needs the packages {PACKAGES}"
    tried = subprocess.run(  # noqa: S603  our own words
        [*_NAMESPACES, "sh", "-c", "ip link set lo up && mount -t tmpfs none /run"],
        env={"PATH": _PATH},
        capture_output=True,
        check=False,
    )
    return None if tried.returncode == 0 else "this system gives no namespaces to the tests"


_PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"


class VirtualReader:
    """A PC/SC service with one reader of two slots, while its context is open.

    Cards are files of :mod:`hilum_ehealth.card.software` with RSA keys. Programs reach the
    service through :attr:`environment`. Nothing of it outlives the context, nor this process.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="hilum-reader-"))
        self._box = subprocess.Popen(  # noqa: S603  our own module
            [
                *_NAMESPACES,
                *("--kill-child", "--", sys.executable, "-P", "-m"),
                *("hilum_ehealth.testing.card_emulator.box", str(self._folder)),
            ],
            env={"PATH": _PATH},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a program to this service."""
        return {"PCSCLITE_CSOCK_NAME": str(self._folder / "run" / SOCKET)}

    def insert(self, file: Path, slot: int = 0) -> None:
        """Put a card in."""
        self._ask("insert", slot=slot, file=str(file))

    def insert_foreign(self, slot: int = 0) -> None:
        """Put a card in that is no eID."""
        self._ask("insert", slot=slot, file=None)

    def remove(self, slot: int = 0) -> None:
        """Take the card out, if there is one."""
        self._ask("remove", slot=slot)

    def swap(self, file: Path, slot: int = 0) -> None:
        """Put another card in place of the one that is there."""
        self.remove(slot)
        self.insert(file, slot)

    def pull_at(self, instruction: str, slot: int = 0) -> None:
        """Let the card leave when the next such instruction arrives, unanswered."""
        self._ask("pull_at", slot=slot, instruction=instruction)

    def hold_at(self, instruction: str, slot: int = 0) -> None:
        """Let the card keep its answer to such an instruction until :meth:`release`."""
        self._ask("hold_at", slot=slot, instruction=instruction)

    def release(self, slot: int = 0) -> None:
        """Let the card answer again."""
        self._ask("release", slot=slot)

    def heard(self, instruction: str, slot: int = 0) -> int:
        """Tell how often an instruction reached the cards of this slot."""
        counts = cast("dict[str, int]", self._ask("heard", slot=slot))
        return counts.get(instruction, 0)

    def stop_pcscd(self) -> None:
        """End the service; cards stay in the reader."""
        self._ask("stop")

    def start_pcscd(self, *, readers: bool = True) -> None:
        """Start the service again, by default with its reader."""
        self._ask("start", readers=readers)

    def _ask(self, do: str, **arguments: object) -> Any:
        requests, answers = self._box.stdin, self._box.stdout
        if requests is None or answers is None:
            raise RuntimeError("the virtual reader has no pipes")
        with suppress(BrokenPipeError):
            requests.write(json.dumps({"do": do, **arguments}) + "\n")
            requests.flush()
        answer = json.loads(answers.readline() or '{"failed": "the virtual reader ended"}')
        if "failed" in answer:
            raise RuntimeError(answer["failed"])
        return answer["ok"]

    def close(self) -> None:
        """End service, reader and cards."""
        self._box.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)  # the box did, if it ever started

    def __enter__(self) -> Self:
        try:
            self.start_pcscd()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
