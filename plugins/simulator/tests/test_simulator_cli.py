"""The commands ``hilum simulator ...``."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest
from hilum.testing.contracts import CliCommandContract
from hilum_ehealth.keystore import Stage, read_keystore
from hilum_hookspecs import ConfigurationError, StorageError
from hilum_simulator.cli import CliPlugin
from hilum_simulator.plugin import Plugin
from hilum_simulator.serving import StartOptions, serve
from hilum_simulator.state import State

ALICE = "85073003328"
BOB = "79021513224"
CAROL = ("--niss", BOB, "--surname", "Other", "--given-names", "Carol")


class Heard:
    """An output that keeps what is streamed and tells when it came."""

    def __init__(self):
        self.documents = []
        self.lines = []
        self.notes = []
        self.came = threading.Event()

    def stream(self, document, line):
        self.documents.append(document)
        self.lines.append(line)
        self.came.set()

    def note(self, text):
        self.notes.append(text)


@pytest.fixture
def run(hilum_cli):
    hilum_cli.plugins = {"simulator": Plugin, "simulator.cli": CliPlugin}
    return hilum_cli


@pytest.fixture(scope="module")
def authorities(tmp_path_factory, hilum_simulator_clock):
    """Saved authorities of elliptic keys, which are made fast."""
    from hilum_ehealth.testing.authority import Pki

    folder = tmp_path_factory.mktemp("authorities")
    Pki.create(hilum_simulator_clock.now(), key="ec").save(folder)
    return folder


@pytest.fixture
def state(tmp_path, authorities):
    """A state folder with ready-made authorities."""
    state = State.open(tmp_path / "state")
    shutil.copytree(authorities, state.folder / "pki")
    return state


def of(state):
    return ("--state", str(state.folder))


@pytest.fixture
def started(state, hilum_simulator_clock):
    """Serve *state* in a thread; yields what was printed."""
    heard, stopped = Heard(), threading.Event()
    thread = threading.Thread(
        target=serve,
        args=(state, StartOptions(fallback_hours=3)),
        kwargs={"clock": hilum_simulator_clock, "output": heard, "stopped": stopped},
    )
    thread.start()
    assert heard.came.wait(30)
    yield heard
    stopped.set()
    thread.join()


class TestStart:
    def test_one_line_of_json_says_where_everything_is(self, started, state):
        (line,) = started.lines
        document = json.loads(line)
        assert document == started.documents[0]
        assert document["url"].startswith("https://127.0.0.1:")
        assert Path(document["settings"]) == state.settings
        assert Path(document["trust"], "tls").is_dir()
        assert document["provider"]["niss"] == ALICE

    def test_the_settings_lead_to_it(self, started, state):
        settings = tomllib.loads(state.settings.read_text())
        described = settings["environments"][settings["general"]["environment"]]
        assert described["sts"] == f"{started.documents[0]['url']}/IAM/SecurityTokenService/v1"
        assert described["signer_prefix"] == "IAMSIM"
        assert "ehealth_auth" not in settings
        assert "# pkcs11_module" in state.settings.read_text()

    def test_a_port_that_is_taken_is_named(
        self, started, authorities, tmp_path, hilum_simulator_clock
    ):
        port = int(started.documents[0]["url"].rpartition(":")[2])
        other = State.open(tmp_path / "other")
        shutil.copytree(authorities, other.folder / "pki")
        with pytest.raises(ConfigurationError) as caught:
            serve(other, StartOptions(port=port), clock=hilum_simulator_clock, output=Heard())
        assert caught.value.code == "simulator.port-in-use"

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_stops_it_with_exit_0(self, state, tmp_path, number):
        hilum = Path(sys.executable).with_name("hilum")
        command = [hilum, "--data-dir", tmp_path / "data", "simulator", "start", *of(state)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        line = process.stdout.readline()
        process.send_signal(number)
        output, errors = process.communicate(timeout=20)
        assert process.returncode == 0, errors
        assert json.loads(line)["environment"] == "simulator"
        assert (output, errors) == (b"", b"")

    def test_a_second_one_on_the_same_state_is_refused(self, run, started, state):
        before = state.settings.read_text()
        code, document = run.json("simulator", "start", *of(state))
        assert (code, document["error"]["code"]) == (2, "simulator.already-running")
        assert document["error"]["details"] == {"state": str(state.folder)}
        assert state.settings.read_text() == before

    def test_a_script_hears_nothing_but_the_line(self, started):
        assert started.notes == []

    def test_a_person_is_told_what_comes_next_and_how_to_stop(self, state, hilum_simulator_clock):
        heard, stopped = Heard(), threading.Event()
        stopped.set()
        clock = hilum_simulator_clock
        serve(state, StartOptions(), clock=clock, output=heard, stopped=stopped, person=True)
        following, stopping = heard.notes
        assert "HILUM_CONFIG" in following
        assert str(state.settings) in following
        assert "Ctrl-C" in stopping

    @pytest.mark.skipif(os.name != "posix", reason="terminals")
    def test_a_person_is_known_by_the_terminal(self, state, tmp_path):
        import pty

        hilum = Path(sys.executable).with_name("hilum")
        command = [hilum, "--data-dir", tmp_path / "data", "simulator", "start", *of(state)]
        screen, terminal = pty.openpty()
        environ = {**os.environ, "LC_ALL": "C.UTF-8"}
        process = subprocess.Popen(
            command, stdout=terminal, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environ
        )
        following, stopping = process.stderr.readline(), process.stderr.readline()
        process.terminate()
        process.communicate(timeout=20)
        os.close(screen)
        os.close(terminal)
        assert process.returncode == 0
        assert b"HILUM_CONFIG" in following
        assert b"Ctrl-C" in stopping


class TestState:
    def test_keys_and_folder_are_private(self, state):
        files = [path for path in state.folder.rglob("*") if path.is_file()]
        assert stat.S_IMODE(state.folder.stat().st_mode) == 0o700
        assert files
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}

    def test_authorities_stay_from_one_start_to_the_next(self, tmp_path, hilum_simulator_clock):
        now = hilum_simulator_clock.now()
        first = State.open(tmp_path / "s").pki(now)
        second = State.open(tmp_path / "s").pki(now)
        assert second.ehealth_ca.certificate == first.ehealth_ca.certificate

    def test_a_state_that_is_made_by_the_way_is_said(self, run, tmp_path):
        folder = tmp_path / "typo"
        result = run("simulator", "provider", "add", "--state", str(folder), *CAROL)
        assert result.exit_code == 0
        assert str(folder) in result.errors

    @pytest.mark.parametrize(
        "command",
        [("switch",), ("switch", "outage"), ("switch", "--all-off"), ("provider", "list")],
    )
    def test_what_needs_a_state_refuses_another_folder_and_makes_nothing(
        self, run, tmp_path, command
    ):
        folder = tmp_path / "typo"
        code, document = run.json("simulator", *command, "--state", str(folder))
        assert (code, document["error"]["code"]) == (2, "simulator.no-state")
        assert document["error"]["details"] == {"state": str(folder)}
        assert document["error"]["remedy"]
        assert not folder.exists()

    def test_a_folder_of_something_else_is_left_alone(self, run, tmp_path):
        folder = tmp_path / "papers"
        folder.mkdir(mode=0o700)
        (folder / "letter.txt").touch()
        code, _document = run.json("simulator", "switch", "outage", "--state", str(folder))
        assert code == 2
        assert [each.name for each in folder.iterdir()] == ["letter.txt"]

    @pytest.mark.skipif(os.name != "posix", reason="file modes")
    def test_a_folder_that_others_look_into_is_refused(self, tmp_path):
        folder = tmp_path / "open"
        folder.mkdir()
        (folder / "something").touch()
        folder.chmod(0o755)
        with pytest.raises(StorageError) as caught:
            State.open(folder)
        assert caught.value.code == "storage.unsafe-mode"


class TestProviders:
    def test_the_example_is_known_from_the_start(self, run, state):
        _code, document = run.json("simulator", "provider", "list", *of(state))
        assert [each["niss"] for each in document["providers"]] == [ALICE]

    def test_a_running_platform_learns_of_a_new_person(self, run, state):
        registry = state.registry()
        assert registry.find(BOB) is None
        code, _document = run.json(
            *("simulator", "provider", "add", *of(state), "--niss", "79.02.15-132.24"),
            *("--surname", "Other", "--given-names", "Bob"),
            *("--profession", "doctor=5/41234/26/501"),
        )
        assert code == 0
        assert registry.find(BOB).professions == {"doctor": "54123426501"}

    def test_a_file_makes_many_known(self, run, state, tmp_path):
        file = tmp_path / "people.json"
        people = {BOB: {"surname": "Other", "given_names": ["Bob"], "professions": {}}}
        file.write_text(json.dumps(people))
        code, _document = run.json("simulator", "provider", "add", *of(state), "--file", str(file))
        assert code == 0
        assert state.registry().find(BOB).surname == "Other"

    @pytest.mark.parametrize(
        "content", ["[]", "{", '{"85073003329": {}}', '{"79021513224": {"surname": 1}}']
    )
    def test_a_file_that_is_none_is_refused_whole(self, run, state, tmp_path, content):
        file = tmp_path / "people.json"
        file.write_text(content)
        code, _document = run.json("simulator", "provider", "add", *of(state), "--file", str(file))
        assert code in (2, 3)
        assert [each.niss for each in state.registry().all()] == [ALICE]

    @pytest.mark.parametrize(
        "options",
        [
            ("--niss", BOB),
            ("--niss", BOB, "--surname", "X"),
            ("--niss", BOB, "--surname", "X", "--given-names", "Y", "--profession", "wizard=1"),
            ("--niss", BOB, "--surname", "X", "--given-names", "Y", "--profession", "doctor"),
        ],
    )
    def test_what_is_missing_or_wrong_is_said(self, run, state, options):
        code, document = run.json("simulator", "provider", "add", *of(state), *options)
        assert code == 2
        assert document["error"]["code"] in ("usage.option-missing", "usage.invalid-value")


class TestMaterials:
    def test_a_keystore_has_the_real_name_and_shape(self, run, state, tmp_path):
        code, document = run.json(
            *("simulator", "keystore", "new", *of(state), "--niss", ALICE),
            *("--folder", str(tmp_path), "--key", "ec"),
            secrets={"new-keystore-password": "secret-1"},
        )
        path = Path(document["file"])
        assert code == 0
        assert path.name.startswith(f"SSIN={ALICE} ")
        assert read_keystore(path, "secret-1").stage is Stage.COMPLETE

    def test_a_keystore_can_be_one_that_ended(self, run, state, tmp_path):
        _code, document = run.json(
            *("simulator", "keystore", "new", *of(state), "--niss", ALICE, "--key", "ec"),
            *("--folder", str(tmp_path), "--valid-days", "-1", "--stage", "no-encryption-key"),
            secrets={"new-keystore-password": "secret-1"},
        )
        keystore = read_keystore(Path(document["file"]), "secret-1")
        assert keystore.stage is Stage.NO_ENCRYPTION_KEY
        assert keystore.authentication.certificate.not_valid_after_utc < run.clock.now()

    def test_somebody_unknown_needs_a_name(self, run, state):
        code, document = run.json(
            *("simulator", "keystore", "new", *of(state), "--niss", BOB),
            secrets={"new-keystore-password": "secret-1"},
        )
        assert (code, document["error"]["code"]) == (2, "usage.option-missing")

    def test_a_missing_password_is_named(self, run, state):
        code, document = run.json("simulator", "keystore", "new", *of(state), "--niss", ALICE)
        assert (code, document["error"]["code"]) == (2, "secret.missing")
        assert document["error"]["details"] == {"name": "new-keystore-password"}

    def test_a_card_in_a_file_opens_with_its_pin(self, run, state):
        from hilum_ehealth.card.software import open_software_card

        code, document = run.json(
            *("simulator", "card", "new", *of(state), "--niss", ALICE),
            secrets={"eid-pin": "2580"},
        )
        assert code == 0
        with open_software_card(Path(document["file"])).open() as card:
            card.login("2580")
            assert card.identity.niss == ALICE

    def test_a_card_takes_the_place_of_another_only_when_told(self, run, state):
        new = ("simulator", "card", "new", *of(state), "--niss", ALICE)
        state.card.write_text("another card", encoding="utf-8")

        code, document = run.json("--no-input", *new)

        assert (code, document["error"]["code"]) == (2, "usage.file-exists")
        assert document["error"]["details"] == {"path": str(state.card), "option": "--force"}
        assert state.card.read_text(encoding="utf-8") == "another card"
        assert run.json(*new, "--force", secrets={"eid-pin": "2580"})[0] == 0

    def test_a_keystore_takes_the_place_of_another_only_when_told(
        self, run, state, tmp_path, monkeypatch
    ):
        monkeypatch.setattr("hilum_simulator.materials.keystore_name", lambda *_: "same.p12")
        new = ("simulator", "keystore", "new", *of(state), "--niss", ALICE)
        (tmp_path / "same.p12").write_text("another keystore", encoding="utf-8")

        code, document = run.json("--no-input", *new, "--folder", str(tmp_path))

        assert (code, document["error"]["code"]) == (2, "usage.file-exists")
        secrets = {"new-keystore-password": "Correct-Horse-7"}
        assert run.json(*new, "--folder", str(tmp_path), "--force", secrets=secrets)[0] == 0

    @pytest.mark.parametrize("pin", ["123", "1234567890123", "12a4"])
    def test_a_wrong_pin_in_a_script_is_refused_and_no_card_is_made(self, run, state, pin):
        code, document = run.json(
            *("simulator", "card", "new", *of(state), "--niss", ALICE), secrets={"eid-pin": pin}
        )
        assert (code, document["error"]["code"]) == (2, "simulator.pin-format")
        assert document["error"]["details"] == {"minimum": 4, "maximum": 12}
        assert pin not in document["error"]["remedy"]
        assert not state.card.exists()

    @pytest.mark.softhsm
    def test_a_token_is_filled(self, run, state, tmp_path, monkeypatch):
        from hilum_ehealth.testing.token import softhsm_library, softhsm_settings

        library = softhsm_library()
        if library is None:
            pytest.skip("SoftHSM is not installed (package softhsm2)")
        monkeypatch.setenv("SOFTHSM2_CONF", str(softhsm_settings(tmp_path)))
        code, document = run.json(
            *("simulator", "card", "new", *of(state), "--niss", ALICE, "--module", str(library)),
            secrets={"eid-pin": "2580", "token-so-pin": "87654321"},
        )
        assert code == 0, document
        assert document["serial"]

    def test_a_module_that_is_none_is_told(self, run, state, tmp_path):
        code, document = run.json(
            *("simulator", "card", "new", *of(state), "--niss", ALICE),
            *("--module", str(tmp_path / "none.so")),
            secrets={"eid-pin": "2580", "token-so-pin": "87654321"},
        )
        assert (code, document["error"]["code"]) == (2, "simulator.token-not-written")
        assert "2580" not in json.dumps(document)


class TestSwitchCommand:
    def test_on_off_and_what_is_on(self, run, state):
        _code, document = run.json("simulator", "switch", "slow=3", "on", *of(state))
        assert document["switches"] == {"slow": {"value": "3", "service": None}}
        assert state.switches().value("slow", "sts") == "3"
        _code, document = run.json("simulator", "switch", "slow", "off", *of(state))
        assert document["switches"] == {}

    def test_for_one_service(self, run, state):
        run("simulator", "switch", "SOA-02001", "--service", "ehbox-consultation", *of(state))
        assert state.switches().fault("sts") is None
        assert state.switches().fault("ehbox-consultation") == "SOA-02001"

    def test_all_off(self, run, state):
        run("simulator", "switch", "outage", *of(state))
        run("simulator", "switch", "--all-off", *of(state))
        assert not state.switches().settings()

    def test_a_wrong_name_gets_the_nearest(self, run, state):
        code, document = run.json("simulator", "switch", "outrage", *of(state))
        assert (code, document["error"]["code"]) == (2, "usage.unknown-switch")
        assert document["error"]["details"]["nearest"] == "outage"

    @pytest.mark.parametrize(
        ("assignment", "typed"),
        [
            ("slow=abc", "slow=2"),
            ("slow=-1", "slow=2"),
            ("slow=nan", "slow=2"),
            ("clock-skew=", "clock-skew=600"),
            ("outage=5", "switch outage`"),
            ("messages=many", "messages=1000"),
            ("arrivals=-1", "arrivals=3"),
            ("standing-by=1.5", "standing-by=2"),
            ("messages=1000001", "messages=1000"),
        ],
    )
    def test_a_wrong_value_gets_a_remedy_that_can_be_typed(self, run, state, assignment, typed):
        code, document = run.json("simulator", "switch", assignment, *of(state))
        assert (code, document["error"]["code"]) == (2, "usage.invalid-value")
        assert typed in document["error"]["remedy"]

    def test_a_switch_of_tokens_is_refused_for_the_box(self, run, state):
        code, document = run.json(
            *("simulator", "switch", "wrong-signer", "--service", "ehbox-consultation", *of(state))
        )
        assert (code, document["error"]["code"]) == (2, "usage.switch-without-effect")
        assert document["error"]["details"] == {
            "name": "wrong-signer",
            "service": "ehbox-consultation",
        }
        assert not state.switches().settings()

    def test_a_switch_of_boxes_is_refused_for_the_token_service(self, run, state):
        code, document = run.json("simulator", "switch", "arrivals", "--service", "sts", *of(state))
        assert (code, document["error"]["code"]) == (2, "usage.switch-without-effect")
        assert document["error"]["details"] == {"name": "arrivals", "service": "sts"}

    def test_it_says_that_no_simulator_runs(self, run, state):
        result = run("simulator", "switch", "outage", *of(state))
        assert result.exit_code == 0
        assert f"No simulator runs on {state.folder}" in result.errors

    def test_it_says_nothing_of_the_kind_while_one_runs(self, run, started, state):
        result = run("simulator", "switch", "outage", *of(state))
        assert result.exit_code == 0
        assert "No simulator runs" not in result.errors


def test_importing_the_commands_loads_nothing_heavy():
    program = (
        "import sys, hilum_simulator.cli, hilum_simulator.plugin;"
        "heavy = {'cryptography', 'lxml', 'signxml', 'click', 'ssl', 'http.server'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


class TestSimulator(CliCommandContract):
    @pytest.fixture
    def command(self, hilum_context):
        return next(iter(CliPlugin(hilum_context(CliPlugin)).hilum_cli_commands()))


class TestDemo(CliCommandContract):
    @pytest.fixture
    def command(self, hilum_context):
        _simulator, demo = CliPlugin(hilum_context(CliPlugin)).hilum_cli_commands()
        return demo
