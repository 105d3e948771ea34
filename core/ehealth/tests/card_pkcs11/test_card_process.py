"""The card's process: time limit, cancel, crash, noise, secrets, and that it never outlives us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hilum_ehealth.card.pkcs11 import Pkcs11Readers, open_pkcs11
from hilum_ehealth.card.process import HelperProcess, helper_environment
from hilum_ehealth.errors import EhealthError

PIN = "4711"
CANARY = "918273645546"

Open = Callable[..., Pkcs11Readers]
FUNCTIONS = [
    "C_Initialize",
    "C_GetSlotList",
    "C_GetSlotInfo",
    "C_GetTokenInfo",
    "C_OpenSession",
    "C_FindObjects",
    "C_GetAttributeValue",
    "C_Login",
    "C_Sign",
]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def journey(readers: Pkcs11Readers) -> None:
    card = readers.open()
    card.login(PIN)
    card.sign("Authentication", b"x")


def refused(call: Callable[..., object], *arguments: object) -> EhealthError:
    with pytest.raises(EhealthError) as caught:
        call(*arguments)
    return caught.value


def eventually(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.attack("C4")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_call_that_hangs_is_cancelled_within_a_second(
    played, eid, open_played: Open, function: str
) -> None:
    played.add(**eid)
    played.fault(**{function: "hang"})

    gave_up_at: list[float] = []

    def gave_up() -> bool:
        log = played.folder / "calls.log"
        if log.exists() and played.calls(function):
            gave_up_at.append(time.monotonic())
        return bool(gave_up_at)

    readers = open_played(cancelled=gave_up)
    error = refused(journey, readers)
    assert time.monotonic() - gave_up_at[0] < 1
    assert error.code == "cancelled"
    assert error.details["try_may_be_lost"] is (function == "C_Login")
    assert readers.helper is None


@pytest.mark.attack("C4")
@pytest.mark.parametrize("function", ["C_GetSlotList", "C_Login"])
def test_a_call_past_its_limit_is_ended(played, eid, open_played: Open, function: str) -> None:
    played.add(**eid)
    readers = open_played(timeout=timedelta(seconds=1))
    card = readers.open()
    helper = readers.helper
    played.fault(**{function: "hang"})
    error = refused(card.login, PIN)
    assert error.code == "card.timeout"
    assert error.details == {"seconds": 1.0, "try_may_be_lost": function == "C_Login"}
    assert helper
    assert ended(helper.pid)


@pytest.mark.attack("C4")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_library_that_crashes_is_told(played, eid, open_played: Open, function: str) -> None:
    played.add(**eid)
    played.fault(**{function: "crash"})
    error = refused(journey, open_played())
    assert error.code == "card.helper-ended"
    assert error.details == {
        "signal": "SIGSEGV",
        "exit_code": None,
        "try_may_be_lost": function == "C_Login",
    }


def test_after_a_crash_the_same_card_can_be_taken_up_again(played, eid, open_played: Open) -> None:
    played.add(**eid)
    card = open_played().open()
    card.login(PIN)
    played.fault(C_Sign="crash")
    refused(card.sign, "Authentication", b"x")
    played.fault()
    assert refused(card.sign, "Authentication", b"x").code == "card.not-logged-in"
    card.login(PIN)
    assert card.sign("Authentication", b"x")


def test_a_window_that_hangs_while_signing_may_cost_a_try(played, eid, open_played: Open) -> None:
    played.add(**eid | {"flags": ["initialised"]})
    card = open_played(timeout=timedelta(seconds=1)).open()
    played.fault(C_Sign="hang")
    assert refused(card.sign, "Authentication", b"x").details["try_may_be_lost"] is True


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_library_that_prints_disturbs_nobody(
    played, eid, open_played: Open, capfd: pytest.CaptureFixture[str], function: str
) -> None:
    played.add(**eid)
    played.fault(**{function: "chatter"})
    journey(open_played())
    assert capfd.readouterr() == ("", "")


def test_a_defect_is_told_without_its_text(played, eid, open_played: Open) -> None:
    played.add(**eid)
    card = open_played().open()
    played.fault(C_Login="defect")
    with pytest.raises(RuntimeError, match=r"^defect in the card's process: TypeError$"):
        card.login(PIN)


def test_an_interrupt_leaves_no_process(played, eid, open_played: Open) -> None:
    played.add(**eid)

    def interrupt() -> bool:
        raise KeyboardInterrupt

    readers = open_played(cancelled=None)
    card = readers.open()
    helper = readers.helper
    readers._cancelled = interrupt
    with pytest.raises(KeyboardInterrupt):
        card.login(PIN)
    assert helper
    helper.stop()
    assert ended(helper.pid)


def test_closing_ends_process_and_thread(played, eid, open_played: Open) -> None:
    played.add(**eid)
    threads = threading.active_count()
    readers = open_played()
    readers.open()
    helper = readers.helper
    assert helper
    readers.close()
    assert ended(helper.pid)
    assert threading.active_count() == threads


def test_closing_ends_a_process_that_does_not_end_by_itself(played, eid, open_played: Open) -> None:
    played.add(**eid)
    readers = open_played()
    readers.open()
    helper = readers.helper
    assert helper
    played.fault(C_CloseSession="hang")
    started = time.monotonic()
    readers.close()
    assert ended(helper.pid)
    assert time.monotonic() - started < 10


@pytest.mark.attack("C5")
def test_two_openings_are_two_processes_and_two_initialisations(
    played, eid, open_played: Open
) -> None:
    played.add(**eid)
    first, second = open_played(), open_played()
    journey(first)
    journey(second)
    assert first.calls()["C_Initialize"] == second.calls()["C_Initialize"] == 1


@pytest.mark.attack("C5")
def test_threads_take_turns(played, eid, open_played: Open) -> None:
    played.add(**eid)
    card = open_played().open()
    card.login(PIN)
    results: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: results.append(card.sign("Authentication", b"x")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8


def test_only_what_middleware_needs_stays_in_the_environment() -> None:
    kept = {"HOME": "/h", "DISPLAY": ":0", "XDG_RUNTIME_DIR": "/r", "LC_ALL": "C"}
    dropped = {"HILUM_SECRET": "s", "AWS_SECRET": "s", "PYTHONPATH": "/p", "LD_PRELOAD": "/l"}
    assert helper_environment(kept | dropped) == kept


@on_linux
def test_a_pin_is_in_no_command_line_environment_or_traceback(
    played, eid, open_played: Open, monkeypatch: pytest.MonkeyPatch, caplog, capfd
) -> None:
    monkeypatch.setenv("CARD_PIN", CANARY)
    caplog.set_level(1)
    played.add(**eid)
    readers = open_played()
    card = readers.open()
    error = refused(card.login, CANARY)
    assert readers.helper
    process = Path(f"/proc/{readers.helper.pid}")
    seen = [
        (process / "cmdline").read_bytes().decode(),
        (process / "environ").read_bytes().decode(),
        caplog.text,
        *capfd.readouterr(),
        repr(card),
        repr(readers),
        repr(readers.helper),
        repr(error),
        str(error),
        str(error.details),
        "".join(traceback.format_exception(error)),
        *(file.read_text() for file in played.folder.iterdir() if file.is_file()),
    ]
    assert played.calls("C_Login") == ["PIN"]
    assert CANARY not in "".join(seen)


@on_linux
def test_no_core_file_is_left(played, eid, open_played: Open) -> None:
    played.add(**eid)
    readers = open_played()
    readers.open()
    assert readers.helper
    limits = Path(f"/proc/{readers.helper.pid}/limits").read_text()
    (core,) = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert core.split()[4:6] == ["0", "0"]


@on_linux
@pytest.mark.attack("C4")
@pytest.mark.parametrize("hangs", [False, True])
def test_the_process_ends_when_its_parent_is_killed(played, eid, hangs: bool) -> None:
    played.add(**eid)
    script = Path(__file__).with_name("fake_library.py")
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time\n"
            "from pathlib import Path\n"
            "from hilum_ehealth.card.pkcs11 import Pkcs11Readers\n"
            "command = (sys.executable, '-P', *sys.argv[2:])\n"
            "readers = Pkcs11Readers(Path(sys.argv[1]), command=command)\n"
            "readers.open()\n"
            "print(readers.helper.pid, flush=True)\n"
            "readers.slots() if sys.stdin.readline() == 'look\\n' else time.sleep(60)\n",
            str(played.module),
            str(script),
            str(played.folder),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    assert parent.stdin
    assert parent.stdout
    watched = os.pidfd_open(int(parent.stdout.readline()))
    if hangs:
        played.fault(C_GetSlotList="hang")
        parent.stdin.write(b"look\n")
        eventually(lambda: len(played.calls("C_GetSlotList")) == 2)
    parent.kill()
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()
    assert _over(watched, 2)
    if not hangs:
        assert played.calls("C_Finalize") == [""]


@pytest.mark.attack("C4")
@on_linux
def test_a_process_that_hangs_ends_by_itself_past_the_limit(
    played, eid, open_played: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    played.add(**eid)
    script = Path(__file__).with_name("fake_library.py")
    helper = HelperProcess((sys.executable, "-P", str(script), str(played.folder)))
    helper.ask("load", limit=timedelta(seconds=5), module=str(played.module))
    played.fault(C_GetSlotList="hang")
    watched = os.pidfd_open(helper.pid)
    # Its own limit is five seconds past the caller's: tell it less than none.
    helper._send({"id": 99, "do": "slots", "limit": -4.9}, pin_at_stake=False)
    assert _over(watched, 5)
    helper.end()
    assert helper._process.returncode == -signal.SIGALRM


def _over(watched: int, seconds: float) -> bool:
    import select

    try:
        return bool(select.select([watched], [], [], seconds)[0])
    finally:
        os.close(watched)


@pytest.mark.attack("C5")
def test_a_fork_does_not_use_its_parents_process(played, eid, open_played: Open) -> None:
    played.add(**eid)
    readers = open_played()
    journey(readers)
    helper = readers.helper
    assert helper
    helper._owner = -1  # what a fork sees: another process than the one that started it
    assert readers.helper is None
    journey(readers)
    assert readers.helper is not helper
    helper._owner = os.getpid()
    helper.stop()


def test_the_process_loads_nothing_heavy() -> None:
    code = (
        "import sys, hilum_ehealth.card.helper\n"
        "heavy = {'cryptography', 'lxml', 'subprocess', 'asyncio', 'urllib3'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True)


@pytest.mark.attack("C4")
def test_a_module_that_is_not_there() -> None:
    error = refused(open_pkcs11, Path("/nowhere/libbeidpkcs11.so.0"))
    assert error.code == "card.middleware-not-found"
    assert error.details["searched"] == ["/nowhere/libbeidpkcs11.so.0"]


@pytest.mark.attack("C4")
def test_a_module_that_is_no_library(tmp_path: Path) -> None:
    module = tmp_path / "module.so"
    module.write_text("no library")
    with open_pkcs11(module) as readers:
        error = refused(readers.cards)
    assert error.code == "card.middleware-unloadable"
    assert error.details["module"] == str(module)
    assert "module.so" in str(error.details["problem"])


@on_linux
def test_a_library_that_is_no_pkcs11_module() -> None:
    import _ctypes

    with open_pkcs11(Path(_ctypes.__file__)) as readers:
        error = refused(readers.cards)
    assert error.code == "card.middleware-unloadable"
    assert error.details["problem"] == "C_GetFunctionList not found"
