"""The card's process: ``python -m hilum_ehealth.card.helper``, started by us and by nobody else.

A PKCS#11 library holds Python's lock in every call, may hang, may crash, may print and opens
windows of its own; here it can do so without harm. Requests come and answers go as framed
messages over the standard streams. The process ends with its caller: at the end of its input,
and when the library hangs at that moment by a signal, or at the latest by an alarm.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

from .frames import Message, read_message, write_message
from .tokens import NotLoadable, TokenError, Tokens, load_module

GRACE = 5.0
"""Seconds after the caller's own time limit when a call that hangs ends this process."""

OPERATIONS = (
    "library",
    "slots",
    "open",
    "certificates",
    "data",
    "keys",
    "login",
    "sign",
    "close",
    "calls",
)


def serve(load: Callable[[str], Any] = load_module) -> None:
    """Answer requests until the input ends, then let the card go and end this process.

    *load* gets the module's path and answers an object like ``PyKCS11.PyKCS11Lib``.
    """
    requests, answers, life = _private_streams()
    _harden()
    server = _Server(load, life)
    with suppress(BrokenPipeError):
        while (request := read_message(requests)) is not None:
            write_message(answers, server.answer(request))
    server.end()
    # Past Python's own end: libraries crash when their last user goes at that late hour.
    os._exit(0)


class _Server:
    def __init__(self, load: Callable[[str], Any], life: int) -> None:
        self._load = load
        self._life = life
        self._tokens: Tokens | None = None

    def answer(self, request: Message) -> Message:
        number = request.pop("id")
        _alarm(float(request.pop("limit")) + GRACE)
        _end_with_caller(self._life, armed=True)
        try:
            return {"id": number, "ok": self._do(**request)}
        except TokenError as error:
            return {"id": number, "ckr": error.ckr, "function": error.function}
        except NotLoadable as error:
            return {"id": number, "unloadable": str(error)}
        except Exception as error:  # noqa: BLE001  a traceback could hold the PIN
            return {"id": number, "defect": type(error).__name__}
        finally:
            _end_with_caller(self._life, armed=False)
            _alarm(0)

    def _do(self, do: str, **arguments: Any) -> Any:
        if do == "load":
            self._tokens = Tokens(self._load(arguments["module"]))
            return None
        if do not in OPERATIONS:
            raise ValueError(do)
        return getattr(self._tokens, do)(**arguments)

    def end(self) -> None:
        _alarm(GRACE)
        if self._tokens is not None:
            self._tokens.end()


def _private_streams() -> tuple[BinaryIO, BinaryIO, int]:
    """Keep the three pipes for ourselves: what a library reads or prints goes nowhere.

    The third stands in the place of standard error; nothing is ever written to it, and it ends
    with the caller.
    """
    requests, answers, life = os.dup(0), os.dup(1), os.dup(2)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
    return os.fdopen(requests, "rb"), os.fdopen(answers, "wb"), life


def _harden() -> None:
    """Leave no core file with a PIN in it, and an interrupt of the terminal to the caller."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _alarm(seconds: float) -> None:
    """End this process after so many seconds, even inside a call that hangs; 0 calls it off.

    The kernel does it, by SIGALRM's default action: no Python code can run during such a call.
    """
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _end_with_caller(life: int, *, armed: bool) -> None:
    """While a call runs, end this process when the caller closes its end of *life*, or dies.

    The kernel does it, by SIGIO's default action. Only a pipe that never carries anything will
    do: the signal for a request may come when the request was already read.
    """
    if sys.platform == "linux":
        import fcntl

        flags = fcntl.fcntl(life, fcntl.F_GETFL)
        fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(life, fcntl.F_SETFL, flags | os.O_ASYNC if armed else flags & ~os.O_ASYNC)


if __name__ == "__main__":
    serve()
