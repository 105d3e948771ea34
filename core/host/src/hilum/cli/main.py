"""The program ``hilum``."""

from __future__ import annotations

import gc
import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from .running import run

__all__ = ["main", "run"]

CANCELLED: Final = 130
"""The exit code after Ctrl-C."""


def main() -> None:
    """Run the command line of this process and end it with the exit code."""
    # Nothing that a start makes is garbage; looking for some costs a tenth of its time.
    gc.disable()
    try:
        code = _run()
    except KeyboardInterrupt:  # again, while the first time was being dealt with
        code = CANCELLED
    _end(code)


def _run() -> int:
    from .running import run

    gc.freeze()
    _leave_no_core()
    _replace_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = run(
            sys.argv[1:],
            environ=os.environ,
            stdin=sys.stdin,
            stdout=sys.stdout,
            stderr=sys.stderr,
        )
        sys.stdout.flush()
    except BrokenPipeError:
        _give_up_output()  # whoever read it has read enough
        return 0
    except OSError as error:
        _give_up_output()
        return _say_lost(error)
    return code


def _give_up_output() -> None:
    """Lead standard output nowhere: the interpreter must not complain of it on exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say_lost(error: OSError) -> int:
    """Say that standard output could not be written; returns the exit code."""
    from pathlib import Path

    from hilum_ehealth.files import storage_error

    from hilum.catalogue import exit_code, words_for

    lost = storage_error(error, Path("/dev/stdout"))
    words = words_for(lost)
    with suppress(OSError):
        print(words.message, words.remedy, sep="\n", file=sys.stderr, flush=True)
    return exit_code(lost)


def _end(code: int) -> NoReturn:
    """End the process: at once when nothing is to be called at its end, or a thread would hold it.

    To take apart what a start has made takes longer than the work of most commands.
    """
    measured = sys.getprofile() is not None  # whoever measures wants to say what was found
    if ("atexit" not in sys.modules and not measured) or _thread_is_left():
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                with suppress(OSError):  # as the interpreter's own end does
                    stream.flush()
        os._exit(code)
    gc.freeze()  # or the interpreter would look through all of it for garbage once more
    sys.exit(code)


def _thread_is_left() -> bool:
    """Tell whether a plugin left a thread behind that would hold the process."""
    threading = sys.modules.get("threading")
    return threading is not None and any(
        not thread.daemon and thread is not threading.main_thread()
        for thread in threading.enumerate()
    )


def _leave_no_core() -> None:
    """Let a crash write no memory to disk: passwords and keys are in it."""
    try:
        import resource
    except ImportError:  # Windows has neither the module nor core files
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _replace_closed_streams() -> None:
    """Let what was closed before the start lead nowhere, never to a file that is opened later."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  # for good


def __getattr__(name: str) -> object:
    """Offer :func:`hilum.cli.running.run` here without importing it at the start."""
    if name == "run":
        from .running import run

        return run
    raise AttributeError(name)
