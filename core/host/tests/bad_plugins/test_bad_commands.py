"""Commands that fail end in one document and name their plugin."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import click
import pytest
from hilum.host import Host
from hilum.testing.plugins import offering
from hilum_hookspecs import (
    HilumError,
    Message,
    hookimpl,
)
from hilum_hookspecs.cli import CliCommand

LABEL = Message("acme", "Acme")


@pytest.mark.parametrize("arguments", [("acme", object()), (object(), 3), ("acme", "acme")])
def test_arguments_of_a_registration_that_are_swapped_are_refused(arguments):
    with pytest.raises(TypeError, match="register"):
        Host().register(*arguments)


def front(build, name="act", under=None):
    command = CliCommand(name=name, summary=LABEL, build=build, under=under)
    return {"acme.cli": offering("hilum_cli_commands", lambda: [command])}


def acting(action):
    """Offer the command ``act``, which calls *action* with the plugin's output."""

    class CliPlugin:
        def __init__(self, context):
            self._output = context.output

        @hookimpl
        def hilum_cli_commands(self):
            yield CliCommand(name="act", summary=LABEL, build=self._build)

        def _build(self):
            return click.Command("act", callback=lambda: action(self._output))

    return {"acme.cli": CliPlugin}


def test_a_command_that_is_built_as_nothing_is_its_plugins_failure(hilum_cli):
    code, document = hilum_cli.json("act", plugins=front(lambda: None))

    assert (code, document["error"]["code"]) == (1, "plugin.failed")
    details = document["error"]["details"]
    assert (details["plugin"], details["type"]) == ("acme", "ContractError")
    assert details["problem"].startswith("Command is expected, not NoneType, in what ")


@pytest.mark.parametrize(
    ("name", "under", "said"),
    [
        ("act", "nothing", "nothing is no group of the host"),
        ("session", None, "session is a command of the host"),
    ],
)
def test_a_command_without_a_place_is_its_plugins_failure(hilum_cli, name, under, said):
    result = hilum_cli("--help", plugins=front(lambda: None, name, under))

    assert f"The plugin acme failed (hilum_cli_commands: {said})" in result.errors


def test_a_command_of_the_hosts_group_is_not_replaced(hilum_cli):
    result = hilum_cli("session", "status", plugins=front(lambda: None, "status", "session"))

    assert result.exit_code == 0
    assert "The plugin acme failed" in result.errors


def test_a_command_named_like_a_plugin_that_is_off_says_so(hilum_cli):
    code, document = hilum_cli.json(
        "--without", "acme", "acme", plugins=front(lambda: None, "acme")
    )

    assert (code, document["error"]["code"]) == (2, "plugin.disabled")
    assert document["error"]["details"]["plugin"] == "acme"


def refusing(error):
    def refuse(_output):
        raise error

    return acting(refuse)


def test_an_error_that_nobody_explains_names_its_plugin(hilum_cli):
    result = hilum_cli("act", plugins=refusing(HilumError("acme.closed")))

    assert "The plugin acme refused this without saying why (acme.closed)." in result.errors


def test_a_text_whose_braces_mean_nothing_is_shown_as_it_is(hilum_cli):
    error = HilumError("acme.odd", message=Message("acme", "{odd:%%} {"))

    assert "{odd:%%} {" in hilum_cli("act", plugins=refusing(error)).errors


def test_details_that_json_lacks_become_text(hilum_cli):
    details = {"a": object(), "b": {(1, 2): b"x"}, "c": [float("nan")], "d": float("inf")}

    code, document = hilum_cli.json("act", plugins=refusing(HilumError("acme.odd", **details)))

    assert code == 1
    assert document["error"]["details"] == {
        "a": "object",
        "b": {"(1, 2)": "bytes"},
        "c": ["nan"],
        "d": "inf",
    }


def test_a_document_that_json_lacks_is_the_plugins_mistake(hilum_cli):
    plugins = acting(lambda output: output.show({"a": object()}, []))

    code, document = hilum_cli.json("act", plugins=plugins)

    assert (code, document["error"]["code"]) == (1, "plugin.failed")
    assert document["error"]["details"]["plugin"] == "acme"


def test_a_second_result_is_the_plugins_mistake_and_no_second_document(hilum_cli):
    def twice(output):
        output.show({"n": 1}, [])
        output.show({"n": 2}, [])

    result = hilum_cli("--json", "act", plugins=acting(twice))

    assert (result.exit_code, json.loads(result.output)) == (1, {"n": 1})
    assert "The plugin acme made a mistake." in result.errors


def test_control_characters_are_written_out(hilum_cli):
    plugins = acting(lambda output: output.show({}, ["\x1b[2J\u202egone\tfine"]))

    assert hilum_cli("act", plugins=plugins).output == "\\x1b[2J\\u202egone\tfine\n"


PROGRAM = """
import os, subprocess, sys
from hilum.cli.running import run
from hilum_hookspecs import Message, hookimpl
from hilum_hookspecs.cli import CliCommand

class CliPlugin:
    def __init__(self, context):
        self.output = context.output
    @hookimpl
    def hilum_cli_commands(self):
        yield CliCommand(name="act", summary=Message("a", "b"), build=self.build)
    def build(self):
        import click
        return click.Command("act", callback=self.act)
    def act(self):
        os.write(1, b"stray")
        subprocess.run(["echo", "noise"], check=True)
        self.output.show({"a": "\\u00e9"}, [])

run(["--json", "act"], environ=dict(os.environ), stdin=sys.stdin, stdout=sys.stdout,
    stderr=sys.stderr, plugins={"acme.cli": CliPlugin})
print("after")
"""


def test_what_is_written_to_the_descriptor_does_not_spoil_the_document(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "HILUM_DATA_DIR": str(tmp_path / "data"), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )

    document, _brace, after = done.stdout.rpartition("}")
    assert json.loads(document + "}") == {"a": "é"}
    assert after == "\nafter\n"
    assert "straynoise" in done.stderr
