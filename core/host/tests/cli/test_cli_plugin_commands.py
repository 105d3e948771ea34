"""Commands of plugins: where they stand, their settings, what happens without them."""

from __future__ import annotations

import pytest


def test_the_command_of_a_disabled_plugin_says_so(hilum_cli, command):
    hilum_cli.configure('[plugins]\ndisabled = ["provider_records"]\n')
    plugins = {"provider_records.cli": command("provider", lambda context: None)}

    code, document = hilum_cli.json("provider", "list", "--anything", plugins=plugins)

    assert (code, document["error"]["code"]) == (2, "plugin.disabled")
    assert "hilum plugins enable provider_records" in document["error"]["remedy"]


def test_the_command_of_a_plugin_that_is_not_installed_says_so(hilum_cli):
    code, document = hilum_cli.json("certificate", "list")

    assert (code, document["error"]["code"]) == (2, "plugin.not-installed")
    assert "[unavailable: plugin cert_manager]" in hilum_cli("--help").output


def test_a_command_stands_in_the_group_that_it_names(hilum_cli, command):
    plugins = {"acme.cli": command("shout", lambda c: c.output.show({}, ["loud"]), under="session")}

    assert hilum_cli("session", "shout", plugins=plugins).output == "loud\n"


def test_two_commands_of_one_name_are_refused_and_the_others_work(hilum_cli, command):
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


def test_a_plugin_cannot_take_a_command_of_the_host(hilum_cli, command):
    plugins = {"acme.cli": command("plugins", lambda context: pytest.fail("taken"))}

    code, document = hilum_cli.json("plugins", "list", plugins=plugins)

    assert code == 0
    assert "command of the host" in document["plugins"][0]["failures"][0]["message"]


def test_a_plugin_gets_its_settings(hilum_cli, acme):
    hilum_cli.configure('[acme]\nreader = "left"\n')

    assert hilum_cli.json("act", plugins=acme) == (0, {"reader": "left"})
    environ = {"HILUM__ACME__READER": "right"}
    assert hilum_cli.json("act", plugins=acme, environ=environ) == (0, {"reader": "right"})


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
def test_wrong_settings_stop_every_command_but_plugins_and_help(hilum_cli, text, code, acme):
    hilum_cli.configure(text)

    exit_code, document = hilum_cli.json("act", plugins=acme)
    assert (exit_code, document["error"]["code"]) == (2, code)

    exit_code, document = hilum_cli.json("plugins", "list", plugins=acme)
    assert (exit_code, document["problem"]["code"]) == (0, code)

    assert hilum_cli("--help", plugins=acme).exit_code == 0
