"""The reference pages name every setting, exit code and state."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hilum.catalogue import EXIT_CODES
from hilum.cli.options import OPTIONS
from hilum.discovery import scan
from hilum.plugins import FIRST_PARTY, Choice, State, settings_class, survey
from hilum.settings import HOST_SECTIONS, EnvironmentSettings

PAGES = Path(__file__).parents[1] / "docs" / "reference"


def page(name: str) -> str:
    return (PAGES / name).read_text(encoding="utf-8")


def sections() -> dict[str, tuple[str, ...]]:
    """Return the keys of every section that the host and the installed plugins of ours have."""
    host = {name: form._fields for name, form in HOST_SECTIONS.items()}
    plugins = {
        plugin.name: tuple(each.name for each in fields(settings_class(plugin)))
        for plugin in survey(scan(), Choice())
        if FIRST_PARTY.get(plugin.distribution) == plugin.name
    }
    return {**host, "environments.NAME": EnvironmentSettings._fields, **plugins}


@pytest.mark.parametrize("section", sections())
def test_every_setting_is_described(section):
    keys = sections()[section]
    text = page("settings.md").partition(f"## `[{section}]`\n")[2].partition("\n## ")[0]

    assert [key for key in keys if f"| `{key}` |" not in text] == []


def test_every_state_of_a_plugin_is_described():
    assert [state for state in State if f"| `{state.value}` |" not in page("settings.md")] == []


def test_every_exit_code_and_family_is_described():
    text = page("exit-codes.md")

    assert [code for code in set(EXIT_CODES.values()) if f"| {code} |" not in text] == []
    for code in EXIT_CODES:
        assert f"`{code}`" in text or f"`{code}.*`" in text


def test_every_global_option_stands_in_the_help(hilum_cli):
    text = hilum_cli("--help").output

    assert [option.flag for option in OPTIONS if option.flag not in text] == []
