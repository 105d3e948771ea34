"""What is typed wrongly is explained; options are read before there are commands."""

from __future__ import annotations

import pytest
from hilum.cli.options import GlobalOptions, read_ahead
from hilum_hookspecs import (
    Message,
)

LABEL = Message("acme", "Do something")


def test_an_unknown_command_is_refused_with_the_nearest(hilum_cli):
    code, document = hilum_cli.json("sesion")

    assert (code, document["error"]["code"]) == (2, "usage.unknown-command")
    assert document["error"]["details"]["nearest"] == "session"


def test_an_unknown_command_of_a_group_has_the_same_code(hilum_cli):
    code, document = hilum_cli.json("plugins", "lst")

    assert (code, document["error"]["code"]) == (2, "usage.unknown-command")
    assert document["error"]["details"] == {"command": "lst", "nearest": "list"}


def test_a_misplaced_global_option_is_explained_in_json(hilum_cli):
    code, document = hilum_cli.json("plugins", "list", "--json")

    assert (code, document["error"]["code"]) == (2, "usage.unknown-option")
    assert "before the command" in document["error"]["remedy"]


def test_a_misspelt_option_still_answers_in_json(hilum_cli):
    code, document = hilum_cli.json("--quite", "plugins", "list")

    assert (code, document["error"]["details"]) == (
        2,
        {"option": "--quite", "nearest": "--quiet"},
    )


def test_a_missing_parameter_is_named(hilum_cli):
    code, document = hilum_cli.json("plugins", "enable")

    assert (code, document["error"]["code"]) == (2, "usage.missing-parameter")
    assert document["error"]["details"] == {"name": "name"}


@pytest.mark.parametrize("arguments", [["--lang", "xx"], ["--secret", "x"], ["--nothing"]])
def test_a_wrong_global_option_is_a_usage_error(hilum_cli, arguments):
    assert hilum_cli.json(*arguments, "plugins", "list")[0] == 2


def test_a_missing_command_within_a_group_says_so(hilum_cli):
    code, document = hilum_cli.json("session", "watch", "--provider", "x")

    assert (code, document["error"]["details"]["plugin"]) == (2, "session_liveness")


def test_the_language_follows_option_settings_and_system(hilum_cli):
    def first_line(*options, **environ):
        return hilum_cli(*options, "--help", environ=environ).output.splitlines()[0]

    assert first_line().startswith("Usage:")
    assert first_line(LANG="fr_BE.UTF-8").startswith("Utilisation :")
    hilum_cli.configure('[general]\nlanguage = "fr"\n')
    assert first_line().startswith("Utilisation :")
    assert first_line("--lang", "en").startswith("Usage:")


def test_the_language_of_a_run_ends_with_it(hilum_cli):
    assert hilum_cli("--lang", "fr", "nothing").errors.startswith("Il n'y a pas de commande")
    assert hilum_cli("nothing").errors.startswith("There is no command")


def test_clicks_own_sentences_are_french_in_french(hilum_cli):
    assert "Argument manquant" in hilum_cli("--lang", "fr", "plugins", "enable").errors


def test_the_data_folder_is_ours_alone(hilum_cli, showing):
    hilum_cli("act", plugins=showing({}))

    assert hilum_cli.folder.stat().st_mode & 0o777 == 0o700


def test_the_demonstration_leaves_nothing_in_the_data_folder(hilum_cli, command):
    plugins = {"simulator.cli": command("demo", lambda context: None)}

    assert hilum_cli("demo", plugins=plugins).exit_code == 0
    assert not hilum_cli.folder.exists()


def test_a_data_folder_that_others_may_write_to_is_refused(hilum_cli, showing):
    hilum_cli.configure("")
    hilum_cli.folder.chmod(0o777)

    code, document = hilum_cli.json("act", plugins=showing({}))

    assert (code, document["error"]["code"]) == (9, "storage.unsafe-mode")


def test_secrets_of_the_options_reach_the_prompter(hilum_cli, command):
    def action(context):
        context.output.show({"pin": context.prompter.secret("eid-pin", LABEL)}, [])

    plugins = {"acme.cli": command("act", action)}

    assert hilum_cli.json("act", plugins=plugins)[0] == 2
    result = hilum_cli.json(
        "--secret", "eid-pin=env:P", "act", plugins=plugins, environ={"P": "1234"}
    )
    assert result == (0, {"pin": "1234"})


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion_script(hilum_cli, shell):
    result = hilum_cli(environ={"_HILUM_COMPLETE": f"{shell}_source"})

    assert result.exit_code == 0
    assert "_HILUM_COMPLETE" in result.output


def test_commands_are_completed(hilum_cli, monkeypatch):
    monkeypatch.setenv("COMP_WORDS", "hilum plugins en")
    monkeypatch.setenv("COMP_CWORD", "2")

    result = hilum_cli(environ={"_HILUM_COMPLETE": "bash_complete"})

    assert "enable" in result.output


def test_the_options_that_are_read_ahead_are_the_ones_that_click_reads():
    seen = read_ahead(
        [
            "--data-dir",
            "d",
            "--environment=e",
            "--lang",
            "fr",
            "--json",
            "--quiet",
            "--verbose",
            "--no-input",
            "--without",
            "a",
            "--without=b",
            "--secret",
            "x=env:Y",
            "--config",
            "c",
            "command",
            "--quiet",
            "--data-dir",
            "other",
        ]
    )

    assert seen == GlobalOptions(
        data_dir="d",
        config="c",
        environment="e",
        lang="fr",
        as_json=True,
        quiet=True,
        verbose=True,
        no_input=True,
        without=("a", "b"),
        secret=("x=env:Y",),
        command="command",
    )
