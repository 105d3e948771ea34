"""The caller's end of the card's process: one request at a time, with a limit and a way out."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, BinaryIO, Final, cast

from hilum_ehealth.errors import EhealthError

from .ckr import card_error
from .frames import Message, read_message, write_message

HELPER: Final = (sys.executable, "-P", "-m", "hilum_ehealth.card.helper")
"""How the card's process is started; ``-P`` keeps the current folder out of its imports."""

POLL: Final = 0.05
"""Seconds between two looks at whether the user gave up."""

_KEPT = frozenset(
    {
        "HOME",
        "USER",
        "LOGNAME",
        "PATH",
        "LANG",
        "LANGUAGE",
        "TZ",
        "TMPDIR",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "XAUTHORITY",
        "DBUS_SESSION_BUS_ADDRESS",
        "SOFTHSM2_CONF",
        "OPENSC_CONF",
        "SYSTEMROOT",
        "SYSTEMDRIVE",
        "WINDIR",
        "TEMP",
        "TMP",
        "USERPROFILE",
        "APPDATA",
        "LOCALAPPDATA",
        "PROGRAMDATA",
        "PROGRAMFILES",
    }
)
_KEPT_BEGINNINGS = ("LC_", "XDG_", "PCSC")


def helper_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Keep what middleware needs to find its settings, reader and screen, and nothing else."""
    return {
        name: value
        for name, value in environment.items()
        if name.upper() in _KEPT or name.upper().startswith(_KEPT_BEGINNINGS)
    }


class HelperProcess:
    """A running card's process. Ended by :meth:`stop`, by a cancelled or by an overdue request."""

    def __init__(self, command: Sequence[str] = HELPER) -> None:
        ends_with_us, life = os.pipe()
        self._life = os.fdopen(life, "wb", buffering=0)
        self._process = subprocess.Popen(  # noqa: S603  our own module, or a test's
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=ends_with_us,
            env=helper_environment(os.environ),
            process_group=None if sys.platform == "win32" else 0,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        os.close(ends_with_us)
        self._owner = os.getpid()
        self._requests = cast("BinaryIO", self._process.stdin)
        self._answers: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="hilum-card", daemon=True)
        self._reader.start()
        self._asked = 0
        self._lock = threading.Lock()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def usable(self) -> bool:
        """It runs, and it is ours: after a fork it still belongs to the parent."""
        return self._owner == os.getpid() and self._process.poll() is None

    def ask(
        self,
        do: str,
        *,
        limit: timedelta,
        cancelled: Callable[[], bool] | None = None,
        pin_at_stake: bool = False,
        **arguments: object,
    ) -> Any:
        """Send one request and wait for its answer.

        Past *limit*, or when *cancelled* answers true, the process is ended, since a call into a
        card cannot be interrupted. Raises ``card.timeout``, ``cancelled``, ``card.helper-ended``
        (each with ``try_may_be_lost``), ``card.middleware-unloadable`` and the codes of
        :mod:`hilum_ehealth.card.ckr`.
        """
        with self._lock:
            if cancelled and cancelled():
                raise EhealthError("cancelled", try_may_be_lost=False)
            self._asked += 1
            request = {"id": self._asked, "do": do, "limit": limit.total_seconds(), **arguments}
            try:
                self._send(request, pin_at_stake)
                answer = self._wait(limit, cancelled, pin_at_stake)
            except BaseException:
                # Whatever comes after a request without its answer would wait behind it.
                self.end()
                raise
        return _value(answer)

    def _send(self, request: Message, pin_at_stake: bool) -> None:
        try:
            write_message(self._requests, request)
        except OSError as error:
            raise self._ended(try_may_be_lost=False) from error

    def _wait(
        self, limit: timedelta, cancelled: Callable[[], bool] | None, pin_at_stake: bool
    ) -> Message:
        deadline = time.monotonic() + limit.total_seconds()
        while True:
            with suppress(queue.Empty):
                answer = self._answers.get(timeout=POLL)
                if answer is None:
                    raise self._ended(try_may_be_lost=pin_at_stake)
                if answer.get("id") == self._asked:
                    return answer
            if cancelled and cancelled():
                raise EhealthError("cancelled", try_may_be_lost=pin_at_stake)
            if time.monotonic() >= deadline:
                raise EhealthError(
                    "card.timeout", seconds=limit.total_seconds(), try_may_be_lost=pin_at_stake
                )

    def _ended(self, *, try_may_be_lost: bool) -> EhealthError:
        self.end()
        code = self._process.returncode
        name = signal.Signals(-code).name if code < 0 else None
        return EhealthError(
            "card.helper-ended",
            signal=name,
            exit_code=None if name else code,
            try_may_be_lost=try_may_be_lost,
        )

    def stop(self) -> None:
        """Let it log out and end by itself, within a second; else end it."""
        if self.usable and not self._lock.locked():
            self._close_requests()
            self._reader.join(timeout=1)
        self.end()

    def end(self) -> None:
        """End it now, whatever it does, and what the library started: no window for the PIN stays.

        Its answers end with it, which is waited for rather than the process: until that is
        collected its group's number cannot belong to others.
        """
        if self._owner != os.getpid():
            return
        if self._process.returncode is None:
            self._signal(kill=False)
            self._reader.join(timeout=0.2)
            self._signal(kill=True)
        self._process.wait()
        self._close_requests()
        self._life.close()
        # Not for ever: a child of the library may hold the pipe open.
        self._reader.join(timeout=0.5)

    def _signal(self, *, kill: bool) -> None:
        if sys.platform == "win32":
            self._process.kill()
        else:
            # The second is how some systems say that all in the group have ended.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL if kill else signal.SIGTERM)

    def _close_requests(self) -> None:
        with suppress(OSError):
            self._requests.close()

    def _read(self) -> None:
        """Move answers from the pipe to the queue, until the pipe ends or carries nonsense."""
        with cast("BinaryIO", self._process.stdout) as answers, suppress(OSError, ValueError):
            while (answer := read_message(answers)) is not None:
                self._answers.put(answer)
        self._answers.put(None)


def _value(answer: Message) -> Any:
    if "ckr" in answer:
        raise card_error(answer["ckr"], answer["function"])
    if "unloadable" in answer:
        raise EhealthError("card.middleware-unloadable", problem=answer["unloadable"])
    if "defect" in answer:
        raise RuntimeError(f"defect in the card's process: {answer['defect']}")
    return answer["ok"]
