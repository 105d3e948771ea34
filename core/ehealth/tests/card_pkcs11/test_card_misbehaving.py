"""A real library that hangs, crashes, starts processes and is pulled away: process truth."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hilum_ehealth.card.pkcs11 import Pkcs11Readers
from hilum_ehealth.card.watch import watch
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.authority import CitizenCard

PIN = "4711"
COMPILER = shutil.which("cc")
FUNCTIONS = [
    "C_Initialize",
    "C_GetSlotList",
    "C_GetSlotInfo",
    "C_GetTokenInfo",
    "C_OpenSession",
    "C_FindObjectsInit",
    "C_FindObjects",
    "C_GetAttributeValue",
    "C_Login",
    "C_SignInit",
    "C_Sign",
]
CKR = {
    "0x5": "card.general-error",
    "0x6": "card.function-failed",
    "0x30": "card.device-error",
    "0x32": "card.removed",
    "0x31": "card.device-error",
    "0x80000001": "card.unknown-error",
}

pytestmark = [
    pytest.mark.compiler,
    pytest.mark.skipif(COMPILER is None, reason="no C compiler (packages gcc and libc6-dev)"),
]

Open = Callable[..., Pkcs11Readers]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("misbehaving") / "misbehaving.so"
    source = Path(__file__).with_name("misbehaving.c")
    flags = ("-std=gnu11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
    subprocess.run([COMPILER or "cc", *flags, "-o", library, source], check=True)
    return library


class Module:
    """The library, what it is told and what it was asked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def tell(self, **words: str) -> None:
        lines = [f"{name.replace('_pad', '-pad')} {value}\n" for name, value in words.items()]
        self.path.with_name("control").write_text("".join(lines))

    def calls(self, function: str) -> list[tuple[int, str]]:
        """Give the process and the note of each call."""
        log = self.path.with_name("calls")
        lines = log.read_text().splitlines() if log.exists() else []
        parts = [(line + " ").split(" ") for line in lines]
        return [(int(pid), note) for pid, name, note, *_ in parts if name == function]


@pytest.fixture
def module(built: Path, tmp_path: Path, alice_card: CitizenCard) -> Module:
    library = tmp_path / "misbehaving.so"
    shutil.copy(built, library)
    certificate = alice_card.authentication.certificate.public_bytes(Encoding.DER)
    (tmp_path / "certificate").write_bytes(certificate)
    return Module(library)


@pytest.fixture
def open_module(module: Module) -> Iterator[Open]:
    """Open the module's readers; none of its processes may be left when the test is over."""
    opened: list[Pkcs11Readers] = []

    def open_readers(**options: object) -> Pkcs11Readers:
        readers = Pkcs11Readers(module.path, **options)  # type: ignore[arg-type]
        opened.append(readers)
        return readers

    yield open_readers
    for readers in opened:
        readers.close()
    assert mapped(module.path) == []


def mapped(library: Path) -> list[int]:
    """Find the processes that hold the library."""
    found = []
    for maps in Path("/proc").glob("[0-9]*/maps"):
        try:
            if str(library) in maps.read_text():
                found.append(int(maps.parent.name))
        except OSError:
            continue
    return found


def journey(readers: Pkcs11Readers) -> None:
    card = readers.open()
    card.login(PIN)
    card.sign("Authentication", b"x")


def refused(call: Callable[..., object], *arguments: object) -> EhealthError:
    with pytest.raises(EhealthError) as caught:
        call(*arguments)
    return caught.value


def test_it_behaves_unless_told_otherwise(module: Module, open_module: Open) -> None:
    readers = open_module()
    journey(readers)
    assert readers.open().identity.niss == "85073003328"
    assert [note for _pid, note in module.calls("C_Login")] == ["PIN"]


@pytest.mark.attack("C4")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_call_that_hangs_is_cancelled_within_a_second(
    module: Module, open_module: Open, function: str
) -> None:
    module.tell(**{function: "hang"})
    gave_up_at: list[float] = []

    def gave_up() -> bool:
        if module.calls(function):
            gave_up_at.append(time.monotonic())
        return bool(gave_up_at)

    error = refused(journey, open_module(cancelled=gave_up))
    assert time.monotonic() - gave_up_at[0] < 1
    assert error.code == "cancelled"
    assert error.details["try_may_be_lost"] is (function == "C_Login")
    assert mapped(module.path) == []


@pytest.mark.attack("C4")
def test_a_call_past_its_limit_is_ended(module: Module, open_module: Open) -> None:
    card = open_module(timeout=timedelta(seconds=1)).open()
    module.tell(C_Login="hang")
    error = refused(card.login, PIN)
    assert error.code == "card.timeout"
    assert error.details["try_may_be_lost"] is True
    assert mapped(module.path) == []


@pytest.mark.attack("C4")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_library_that_crashes_costs_its_own_process(
    module: Module, open_module: Open, function: str
) -> None:
    module.tell(**{function: "crash"})
    readers = open_module()
    error = refused(journey, readers)
    assert error.code == "card.helper-ended"
    assert error.details["signal"] == "SIGSEGV"
    assert error.details["try_may_be_lost"] is (function == "C_Login")
    module.tell()
    journey(readers)


@pytest.mark.attack("C4")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_slow_library_is_waited_for(module: Module, open_module: Open, function: str) -> None:
    module.tell(**{function: "slow"})
    journey(open_module())


@pytest.mark.attack("C4")
@pytest.mark.parametrize(("ckr", "code"), CKR.items())
def test_every_refusal_to_sign_has_its_code(
    module: Module, open_module: Open, ckr: str, code: str
) -> None:
    module.tell(C_Sign=ckr)
    assert refused(journey, open_module()).code == code


@pytest.mark.attack("C1")
@pytest.mark.parametrize("ckr", [*CKR, "0xA0", "0xA4", "0x101"])
def test_one_pin_is_one_login_whatever_is_answered(
    module: Module, open_module: Open, ckr: str
) -> None:
    module.tell(C_Login=ckr)
    error = refused(journey, open_module())
    assert len(module.calls("C_Login")) == 1
    counted = error.code in ("card.pin-rejected", "card.pin-blocked", "card.not-logged-in")
    assert counted or error.details["try_may_be_lost"] is True


@pytest.mark.attack("C4")
@pytest.mark.parametrize("function", ["C_Login", "C_Sign"])
def test_a_card_pulled_in_the_middle_of_a_call(
    module: Module, open_module: Open, function: str
) -> None:
    module.tell(**{function: "pull"})
    error = refused(journey, open_module())
    assert error.code == "card.removed"
    assert bool(error.details.get("try_may_be_lost")) is (function == "C_Login")


@pytest.mark.attack("C3")
@pytest.mark.parametrize("pin", [None, PIN])
def test_a_pin_pad_gets_no_pin(module: Module, open_module: Open, pin: str | None) -> None:
    module.tell(pin_pad="1")
    card = open_module().open()
    assert card.identity.pin_pad
    card.login(pin)
    assert [note for _pid, note in module.calls("C_Login")] == ["NULL"]


@pytest.mark.attack("C4")
def test_no_slots(module: Module, open_module: Open) -> None:
    module.tell(slots="0")
    assert refused(open_module(service_runs=lambda: True).open).code == "card.no-reader"
    assert refused(open_module(service_runs=lambda: False).open).code == "card.no-service"


def test_a_foreign_token_in_a_second_slot_is_left_alone(module: Module, open_module: Open) -> None:
    module.tell(slots="2")
    readers = open_module()
    assert [card.reader for card in readers.cards()] == ["Reader 1"]
    module.tell(slots="2", pulled="1")
    assert refused(readers.open).code == "card.foreign-token"


@pytest.mark.attack("C4")
@pytest.mark.parametrize("function", ["C_Login", "C_Sign"])
def test_what_the_library_started_ends_with_it(
    module: Module, open_module: Open, function: str
) -> None:
    module.tell(**{function: "fork"})
    error = refused(journey, open_module(timeout=timedelta(seconds=1)))
    assert error.code == "card.timeout"
    assert mapped(module.path) == []


@pytest.mark.attack("C4")
def test_an_interrupt_ends_a_library_that_hangs(module: Module, open_module: Open) -> None:
    module.tell(C_GetSlotList="hang")

    def interrupt() -> bool:
        if module.calls("C_GetSlotList"):
            raise KeyboardInterrupt
        return False

    readers = open_module(cancelled=interrupt)
    with pytest.raises(KeyboardInterrupt):
        readers.cards()
    assert mapped(module.path) == []


@pytest.mark.attack("C4")
def test_a_watch_outlives_a_library_that_crashes(module: Module, open_module: Open) -> None:
    events = watch(open_module(), stopped=lambda: False, period=0.02)
    assert next(events).view.code is None
    module.tell(C_GetSlotList="crash")
    assert next(events).view.code == "card.helper-ended"
    module.tell()
    assert next(events).view.code is None


@pytest.mark.attack("C5")
def test_each_process_initialises_the_library_once(module: Module, open_module: Open) -> None:
    first, second = open_module(), open_module()
    journey(first)
    journey(first)
    journey(second)
    processes = [pid for pid, _note in module.calls("C_Initialize")]
    assert len(processes) == len(set(processes)) == 2


FORK = """
import os, sys
from pathlib import Path
from hilum_ehealth.card.pkcs11 import Pkcs11Readers
readers = Pkcs11Readers(Path(sys.argv[1]))
card = readers.open()
card.login(sys.argv[2])
child = os.fork()
if not child:
    with readers:
        other = readers.open()
        other.login(sys.argv[2])
        signed = other.sign("Authentication", b"x")
    os._exit(0 if signed else 1)
assert os.waitpid(child, 0)[1] == 0
assert card.sign("Authentication", b"x")
readers.close()
"""


@pytest.mark.attack("C5")
def test_a_fork_has_the_library_in_a_process_of_its_own(module: Module) -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORK, module.path, PIN], check=True)
    processes = [pid for pid, _note in module.calls("C_Initialize")]
    assert len(processes) == len(set(processes)) == 2
    assert mapped(module.path) == []


@pytest.mark.attack("C5")
def test_threads_take_turns_at_the_card(module: Module, open_module: Open) -> None:
    card = open_module().open()
    card.login(PIN)
    module.tell(C_Sign="slow")
    signatures: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: signatures.append(card.sign("Authentication", b"x")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(signature) for signature in signatures] == [256] * 4
    assert len({pid for pid, _note in module.calls("C_Sign")}) == 1


@pytest.mark.attack("C4")
def test_a_process_killed_from_outside_is_started_anew(module: Module, open_module: Open) -> None:
    readers = open_module()
    card = readers.open()
    assert readers.helper
    os.kill(readers.helper.pid, signal.SIGKILL)
    while readers.helper:
        time.sleep(0.01)
    card.login(PIN)
    assert card.sign("Authentication", b"x")
    assert len(module.calls("C_Login")) == 1
