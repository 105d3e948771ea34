"""``hilum plugins``: listed, switched on and off, left out."""

from __future__ import annotations

import json


def test_plugins_list_tells_what_each_offers_and_what_failed(hilum_cli, acme):
    class Broken:
        def __init__(self, context):
            raise RuntimeError("no reader")

    plugins = {**acme, "broken": Broken}

    code, document = hilum_cli.json("plugins", "list", plugins=plugins)

    acme, broken = document["plugins"]
    assert code == 0
    assert (acme["state"], acme["first_party"]) == ("on", False)
    assert acme["offers"] == {"hilum_session_probes": ["acme"], "hilum_cli_commands": ["act"]}
    assert broken["state"] == "failed"
    assert broken["failures"][0]["message"] == "RuntimeError: no reader"
    lines = hilum_cli("plugins", "list", plugins=plugins).output
    assert "! load: RuntimeError: no reader" in lines


def test_a_plugin_is_switched_off_and_on_again(hilum_cli, command):
    plugins = {"provider_records.cli": command("provider", lambda context: None)}

    assert hilum_cli("plugins", "disable", "provider_records", plugins=plugins).exit_code == 0
    assert hilum_cli.json("provider", plugins=plugins)[1]["error"]["code"] == "plugin.disabled"
    assert hilum_cli("plugins", "enable", "provider_records", plugins=plugins).exit_code == 0
    assert hilum_cli("provider", plugins=plugins).exit_code == 0


def test_several_plugins_are_switched_at_once(hilum_cli, acme, command):
    plugins = {**acme, "provider_records.cli": command("provider", lambda context: None)}

    result = hilum_cli("plugins", "disable", "acme", "provider_records", plugins=plugins)

    assert result.output.splitlines() == [
        "acme is off from the next command on.",
        "provider_records is off from the next command on.",
    ]
    result = hilum_cli("--json", "plugins", "enable", "acme", "provider_records", plugins=plugins)
    documents = [json.loads(line) for line in result.output.splitlines()]
    assert [(each["plugin"], each["changed"]) for each in documents] == [
        ("acme", True),
        ("provider_records", True),
    ]


def test_none_is_switched_when_one_of_the_names_is_wrong(hilum_cli, acme):
    code, document = hilum_cli.json("plugins", "enable", "acme", "acne", plugins=acme)

    assert (code, document["error"]["code"]) == (2, "plugin.not-found")
    assert not (hilum_cli.folder / "config.toml").exists()


def test_a_dry_run_switches_nothing(hilum_cli, acme):
    plugins = {"provider_records": acme["acme"]}

    _code, document = hilum_cli.json(
        "plugins", "disable", "provider_records", "--dry-run", plugins=plugins
    )

    assert (document["changed"], document["dry_run"]) == (True, True)
    assert not (hilum_cli.folder / "config.toml").exists()


def test_enabling_a_third_party_says_what_it_may(hilum_cli, acme):
    result = hilum_cli("plugins", "enable", "acme", plugins=acme)

    assert result.exit_code == 0
    assert "can see passwords and PINs" in result.errors


def test_a_plugin_that_is_not_there_cannot_be_switched(hilum_cli):
    code, document = hilum_cli.json("plugins", "enable", "provider_record")

    assert (code, document["error"]["details"]["nearest"]) == (2, "provider_records")


def test_a_run_without_a_plugin_leaves_it_out(hilum_cli, acme):
    for options, environ in (
        (["--without", "acme"], {}),
        ([], {"HILUM_WITHOUT": "other,acme"}),
    ):
        code, document = hilum_cli.json(*options, "plugins", "list", plugins=acme, environ=environ)
        assert (code, document["plugins"][0]["state"]) == (0, "without")
