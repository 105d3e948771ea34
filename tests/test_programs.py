"""The installed programs as a script runs them: processes, environment variables, a real token."""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HILUM = Path(sys.executable).with_name("hilum")
ALICE = "85073003328"
PASSWORD = "Canary-Keystore-81"
PIN = "739152"
SO_PIN = "87654321"
PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
)


@dataclass
class Desk:
    """A data folder and the programs that are run on it."""

    folder: Path
    variables: dict[str, str]
    settings: Path | None = None
    printed: list[str] = field(default_factory=list)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        config = () if self.settings is None else ("--config", self.settings)
        return subprocess.Popen(
            [HILUM, "--data-dir", self.folder, *config, *arguments],
            env={**os.environ, "LANG": "C.UTF-8", **self.variables, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **variables: str) -> tuple[int, str]:
        process = self.start(*arguments, **variables)
        output, errors = process.communicate(timeout=120)
        self.printed += [output, errors]
        return process.returncode, output

    def document(self, *arguments: str, **variables: str) -> dict:
        code, output = self.run("--json", "--no-input", *arguments, **variables)
        assert code == 0, output
        return json.loads(output)

    def open(self, *options: str, password: str = PASSWORD, pin: str = PIN) -> tuple[int, dict]:
        code, output = self.run(
            *options,
            *("--json", "--no-input", "--environment", "simulator"),
            *("--secret", "keystore-password=env:K", "--secret", "eid-pin=env:P"),
            *("session", "open", "--provider", ALICE, "--method", "eid"),
            K=password,
            P=pin,
        )
        return code, json.loads(output)


@pytest.fixture(scope="module")
def softhsm():
    """The software token's library."""
    found = [
        place for place in (os.environ.get("HILUM_SOFTHSM", ""), *PLACES) if Path(place).is_file()
    ]
    if not found:
        pytest.skip("SoftHSM is not installed (package softhsm2)")
    return found[0]


@pytest.fixture(scope="module")
def box(tmp_path_factory, softhsm):
    """A running simulator, started as a user starts it."""
    folder = tmp_path_factory.mktemp("box")
    desk = Desk(folder / "data", {})
    process = desk.start(
        *("simulator", "start", "--state", str(folder / "state"), "--pkcs11-module", softhsm)
    )
    line = process.stdout.readline()
    yield folder, json.loads(line)
    process.send_signal(signal.SIGTERM)
    _output, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors


@pytest.fixture(scope="module")
def keystore(box):
    folder, _started = box
    desk = Desk(folder / "maker", {"N": PASSWORD})
    return desk.document(
        *("--secret", "new-keystore-password=env:N"),
        *("simulator", "keystore", "new", "--niss", ALICE),
        *("--state", str(folder / "state"), "--folder", str(folder)),
    )["file"]


@pytest.fixture(params=["rsa", "ec"])
def desk(request, tmp_path, box, softhsm, keystore):
    """A desk with a token that shows itself as Alice's card, her record and her certificate."""
    folder, started = box
    (tmp_path / "tokens").mkdir()
    configuration = tmp_path / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {tmp_path / 'tokens'}\n")
    (tmp_path / "tmp").mkdir()
    variables = {"SOFTHSM2_CONF": str(configuration), "TMPDIR": str(tmp_path / "tmp")}
    desk = Desk(tmp_path / "data", variables, Path(started["settings"]))
    desk.document(
        *("--secret", "eid-pin=env:P", "--secret", "token-so-pin=env:S"),
        *("simulator", "card", "new", "--niss", ALICE, "--key", request.param),
        *("--module", softhsm, "--state", str(folder / "state")),
        P=PIN,
        S=SO_PIN,
    )
    in_box = ("--environment", "simulator")
    desk.document(
        *in_box,
        *("provider", "add", "--id", "alice", "--last-name", "Example", "--first-names", "Alice"),
        *("--niss", ALICE, "--inami", "physiotherapist:54123426501"),
    )
    desk.document(
        *in_box,
        *("--secret", "keystore-password=env:K"),
        *("certificate", "import", keystore, "--provider", ALICE),
        K=PASSWORD,
    )
    return desk


def children_of(pid: int) -> set[int]:
    """List the living descendants of a process."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int(
                (entry / "stat").read_text().rpartition(")")[2].split()[1]
            )
        except (OSError, IndexError):
            continue
    found, waiting = set(), [pid]
    while waiting:
        parent = waiting.pop()
        new = {child for child, above in parents.items() if above == parent} - found
        found |= new
        waiting += new
    return found


@pytest.mark.softhsm
def test_a_session_opens_with_a_pkcs11_token_and_is_seen_by_the_next_process(desk):
    code, document = desk.open()
    assert code == 0, document
    assert document["method"] == "eid"
    (session,) = desk.document("--environment", "simulator", "session", "status")["sessions"]
    assert session["provider"] == "alice"
    again = desk.open(pin="", password="")
    assert (again[0], again[1]["reused"]) == (0, True)


@pytest.mark.softhsm
def test_wrong_secrets_are_exit_4_and_the_session_stays_closed(desk):
    code, document = desk.open(pin="1111")
    assert (code, document["error"]["code"]) == (4, "card.pin-rejected")
    assert document["error"]["details"]["attempts_left"] == 2
    code, document = desk.open(password="wrong")
    assert (code, document["error"]["code"]) == (4, "keystore.password-rejected")
    assert desk.document("--environment", "simulator", "session", "status")["sessions"] == []


@pytest.mark.softhsm
def test_a_wrong_pin_is_sent_to_the_token_once(desk):
    assert desk.open("--verbose", pin="1111")[0] == 4
    (calls,) = re.findall(r"PKCS#11 calls: (\{.*\})", desk.printed[-1])
    assert ast.literal_eval(calls)["C_Login"] == 1


@pytest.mark.softhsm
def test_a_token_without_card_is_exit_5(desk, tmp_path):
    for token in (tmp_path / "tokens").iterdir():
        token.rename(tmp_path / f"away-{token.name}")
    code, document = desk.open()
    assert code == 5, document
    assert document["error"]["code"].startswith("card.")


@pytest.mark.attack("C2")
@pytest.mark.softhsm
def test_secrets_are_found_nowhere(desk, box, tmp_path):
    folder, _started = box
    state = ("--state", str(folder / "state"))
    assert desk.run("simulator", "switch", "slow=1", *state)[0] == 0
    try:
        seen = watched_opening(desk)
    finally:
        assert desk.run("simulator", "switch", "--all-off", *state)[0] == 0
    desk.document("--environment", "simulator", "session", "close", "--provider", ALICE)
    assert desk.open("--verbose", pin="111222")[0] == 4
    assert desk.open("--verbose", password=PASSWORD + "x")[0] == 4
    killed_while_opening(desk)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    kept = [path.read_bytes() for path in files if "tokens" not in path.parts]
    assert kept
    assert seen["children"]
    everywhere = b"\0".join([*kept, *(text.encode() for text in desk.printed), *seen["memory"]])
    for secret in (PASSWORD, PIN, "111222"):
        assert secret.encode() not in everywhere


def killed_while_opening(desk: Desk) -> None:
    """Let an opening die of SIGABRT, as a crash in a library would, once it has a child."""
    process = desk.start(
        *("--json", "--no-input", "--environment", "simulator"),
        *("--secret", "keystore-password=env:K", "--secret", "eid-pin=env:P"),
        *("session", "open", "--provider", ALICE),
        K=PASSWORD,
        P=PIN,
    )
    while not children_of(process.pid) and process.poll() is None:
        time.sleep(0.01)
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    assert re.search(r"Max core file size +0 +0", limits)
    process.send_signal(signal.SIGABRT)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGABRT
    desk.printed += [output, errors]


def watched_opening(desk: Desk) -> dict:
    """Open a session and read the command line and environment of every process it starts."""
    process = desk.start(
        *("--verbose", "--json", "--no-input", "--environment", "simulator"),
        *("--secret", "keystore-password=env:K", "--secret", "eid-pin=env:P"),
        *("session", "open", "--provider", ALICE),
        K=PASSWORD,
        P=PIN,
    )
    seen: dict = {"children": set(), "memory": []}
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            for pid in children_of(process.pid):
                seen["children"].add(pid)
                for name in ("cmdline", "environ"):
                    try:
                        seen["memory"].append(Path(f"/proc/{pid}/{name}").read_bytes())
                    except OSError:
                        continue
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, errors = process.communicate(timeout=120)
    done.set()
    watcher.join()
    assert process.returncode == 0, output + errors
    desk.printed += [output, errors]
    return seen


@pytest.mark.softhsm
def test_no_process_is_left_behind(desk):
    children = watched_opening(desk)["children"]
    assert children
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def test_the_demonstration_ends_well_and_leaves_nothing_behind(tmp_path):
    desk = Desk(tmp_path / "data", {"TMPDIR": str(tmp_path)})
    started = time.monotonic()
    code, output = desk.run("demo")
    assert code == 0, output
    assert time.monotonic() - started < 20
    left = [path for path in tmp_path.iterdir() if path.name != "data"]
    assert left == []
