"""What a command shows: lines for a person, one document for a script."""

from __future__ import annotations

import io
import json

import click
import pytest
from hilum.cli.main import run
from hilum_hookspecs import (
    HilumError,
    Message,
    hookimpl,
)
from hilum_hookspecs.cli import CliCommand

LABEL = Message("acme", "Do something")


def test_help_lists_commands_with_summaries_and_examples(hilum_cli, showing):
    result = hilum_cli("--help", plugins=showing({}))

    assert result.exit_code == 0
    assert "act          Do something" in result.output
    assert "hilum session open --provider" in result.output


def test_help_builds_no_command(hilum_cli):
    class Unbuildable:
        def __init__(self, context):
            pass

        @hookimpl
        def hilum_cli_commands(self):
            yield CliCommand(name="act", summary=LABEL, build=lambda: pytest.fail("built"))

    assert hilum_cli("--help", plugins={"acme.cli": Unbuildable}).exit_code == 0


def test_without_a_command_the_help_is_shown_as_a_usage_error(hilum_cli):
    result = hilum_cli()

    assert result.exit_code == 2
    assert "Commands:" in result.output


def test_a_result_is_lines_for_a_person_and_a_document_for_a_script(hilum_cli, showing):
    plugins = showing({"a": 1}, "one", "two")

    assert hilum_cli("act", plugins=plugins).output == "one\ntwo\n"
    assert hilum_cli.json("act", plugins=plugins) == (0, {"a": 1})


def test_an_environment_besides_production_is_named_in_every_result(hilum_cli, showing):
    plugins = showing({"a": 1}, "one")

    code, document = hilum_cli.json("--environment", "acceptance", "act", plugins=plugins)
    result = hilum_cli("--environment", "acceptance", "act", plugins=plugins)

    assert (code, document) == (0, {"environment": "acceptance", "a": 1})
    assert (result.output, result.errors) == ("one\n", "Environment: acceptance\n")


def test_what_a_plugin_prints_does_not_spoil_the_document(hilum_cli, command):
    def action(context):
        print("stray")
        context.output.show({"a": 1}, [])

    result = hilum_cli("--json", "act", plugins={"acme.cli": command("act", action)})

    assert json.loads(result.output) == {"a": 1}
    assert "stray" in result.errors


def test_what_a_command_prints_without_a_result_is_a_note_and_no_help(hilum_cli, command):
    plugins = {"acme.cli": command("act", lambda context: print("stray"))}

    result = hilum_cli("--json", "act", plugins=plugins)

    assert json.loads(result.output) == {}
    assert "stray" in result.errors


def test_help_is_a_document_too(hilum_cli):
    code, document = hilum_cli.json("--help")

    assert code == 0
    assert document["help"].startswith("Usage: hilum")


def test_a_command_without_a_result_still_gives_a_document(hilum_cli, command):
    plugins = {"acme.cli": command("act", lambda context: None)}

    assert hilum_cli.json("act", plugins=plugins) == (0, {})


def test_many_results_are_one_document_a_line_and_so_is_their_error(hilum_cli, command):
    def action(context):
        context.output.stream({"n": 1}, "one")
        context.output.stream({"n": 2}, "two")
        raise HilumError("session.none")

    result = hilum_cli("--json", "act", plugins={"acme.cli": command("act", action)})

    documents = [json.loads(line) for line in result.output.splitlines()]
    assert [each.get("n") for each in documents] == [1, 2, None]
    assert documents[2]["error"]["code"] == "session.none"


def test_a_terminal_without_unicode_still_gets_json(hilum_cli, showing):
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="backslashreplace")
    environ = {"HILUM_DATA_DIR": str(hilum_cli.folder)}
    streams = {"stdin": io.StringIO(), "stdout": stdout, "stderr": io.StringIO()}

    run(["--json", "act"], environ=environ, plugins=showing({"name": "Zoé"}), **streams)

    stdout.seek(0)
    assert json.load(stdout) == {"name": "Zoé"}


def test_steps_are_said_to_a_person_and_not_to_a_script(hilum_cli, command):
    plugins = {"acme.cli": command("act", lambda context: context.progress.step(LABEL))}

    assert hilum_cli("act", plugins=plugins).errors == "Do something\n"
    assert hilum_cli("--quiet", "act", plugins=plugins).errors == ""
    assert hilum_cli("--json", "act", plugins=plugins).errors == ""
    heard = []
    hilum_cli("act", plugins=plugins, on_step=heard.append)
    assert heard == ["Do something"]


def test_a_command_can_run_another_inside_itself(hilum_cli, command):
    def action(context):
        inner = context.command_line.run(["--json", "plugins", "list"])
        context.output.show({"inner": json.loads(inner.output), "code": inner.exit_code}, [])

    code, document = hilum_cli.json("act", plugins={"acme.cli": command("act", action)})

    assert (code, document["code"]) == (0, 0)
    assert "plugins" in document["inner"]


def test_an_exit_code_of_a_command_is_kept(hilum_cli, command):
    plugins = {"acme.cli": command("act", lambda context: click.get_current_context().exit(7))}

    assert hilum_cli("act", plugins=plugins).exit_code == 7


def test_the_version_is_told(hilum_cli):
    assert hilum_cli("--version").output.startswith("hilum ")
    assert set(hilum_cli.json("--version")[1]) == {"version"}


def test_a_reader_that_stops_reading_is_no_error_of_the_command(hilum_cli, showing):
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run(
            ["act"],
            environ={"HILUM_DATA_DIR": str(hilum_cli.folder)},
            stdin=io.StringIO(),
            stdout=Closed(),
            stderr=io.StringIO(),
            plugins=showing({}, "one"),
        )
