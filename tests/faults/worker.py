"""Runs commands under the shim, each in a child of its own with a data folder of its own.

A line of JSON in asks for one run, a line out says how it ended. The heavy imports are made once.
"""

from __future__ import annotations

import ctypes
import gc
import io
import json
import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hilum.cli.running import run

SHIM = ctypes.CDLL(None)
SHIM.fault_arm.argtypes = (ctypes.c_char_p, ctypes.c_long, ctypes.c_int, ctypes.c_int)
SHIM.fault_calls.restype = ctypes.c_long


def hilum(folder: Path, *arguments: str) -> tuple[int, str]:
    output = io.StringIO()
    code = run(
        ["--json", "--no-input", *arguments],
        environ={"HILUM_DATA_DIR": str(folder), "LANG": "C.UTF-8"},
        stdin=io.StringIO(),
        stdout=output,
        stderr=io.StringIO(),
        tty=False,
    )
    return code, output.getvalue()


def keep_session(folder: Path) -> tuple[int, str]:
    """Write a session down and keep it, as opening one ends."""
    from hilum.catalogue import exit_code
    from hilum.clock import SystemClock
    from hilum.failures import is_ours
    from hilum.services.audit import AuditLog
    from hilum.services.token_files import TokenFiles
    from hilum.storage.database import Database
    from hilum_hookspecs import EhealthSession

    now = datetime(2030, 1, 2, 9, 0, tzinfo=UTC)
    session = EhealthSession(
        id="new",
        provider_id="alice",
        environment="production",
        method="eid",
        profession="physiotherapist",
        opened_at=now,
        not_before=now,
        expires_at=now + timedelta(hours=12),
        niss="85073003328",
        assertion=b"<new/>" * 2000,
    )
    database = Database(f"sqlite:///{folder / 'hilum.db'}", lambda: (), folder)
    audit = AuditLog(
        database, clock=SystemClock(), environment="production", folder=folder / "audit"
    )
    try:
        audit.record("session.opened", provider_id="alice", session="new")
        TokenFiles(folder / "sessions", "production").keep(session, "Alice Example")
    except Exception as error:
        if not is_ours(error):
            raise
        return exit_code(error), json.dumps(
            {"error": {"code": error.code, "details": error.details}}
        )
    finally:
        database.close()
    return 0, "{}"


def in_child(task: dict) -> dict:
    """Run the task in a child; a child that is killed says nothing."""
    work = Path(task["folder"])
    if task["template"] != "keep":
        shutil.rmtree(work, ignore_errors=True)
    if task["template"] not in (None, "keep"):
        shutil.copytree(task["template"], work, copy_function=shutil.copy2)
        work.chmod(0o700)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        os._exit(run_armed(task, work, writing))
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _pid, status = os.waitpid(child, 0)
    return {"status": os.waitstatus_to_exitcode(status), **(json.loads(said) if said else {})}


def run_armed(task: dict, work: Path, writing: int) -> int:
    """Run the command with the fault armed and say how it ended; returns 0."""
    command: Callable[[], tuple[int, str]]
    if task["command"] == ["keep-session"]:
        command = lambda: keep_session(work)  # noqa: E731
    else:
        command = lambda: hilum(work, *task["command"])  # noqa: E731
    SHIM.fault_arm(str(work).encode(), task["at"], task["error"], task["stays"])
    try:
        code, output = command()
    except BaseException as error:  # noqa: BLE001  # the test is told, whatever it is
        code, output = -1, json.dumps({"raised": repr(error)})
    calls = SHIM.fault_calls()
    SHIM.fault_arm(b"", 0, 0, 0)
    os.write(writing, json.dumps({"code": code, "output": output, "calls": calls}).encode())
    return 0


def main() -> None:
    warm = Path(sys.argv[1])
    hilum(warm, "provider", "add", "--id", "warm", "--last-name", "Warm")
    hilum(warm, "db", "backup", str(warm / "backup.db"))
    gc.collect()
    gc.freeze()  # the children share what the start made
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(in_child(json.loads(line))), flush=True)


main()
