"""Whoever keeps others waiting, or leaves something running, is named; all is shown when traced."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass

import click
import pytest
from hilum.calls import PluginCall
from hilum.host import Host
from hilum.watching import Watch, described
from hilum_hookspecs import (
    Finding,
    Message,
    Provider,
    Purpose,
    RecordValidator,
    hookimpl,
)
from hilum_hookspecs.cli import CliCommand

ALICE = Provider(id="alice", last_name="Example", niss="85073003328")


def nothing(plugin, said):
    """Hear and do nothing."""


class Traced:
    """Calls one contribution of another plugin through its port."""

    def __init__(self, context):
        self._context = context

    @hookimpl
    def hilum_cli_commands(self):
        yield CliCommand(name="act", summary=Message("acme", "Act"), build=self._build)

    def _build(self):
        return click.Command("act", callback=self._act)

    def _act(self):
        self._context.providers.check([ALICE], Purpose.SAVE)
        self._context.output.show({"done": True}, ["done"])


class Validates:
    def __init__(self, context):
        pass

    @hookimpl
    def hilum_record_validators(self):
        yield RecordValidator(name="acme", check=self._check)

    def _check(self, records, purpose):
        return [Finding(provider_id=records[0].id, code="a.b", message=Message("a", "b"))]


PLUGINS = {"acme": Validates, "acme.cli": Traced}


def traced(hilum_cli, *arguments, **environ):
    result = hilum_cli(*arguments, plugins=PLUGINS, environ=environ)
    return [line for line in result.errors.splitlines() if line.startswith("trace: ")]


def test_a_trace_names_plugin_hook_types_and_duration(hilum_cli):
    lines = traced(hilum_cli, "act", HILUM_TRACE="1")
    told = [re.sub(r", \d+\.\d ms$", "", line) for line in lines]

    assert "trace: acme load()" in told
    assert "trace: acme.cli hilum_cli_commands()" in told
    assert "trace: acme Validates._check(list, Purpose)" in told
    assert all(re.search(r", \d+\.\d ms$", line) for line in lines)


def test_a_trace_shows_no_value(hilum_cli):
    assert ALICE.niss not in "".join(traced(hilum_cli, "act", HILUM_TRACE="1"))


def test_a_trace_is_beside_the_document_and_said_however_quiet(hilum_cli):
    result = hilum_cli("--json", "--quiet", "act", plugins=PLUGINS, environ={"HILUM_TRACE": "1"})

    assert result.output.startswith("{")
    assert "trace: acme load()" in result.errors


def test_without_the_variable_nothing_is_traced(hilum_cli):
    assert traced(hilum_cli, "act") == []
    assert traced(hilum_cli, "act", HILUM_TRACE="0") == []


LOOKS_WHAT_IS_IMPORTED = """
import sys
from hilum.cli.main import run
run(["--help"], environ={}, stdin=sys.stdin, stdout=sys.stderr, stderr=sys.stderr)
print("hilum.watching" in sys.modules)
"""


def test_a_start_with_plugins_of_ours_alone_watches_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LOOKS_WHAT_IS_IMPORTED],
        env={**os.environ, "HILUM_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "False\n"


def test_arguments_are_described_by_their_types():
    call = PluginCall("acme", "hilum_session_closed", {"session": "secret", "1": 7})

    assert described(call) == "acme hilum_session_closed(session: str, int)"


def test_an_error_that_passes_is_named_by_its_type():
    lines = []
    watch = Watch(nothing, nothing, trace=lines.append)

    with pytest.raises(ValueError, match="85"), watch.around(PluginCall("acme", "x", {})):
        raise ValueError("85073003328")

    assert lines[0].startswith("trace: acme x() raised ValueError, ")


@pytest.fixture
def patience(monkeypatch):
    """Have whoever takes longer than a moment named."""
    monkeypatch.setattr("hilum.watching.PATIENCE", 0.02)


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("place", ["load", "hilum_record_validators"])
def test_a_plugin_that_keeps_everybody_waiting_is_named(place):
    named = threading.Event()
    told = []
    watch = Watch(lambda *said: told.append(said) or named.set(), nothing)

    with watch.around(PluginCall("acme.cli", place, {})):
        assert named.wait(10)

    assert told == [("acme", place)]


@pytest.mark.usefixtures("patience")
def test_so_is_one_whose_status_takes_long():
    named = threading.Event()
    told = []
    watch = Watch(lambda *said: told.append(said) or named.set(), nothing)
    host = Host(around=watch.around)

    host.call_quick("acme", named.wait, 10)

    assert told == [("acme", "Event.wait")]


@pytest.mark.usefixtures("patience")
def test_a_contribution_may_take_its_time():
    watch = Watch(lambda plugin, place: pytest.fail("named"), nothing)
    before = threading.active_count()

    with watch.around(PluginCall("acme", "Acme._open", {})):
        assert threading.active_count() == before


def test_what_is_printed_where_nothing_is_to_be_printed_is_kept_and_told(capsys):
    told = []
    watch = Watch(nothing, lambda *said: told.append(said))

    with watch.around(PluginCall("acme.cli", "hilum_cli_commands", {})):
        print("hello")
    with watch.around(PluginCall("acme", "Acme._open", {})):
        print("a question")

    assert told == [("acme", "hello")]
    assert capsys.readouterr().out == "a question\n"


@pytest.mark.attack("I1")
def test_calls_in_several_threads_leave_standard_output_as_it_was(capsys):
    told = []
    watch = Watch(nothing, lambda *said: told.append(said))
    usual = sys.stdout
    first_began, second_began, first_ended = (threading.Event() for _each in range(3))

    def first():
        with watch.around(PluginCall("acme", "hilum_record_validators", {})):
            first_began.set()
            assert second_began.wait(10)
            print("of acme")
        first_ended.set()

    def second():
        assert first_began.wait(10)
        with watch.around(PluginCall("brico", "hilum_record_validators", {})):
            second_began.set()
            assert first_ended.wait(10)
            print("of brico")

    threads = [threading.Thread(target=each) for each in (first, second)]
    for each in threads:
        each.start()
    assert second_began.wait(10)
    print("the result")
    for each in threads:
        each.join()

    assert sys.stdout is usual
    assert sorted(told) == [("acme", "of acme"), ("brico", "of brico")]
    assert capsys.readouterr().out == "the result\n"


def test_what_a_thread_of_a_plugin_prints_is_its_own(capsys):
    told = []
    watch = Watch(nothing, lambda *said: told.append(said))

    with watch.around(PluginCall("acme", "load", {})):
        helper = threading.Thread(target=print, args=("hello",))
        helper.start()
        helper.join()
        with watch.around(PluginCall("brico", "hilum_record_validators", {})):
            print("asked by acme", flush=True)
        print("and welcome")

    assert told == [("brico", "asked by acme"), ("acme", "hello\nand welcome")]
    assert capsys.readouterr().out == ""


@pytest.mark.attack("I1")
def test_what_a_plugin_prints_is_said_under_its_name_beside_the_result(hilum_cli):
    class Noisy:
        def __init__(self, context):
            print("welcome")

        @hookimpl
        def hilum_cli_commands(self):
            print("\x1b[2J")
            return ()

    result = hilum_cli("plugins", "list", plugins={"acme.cli": Noisy})

    assert "welcome" not in result.output
    assert result.errors.splitlines()[:2] == [
        "The plugin acme printed: welcome",
        "The plugin acme printed: \\x1b[2J",
    ]


@pytest.mark.attack("C2")
def test_what_a_plugin_prints_is_shown_without_secrets_and_numbers(hilum_cli):
    class Careless:
        def __init__(self, context):
            self.context = context

        @hookimpl
        def hilum_record_validators(self):
            secret = self.context.prompter.secret("keystore-password", Message("acme", "Password"))
            print(f"85.07.30-033.28, password=hunter2, opened with {secret}")
            return ()

    options = {"plugins": {"acme": Careless}, "secrets": {"keystore-password": "Sunny-Garden-42"}}
    result = hilum_cli("plugins", "list", **options)

    assert set(result.errors.splitlines()) == {
        "The plugin acme printed: [number ..28], password=[redacted], opened with [redacted]"
    }


def test_a_plugin_whose_settings_are_looked_at_before_it_is_loaded_is_watched_too(hilum_cli):
    class Speaking(type):
        @property
        def Settings(cls):  # what the host looks for
            print("looked at")
            return Form

    @dataclass(frozen=True)
    class Form:
        reader: str = ""

    class Noisy(metaclass=Speaking):
        def __init__(self, context):
            pass

    hilum_cli.configure('[acme]\nreader = "A"\n')
    result = hilum_cli("session", "status", plugins={"acme": Noisy})

    assert "looked at" not in result.output
    assert "The plugin acme printed: looked at" in result.errors


def test_a_call_leaves_no_thread_of_the_watch_behind():
    before = threading.active_count()
    with Watch(nothing, nothing).around(PluginCall("acme", "load", {})):
        pass

    assert threading.active_count() == before


@pytest.fixture
def thread():
    """Start a thread that runs until the test is over."""
    over = threading.Event()
    started = []

    def start(**options):
        started.append(threading.Thread(target=over.wait, **options))
        started[-1].start()

    yield start
    over.set()
    for each in started:
        each.join()


@pytest.mark.attack("I1")
def test_a_plugin_that_leaves_a_thread_behind_is_named(thread, monkeypatch):
    monkeypatch.setattr("hilum.watching.GRACE", 0.02)
    watch = Watch(nothing, nothing)
    with watch.around(PluginCall("acme.cli", "hilum_cli_commands", {})):
        thread()

    assert watch.left_behind({}) == ("acme",)


def test_a_thread_that_holds_nobody_or_ends_in_time_is_none_of_our_business(thread):
    watch = Watch(nothing, nothing)
    with watch.around(PluginCall("acme", "load", {})):
        thread(daemon=True)
        threading.Thread(target=lambda: None).start()

    assert watch.left_behind({}) == ()


def test_a_thread_that_was_there_before_is_nobodys(thread):
    thread()

    assert Watch(nothing, nothing).left_behind({}) == ()


def test_a_thread_that_a_command_started_belongs_to_the_package_of_its_code(monkeypatch):
    monkeypatch.setattr("hilum.watching.GRACE", 0.02)
    watch = Watch(nothing, nothing)
    over = threading.Event()
    running = threading.Thread(target=lambda: over.wait())  # code of this module
    running.start()
    package = __name__.partition(".")[0]

    left = watch.left_behind({package: "acme"})
    over.set()
    running.join()

    assert left == ("acme",)


HANGS = """
import time
from hilum_hookspecs import Message, hookimpl

def wait():
    while True:
        time.sleep(60)

class Plugin:
    def __init__(self, context):
        {made}
    @hookimpl
    def hilum_cli_commands(self):
        {asked}
        return ()
{imported}
"""

PROGRAM = """
import hilum.watching
hilum.watching.PATIENCE = 0.1
from hilum.cli.main import main
main()
"""


@pytest.fixture
def start(tmp_path):
    """Start ``hilum`` in a process with a plugin of a third party that misbehaves."""
    started = []

    def make(*arguments, **where):
        site = tmp_path / "site"
        info = site / "acme_hilum-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-hilum\nVersion: 1\n")
        (info / "entry_points.txt").write_text("[hilum.cli]\nacme.cli = acme_hilum:Plugin\n")
        filled = {"imported": "", "made": "pass", "asked": "pass", **where}
        (site / "acme_hilum.py").write_text(HANGS.format(**filled))
        data = tmp_path / "data"
        data.mkdir(mode=0o700)
        (data / "config.toml").write_text('[plugins]\nenabled = ["acme"]\n')
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", PROGRAM, *arguments],
                env={
                    **os.environ,
                    "PYTHONPATH": str(site),
                    "HILUM_DATA_DIR": str(data),
                    "LC_ALL": "C.UTF-8",
                },
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield make
    for each in started:
        each.kill()
        each.communicate()


@pytest.mark.attack("I1")
@pytest.mark.parametrize("where", ["imported", "made", "asked"])
def test_a_plugin_that_hangs_is_named_and_ctrl_c_works(start, where):
    running = start("session", "status", **{where: "wait()"})
    said = running.stderr.readline()
    running.send_signal(signal.SIGINT)
    running.wait(10)

    place = "hilum_cli_commands" if where == "asked" else "load"
    assert said == (
        f"Still waiting for the plugin acme ({place}). Ctrl-C stops; hilum --without acme does "
        "without it.\n"
    )
    assert running.returncode == 130


@pytest.mark.attack("I1")
def test_a_plugin_that_leaves_a_thread_running_does_not_keep_the_process(start):
    leaking = "import threading; threading.Thread(target=wait).start()"
    running = start("--json", "session", "status", made=leaking)
    output, errors = running.communicate(timeout=20)

    assert running.returncode == 0
    assert output.startswith("{")
    assert "The plugin acme left a thread running" in errors
