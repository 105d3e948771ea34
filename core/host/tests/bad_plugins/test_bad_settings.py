"""Settings that are wrong, or of plugins that are gone, stop nobody else."""

from __future__ import annotations

from dataclasses import dataclass, field

import click
import pytest
from hilum_hookspecs import (
    Message,
    hookimpl,
)
from hilum_hookspecs.cli import CliCommand

LABEL = Message("acme", "Acme")


@pytest.mark.parametrize("key", ["enabled", "disabled"])
def test_the_section_of_a_plugin_that_is_gone_stops_nothing(hilum_cli, key):
    hilum_cli.configure(f'[plugins]\n{key} = ["acme"]\n[acme]\nreader = "A"\n')

    assert hilum_cli("session", "status").exit_code == 0


def test_a_plugin_that_is_gone_can_be_switched_off(hilum_cli):
    hilum_cli.configure('[acme]\nreader = "A"\n')
    assert hilum_cli("session", "status").exit_code == 2

    assert hilum_cli("plugins", "disable", "acme").exit_code == 0
    assert hilum_cli("session", "status").exit_code == 0
    assert hilum_cli("plugins", "disable", "acmee").exit_code == 2


def test_a_name_that_is_no_plugin_is_said_with_the_nearest(hilum_cli):
    result = hilum_cli("--without", "simulatr", "session", "status")

    assert result.exit_code == 0
    assert result.errors.startswith("There is no plugin simulatr. Did you mean simulator?\n")


def test_a_section_of_a_plugin_that_cannot_be_imported_stops_nothing(hilum_cli):
    class Bad:
        Settings = 3

    hilum_cli.configure("[acme]\nx = 1\n")

    assert hilum_cli("session", "status", plugins={"acme": Bad}).exit_code == 0


class Thawed:
    reader = ""


@dataclass(frozen=True)
class Mixed:
    readers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Needy:
    reader: str


@dataclass
class Changing:
    reader: str = ""


@pytest.mark.parametrize("settings", [3, dict, Thawed, Mixed, Needy, Changing])
def test_settings_that_are_no_frozen_dataclass_of_plain_fields_are_a_failure(hilum_cli, settings):
    class Bad:
        Settings = settings

        def __init__(self, context):
            pass

    _code, document = hilum_cli.json("plugins", "list", plugins={"acme": Bad})
    (acme,) = document["plugins"]

    assert acme["state"] == "failed"
    assert "frozen dataclass" in acme["failures"][0]["message"]


def test_a_front_gets_its_real_settings(hilum_cli):
    seen = []

    @dataclass(frozen=True)
    class Mine:
        reader: str = "A"

    class CliPlugin:
        Settings = Mine

        def __init__(self, context):
            self._context = context

        @hookimpl
        def hilum_cli_commands(self):
            yield CliCommand(name="act", summary=LABEL, build=self._build)

        def _build(self):
            return click.Command("act", callback=lambda: seen.append(self._context.settings))

    hilum_cli.configure('[acme]\nreader = "B"\n')
    result = hilum_cli("act", plugins={"acme.cli": CliPlugin})

    assert (result.exit_code, seen, type(seen[0])) == (0, [Mine("B")], Mine)
