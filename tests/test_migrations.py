"""The tables of every distribution: up, down, up again; and without one of the plugins."""

from __future__ import annotations

import pytest
from hilum.discovery import scan
from hilum.plugins import FIRST_PARTY
from hilum.storage.tables import HOST_PLUGIN, HOST_TABLES
from hilum.testing.migrations import walk

KEEPING = sorted(
    entry.plugin
    for entry in scan()
    if FIRST_PARTY.get(entry.distribution) == entry.name and hasattr(entry.load(), "hilum_storage")
)
"""The plugins of ours that have tables."""


@pytest.fixture
def spec_of(hilum_context):
    def spec_of(name: str):
        if name == HOST_PLUGIN:
            return HOST_TABLES
        plugin = next(entry.load() for entry in scan() if entry.name == name)
        (spec,) = plugin(hilum_context(plugin)).hilum_storage()
        return spec

    return spec_of


@pytest.mark.attack("H1")
@pytest.mark.parametrize("name", [HOST_PLUGIN, *KEEPING])
def test_the_tables_go_up_down_and_up_again(name, spec_of, tmp_path):
    walk(name, spec_of(name), tmp_path)


def add(hilum, identifier: str):
    return hilum(*("provider", "add", "--id", identifier), *("--last-name", "Example"))


def test_a_plugin_that_is_removed_and_brought_back_finds_its_rows(hilum_cli):
    hilum_cli.plugins = None
    assert add(hilum_cli, "alice").exit_code == 0

    without = ("--without", "provider_records")
    code, document = hilum_cli.json(*without, "db", "check")
    assert code == 0
    (left,) = document["left"]
    assert left["plugin"] == "provider_records"
    assert "provider_records_provider" in left["tables"]
    assert hilum_cli(*without, "db", "upgrade").exit_code == 0
    assert hilum_cli(*without, "provider", "list").exit_code == 2

    _code, document = hilum_cli.json("provider", "list")
    assert [each["id"] for each in document["providers"]] == ["alice"]
    assert add(hilum_cli, "bob").exit_code == 0
    assert hilum_cli.json("db", "check")[1]["left"] == []
