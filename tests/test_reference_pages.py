"""The reference pages name every setting, exit code, state, command and file."""

from __future__ import annotations

import re
import stat
from dataclasses import fields
from pathlib import Path

import pytest
from hilum.catalogue import EXIT_CODES
from hilum.catalogue.entries import entries
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


def test_every_trouble_with_the_card_is_explained():
    text = (PAGES.parent / "how-to" / "card-trouble.md").read_text(encoding="utf-8")
    codes = [code for code in entries() if code.startswith("card.")]

    assert [code for code in codes if f"`{code}`" not in text] == []


def test_every_global_option_stands_in_the_help(hilum_cli):
    text = hilum_cli("--help").output

    assert [option.flag for option in OPTIONS if option.flag not in text] == []


def test_every_command_has_a_section_about_its_json():
    groups_and_commands = re.findall(r"## `hilum (.+)`\n\n```text\n(.*)", page("commands.md"))
    commands = {path for path, usage in groups_and_commands if "COMMAND [ARGS]" not in usage}
    described = set(
        re.findall(r"`([^`]+)`", " ".join(re.findall(r"^## (.*)", page("json.md"), re.M)))
    )

    assert commands - described == set()
    assert described - commands == set()


def named_files(heading: str) -> dict[re.Pattern[str], str]:
    """Return the files of a table in files.md with their modes; words in capitals are names."""
    section = page("files.md").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    found = {}
    for names, mode in re.findall(r"^\| (`.+?) \| ([^|]+) \|", section, re.M):
        for name in re.findall(r"`([^`]+)`", names):
            pattern = re.sub(r"\b[A-Z][A-Z0-9]*\b", "[^/]+", re.escape(name))
            found[re.compile(pattern)] = mode
    return found


def assert_described(folder: Path, heading: str, *, without: str = "") -> None:
    """Hold that every file in *folder* stands under *heading* with its mode."""
    described = named_files(heading)
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or (without and name.startswith(f"{without}/")):
            continue
        modes = [mode for pattern, mode in described.items() if pattern.fullmatch(name)]
        assert modes, f"{name} does not stand in files.md"
        assert f"{stat.S_IMODE(path.stat().st_mode):04o}" in modes or "the user's" in modes, name


def test_every_file_of_a_practice_is_described(practice):
    practice.open()
    practice.open("--method", "fallback", "--reason", "forgotten")
    practice.fine("user", "add", "--name", "A", "--user-name", "a", "--provider", "alice")
    practice.fine("login", "a")
    new = {"new-keystore-password": "Correct-Horse-8", "eid-pin": "2580"}
    practice.fine("certificate", "change-password", "--provider", "alice", secrets=new)
    practice.fine("simulator", "keystore", "new", "--niss", "85073003328", secrets=new)
    practice.fine("simulator", "card", "new", "--niss", "85073003328", secrets=new)
    practice.fine("simulator", "switch", "outage", "on")

    assert_described(practice.folder, "The data folder", without="simulator")
    assert_described(practice.folder / "simulator", "The state folder of a simulator")


def test_every_column_of_a_csv_file_is_described(practice, tmp_path):
    practice.fine("provider", "export", str(tmp_path / "providers.csv"))
    (heading, *_rows) = (tmp_path / "providers.csv").read_text("utf-8-sig").splitlines()
    columns = [cell.strip('"') for cell in heading.split(";")]

    table = page("files.md").partition("## CSV files of providers\n")[2]
    assert [column for column in columns if f"`{column}`" not in table] == []


def test_every_column_of_a_file_of_users_is_described():
    from hilum.services.user_values import COLUMNS

    table = page("files.md").partition("## CSV files of users\n")[2]
    assert [column for column in COLUMNS if f"`{column}`" not in table] == []
