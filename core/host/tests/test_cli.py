"""The promises of the command line that hold for every command."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass

import click
import pytest
from hilum.cli.main import run
from hilum.cli.options import GlobalOptions, read_ahead
from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import (
    CardError,
    Finding,
    HilumError,
    Message,
    RecordInvalid,
    SessionProbe,
    UserCancelled,
    hookimpl,
)
from hilum_hookspecs.cli import CliCommand

SUMMARY = Message("acme", "Do something")


def command(name, action, under=None, **options):
    """Make a plugin class with one command that calls *action* with the plugin's context."""

    class CliPlugin:
        def __init__(self, context):
            self.context = context

        @hookimpl
        def hilum_cli_commands(self):
            yield CliCommand(name=name, summary=SUMMARY, build=self._build, under=under)

        def _build(self):
            @click.command(name, **options)
            def callback():
                return action(self.context)

            return callback

    return CliPlugin


def raising(error):
    def action(context):
        raise error

    return {"acme.cli": command("act", action)}


def showing(document, *lines):
    return {"acme.cli": command("act", lambda context: context.output.show(document, lines))}


def test_help_lists_commands_with_summaries_and_examples(hilum_cli):
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
            yield CliCommand(name="act", summary=SUMMARY, build=lambda: pytest.fail("built"))

    assert hilum_cli("--help", plugins={"acme.cli": Unbuildable}).exit_code == 0


def test_without_a_command_the_help_is_shown_as_a_usage_error(hilum_cli):
    result = hilum_cli()

    assert result.exit_code == 2
    assert "Commands:" in result.output


def test_a_result_is_lines_for_a_person_and_a_document_for_a_script(hilum_cli):
    plugins = showing({"a": 1}, "one", "two")

    assert hilum_cli("act", plugins=plugins).output == "one\ntwo\n"
    assert hilum_cli.json("act", plugins=plugins) == (0, {"a": 1})


def test_an_environment_besides_production_is_named_in_every_result(hilum_cli):
    plugins = showing({"a": 1}, "one")

    code, document = hilum_cli.json("--environment", "acceptance", "act", plugins=plugins)
    result = hilum_cli("--environment", "acceptance", "act", plugins=plugins)

    assert (code, document) == (0, {"environment": "acceptance", "a": 1})
    assert (result.output, result.errors) == ("one\n", "Environment: acceptance\n")


def test_what_a_plugin_prints_does_not_spoil_the_document(hilum_cli):
    def action(context):
        print("stray")
        context.output.show({"a": 1}, [])

    result = hilum_cli("--json", "act", plugins={"acme.cli": command("act", action)})

    assert json.loads(result.output) == {"a": 1}
    assert "stray" in result.errors


def test_help_is_a_document_too(hilum_cli):
    code, document = hilum_cli.json("--help")

    assert code == 0
    assert document["help"].startswith("Usage: hilum")


def test_a_command_without_a_result_still_gives_a_document(hilum_cli):
    plugins = {"acme.cli": command("act", lambda context: None)}

    assert hilum_cli.json("act", plugins=plugins) == (0, {})


def test_many_results_are_one_document_a_line_and_so_is_their_error(hilum_cli):
    def action(context):
        context.output.stream({"n": 1}, "one")
        context.output.stream({"n": 2}, "two")
        raise HilumError("session.none")

    result = hilum_cli("--json", "act", plugins={"acme.cli": command("act", action)})

    documents = [json.loads(line) for line in result.output.splitlines()]
    assert [each.get("n") for each in documents] == [1, 2, None]
    assert documents[2]["error"]["code"] == "session.none"


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (EhealthError("card.pin-rejected", attempts_left=2), 4),
        (EhealthError("keystore.password-rejected"), 4),
        (EhealthError("keystore.damaged"), 3),
        (EhealthError("assertion.signature", problem="digest"), 6),
        (EhealthError("ehealth.unavailable"), 7),
        (EhealthError("network.timeout", endpoint="x", seconds=3), 7),
        (CardError("card.not-present"), 5),
        (HilumError("session.none"), 3),
        (HilumError("network.session-unknown"), 7),
        (HilumError("storage.disk-full", path="x"), 9),
        (HilumError("not-yet.renewal"), 8),
        (HilumError("settings.unknown-key"), 2),
        (UserCancelled(), 130),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (click.UsageError("no"), 2),
        (ZeroDivisionError("x"), 1),
        (SystemExit(0), 1),
        (EOFError(), 1),
    ],
)
def test_every_error_is_a_document_and_an_exit_code(hilum_cli, error, exit_code):
    code, document = hilum_cli.json("act", plugins=raising(error))

    assert code == exit_code
    assert set(document) == {"error"}
    assert set(document["error"]) == {"code", "message", "remedy", "details"}


def test_an_error_is_a_sentence_and_a_remedy_for_a_person(hilum_cli):
    result = hilum_cli("act", plugins=raising(EhealthError("card.pin-rejected", attempts_left=2)))

    assert result.output == ""
    assert result.errors.splitlines() == [
        "The PIN is wrong. 2 tries are left.",
        "Type the PIN of the card with care; three wrong ones in a row block it.",
    ]


def test_walking_away_says_nothing(hilum_cli):
    result = hilum_cli("act", plugins=raising(UserCancelled()))

    assert (result.output, result.errors) == ("", "")


def test_a_plugin_with_a_code_of_its_own_brings_its_words(hilum_cli):
    error = HilumError(
        "acme.tired",
        message=Message("acme", "The plugin {name} is tired."),
        remedy=Message("acme", "Let it rest."),
        name="Bob",
    )

    _code, document = hilum_cli.json("act", plugins=raising(error))

    assert document["error"]["message"] == "The plugin Bob is tired."
    assert document["error"]["remedy"] == "Let it rest."


def test_findings_come_with_their_sentences(hilum_cli):
    finding = Finding(
        provider_id="p1",
        code="record.niss-missing",
        message=Message("acme", "The NISS is missing"),
        field="niss",
    )
    plugins = raising(RecordInvalid([finding]))

    code, document = hilum_cli.json("act", plugins=plugins)

    assert code == 3
    (shown,) = document["error"]["details"]["findings"]
    assert (shown["code"], shown["message"]) == ("record.niss-missing", "The NISS is missing")
    assert "- The NISS is missing" in hilum_cli("act", plugins=plugins).errors


def test_a_defect_of_a_plugin_names_it(hilum_cli):
    code, document = hilum_cli.json("act", plugins=raising(ZeroDivisionError("canary")))

    assert (code, document["error"]["code"]) == (1, "plugin.failed")
    assert document["error"]["details"] == {"plugin": "acme", "type": "ZeroDivisionError"}


@pytest.mark.parametrize("option", ["--quiet", "--verbose"])
def test_a_foreign_errors_message_is_never_shown(hilum_cli, option):
    result = hilum_cli(option, "act", plugins=raising(ValueError("canary")))

    assert "canary" not in result.output + result.errors


def test_verbose_says_where_a_defect_arose(hilum_cli):
    result = hilum_cli("--verbose", "act", plugins=raising(ValueError("canary")))

    assert "ValueError:" in result.errors
    assert "test_cli.py" in result.errors


def test_an_unknown_command_is_refused_with_the_nearest(hilum_cli):
    code, document = hilum_cli.json("sesion")

    assert (code, document["error"]["code"]) == (2, "usage.unknown-command")
    assert document["error"]["details"]["nearest"] == "session"


def test_an_unknown_command_of_a_group_has_the_same_code(hilum_cli):
    code, document = hilum_cli.json("plugins", "lst")

    assert (code, document["error"]["code"]) == (2, "usage.unknown-command")
    assert document["error"]["details"] == {"command": "lst", "nearest": "list"}


def test_a_terminal_without_unicode_still_gets_json(hilum_cli):
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="backslashreplace")
    environ = {"HILUM_DATA_DIR": str(hilum_cli.folder)}
    streams = {"stdin": io.StringIO(), "stdout": stdout, "stderr": io.StringIO()}

    run(["--json", "act"], environ=environ, plugins=showing({"name": "Zoé"}), **streams)

    stdout.seek(0)
    assert json.load(stdout) == {"name": "Zoé"}


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


def test_the_command_of_a_disabled_plugin_says_so(hilum_cli):
    hilum_cli.configure('[plugins]\ndisabled = ["provider_records"]\n')
    plugins = {"provider_records.cli": command("provider", lambda context: None)}

    code, document = hilum_cli.json("provider", "list", "--anything", plugins=plugins)

    assert (code, document["error"]["code"]) == (2, "plugin.disabled")
    assert "hilum plugins enable provider_records" in document["error"]["remedy"]


def test_the_command_of_a_plugin_that_is_not_installed_says_so(hilum_cli):
    code, document = hilum_cli.json("certificate", "list")

    assert (code, document["error"]["code"]) == (2, "plugin.not-installed")
    assert "[unavailable: plugin cert_manager]" in hilum_cli("--help").output


def test_a_missing_command_within_a_group_says_so(hilum_cli):
    code, document = hilum_cli.json("session", "watch", "--provider", "x")

    assert (code, document["error"]["details"]["plugin"]) == (2, "session_liveness")


def test_a_command_stands_in_the_group_that_it_names(hilum_cli):
    plugins = {"acme.cli": command("shout", lambda c: c.output.show({}, ["loud"]), under="session")}

    assert hilum_cli("session", "shout", plugins=plugins).output == "loud\n"


def test_two_commands_of_one_name_are_refused_and_the_others_work(hilum_cli):
    plugins = {
        "one.cli": command("act", lambda context: None),
        "two.cli": command("act", lambda context: None),
        "three.cli": command("other", lambda context: context.output.show({"ok": True}, [])),
    }

    code, document = hilum_cli.json("act", plugins=plugins)

    assert (code, document["error"]["code"]) == (2, "plugin.conflict")
    assert document["error"]["details"]["plugins"] == ["one", "two"]
    assert hilum_cli.json("other", plugins=plugins) == (0, {"ok": True})
    assert hilum_cli("--help", plugins=plugins).exit_code == 0


def test_a_plugin_cannot_take_a_command_of_the_host(hilum_cli):
    plugins = {"acme.cli": command("plugins", lambda context: pytest.fail("taken"))}

    code, document = hilum_cli.json("plugins", "list", plugins=plugins)

    assert code == 0
    assert "command of the host" in document["plugins"][0]["failures"][0]["message"]


@dataclass(frozen=True, slots=True)
class AcmeSettings:
    reader: str = ""


class Domain:
    Settings = AcmeSettings

    def __init__(self, context):
        self._context = context

    @hookimpl
    def hilum_session_probes(self):
        yield SessionProbe(name="acme", ask=lambda session, environment: None)


def reads_settings(context):
    context.output.show({"reader": context.settings.reader}, [])


ACME = {"acme": Domain, "acme.cli": command("act", reads_settings)}


def test_a_plugin_gets_its_settings(hilum_cli):
    hilum_cli.configure('[acme]\nreader = "left"\n')

    assert hilum_cli.json("act", plugins=ACME) == (0, {"reader": "left"})
    environ = {"HILUM__ACME__READER": "right"}
    assert hilum_cli.json("act", plugins=ACME, environ=environ) == (0, {"reader": "right"})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[acme]\nraeder = 'x'\n", "settings.unknown-key"),
        ("[acme]\nreader = 3\n", "settings.invalid-value"),
        ("[ace]\nreader = 'x'\n", "settings.unknown-section"),
        ("[general]\nenvironment = 'nowhere'\n", "settings.unknown-environment"),
        ("[general]\nlanguage = 3\n", "settings.invalid-value"),
        ("[plugins]\ndisabled = 3\n", "settings.invalid-value"),
        ("[plugins\n", "settings.syntax"),
        ("[environments.production]\nsts = 'x'\n", "settings.protected"),
    ],
)
def test_wrong_settings_stop_every_command_but_plugins_and_help(hilum_cli, text, code):
    hilum_cli.configure(text)

    exit_code, document = hilum_cli.json("act", plugins=ACME)
    assert (exit_code, document["error"]["code"]) == (2, code)

    exit_code, document = hilum_cli.json("plugins", "list", plugins=ACME)
    assert (exit_code, document["problem"]["code"]) == (0, code)

    assert hilum_cli("--help", plugins=ACME).exit_code == 0


def test_plugins_list_tells_what_each_offers_and_what_failed(hilum_cli):
    class Broken:
        def __init__(self, context):
            raise RuntimeError("no reader")

    plugins = {**ACME, "broken": Broken}

    code, document = hilum_cli.json("plugins", "list", plugins=plugins)

    acme, broken = document["plugins"]
    assert code == 0
    assert (acme["state"], acme["first_party"]) == ("on", False)
    assert acme["offers"] == {"hilum_session_probes": ["acme"], "hilum_cli_commands": ["act"]}
    assert broken["state"] == "failed"
    assert broken["failures"][0]["message"] == "RuntimeError: no reader"
    lines = hilum_cli("plugins", "list", plugins=plugins).output
    assert "! load: RuntimeError: no reader" in lines


def test_a_plugin_is_switched_off_and_on_again(hilum_cli):
    plugins = {"provider_records.cli": command("provider", lambda context: None)}

    assert hilum_cli("plugins", "disable", "provider_records", plugins=plugins).exit_code == 0
    assert hilum_cli.json("provider", plugins=plugins)[1]["error"]["code"] == "plugin.disabled"
    assert hilum_cli("plugins", "enable", "provider_records", plugins=plugins).exit_code == 0
    assert hilum_cli("provider", plugins=plugins).exit_code == 0


def test_a_dry_run_switches_nothing(hilum_cli):
    plugins = {"provider_records": Domain}

    _code, document = hilum_cli.json(
        "plugins", "disable", "provider_records", "--dry-run", plugins=plugins
    )

    assert (document["changed"], document["dry_run"]) == (True, True)
    assert not (hilum_cli.folder / "config.toml").exists()


def test_enabling_a_third_party_says_what_it_may(hilum_cli):
    result = hilum_cli("plugins", "enable", "acme", plugins=ACME)

    assert result.exit_code == 0
    assert "can see passwords and PINs" in result.errors


def test_a_plugin_that_is_not_there_cannot_be_switched(hilum_cli):
    code, document = hilum_cli.json("plugins", "enable", "provider_record")

    assert (code, document["error"]["details"]["nearest"]) == (2, "provider_records")


def test_a_run_without_a_plugin_leaves_it_out(hilum_cli):
    for options, environ in (
        (["--without", "acme"], {}),
        ([], {"HILUM_WITHOUT": "other,acme"}),
    ):
        code, document = hilum_cli.json(*options, "plugins", "list", plugins=ACME, environ=environ)
        assert (code, document["plugins"][0]["state"]) == (0, "without")


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


def test_the_data_folder_is_ours_alone(hilum_cli):
    hilum_cli("act", plugins=showing({}))

    assert hilum_cli.folder.stat().st_mode & 0o777 == 0o700


def test_the_demonstration_leaves_nothing_in_the_data_folder(hilum_cli):
    plugins = {"simulator.cli": command("demo", lambda context: None)}

    assert hilum_cli("demo", plugins=plugins).exit_code == 0
    assert not hilum_cli.folder.exists()


def test_a_data_folder_that_others_may_write_to_is_refused(hilum_cli):
    hilum_cli.configure("")
    hilum_cli.folder.chmod(0o777)

    code, document = hilum_cli.json("act", plugins=showing({}))

    assert (code, document["error"]["code"]) == (9, "storage.unsafe-mode")


def test_secrets_of_the_options_reach_the_prompter(hilum_cli):
    def action(context):
        context.output.show({"pin": context.prompter.secret("eid-pin", SUMMARY)}, [])

    plugins = {"acme.cli": command("act", action)}

    assert hilum_cli.json("act", plugins=plugins)[0] == 2
    result = hilum_cli.json(
        "--secret", "eid-pin=env:P", "act", plugins=plugins, environ={"P": "1234"}
    )
    assert result == (0, {"pin": "1234"})


def test_a_missing_secret_is_exit_2_and_named(hilum_cli):
    plugins = {"acme.cli": command("act", lambda c: c.prompter.secret("eid-pin", SUMMARY))}

    code, document = hilum_cli.json("--no-input", "act", plugins=plugins, tty=True)

    assert (code, document["error"]["code"]) == (2, "secret.missing")
    assert document["error"]["details"] == {"name": "eid-pin"}


def test_steps_are_said_to_a_person_and_not_to_a_script(hilum_cli):
    plugins = {"acme.cli": command("act", lambda context: context.progress.step(SUMMARY))}

    assert hilum_cli("act", plugins=plugins).errors == "Do something\n"
    assert hilum_cli("--quiet", "act", plugins=plugins).errors == ""
    assert hilum_cli("--json", "act", plugins=plugins).errors == ""
    heard = []
    hilum_cli("act", plugins=plugins, on_step=heard.append)
    assert heard == ["Do something"]


def test_a_command_can_run_another_inside_itself(hilum_cli):
    def action(context):
        inner = context.command_line.run(["--json", "plugins", "list"])
        context.output.show({"inner": json.loads(inner.output), "code": inner.exit_code}, [])

    code, document = hilum_cli.json("act", plugins={"acme.cli": command("act", action)})

    assert (code, document["code"]) == (0, 0)
    assert "plugins" in document["inner"]


def test_an_exit_code_of_a_command_is_kept(hilum_cli):
    plugins = {"acme.cli": command("act", lambda context: click.get_current_context().exit(7))}

    assert hilum_cli("act", plugins=plugins).exit_code == 7


def test_the_version_is_told(hilum_cli):
    assert hilum_cli("--version").output.startswith("hilum ")
    assert set(hilum_cli.json("--version")[1]) == {"version"}


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


def test_a_reader_that_stops_reading_is_no_error_of_the_command(hilum_cli):
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
