# ruff: noqa: S101, D102  # these are tests: asserts, and names that are sentences
"""What every command of a plugin must do."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hilum_hookspecs.cli import CliCommand
from hilum_hookspecs.words import LANGUAGES, language, set_language

from .common import SLUG, is_of, shows_in_every_language


class CliCommandContract:
    """For ``hilum_cli_commands``. Define ``command``."""

    def test_the_name_is_a_slug(self, command: CliCommand) -> None:
        assert SLUG.fullmatch(command.name)

    def test_its_place_is_free(self, command: CliCommand) -> None:
        from hilum.cli.tree import HOST_COMMANDS, OWNERS

        if command.under is None:
            path, taken = command.name, set(HOST_COMMANDS)
        else:
            path, taken = f"{command.under} {command.name}", _commands_in(command.under)
        assert command.name not in taken, f"{path} is a command of the host"
        owner = OWNERS.get(path)
        assert owner is None or is_of(command, owner), f"{path} is a command of Hilum's own {owner}"

    def test_the_summary_shows_in_every_language(self, command: CliCommand) -> None:
        shows_in_every_language(command.summary)

    def test_it_is_built_under_its_name_and_prints_nothing(
        self, command: CliCommand, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert command.build().name == command.name
        assert capsys.readouterr().out == ""

    def test_its_help_can_be_shown_in_every_language(self, command: CliCommand) -> None:
        before = language()
        try:
            for each in LANGUAGES:
                set_language(each)
                built = command.build()
                with built.make_context(command.name, [], resilient_parsing=True) as context:
                    assert built.get_help(context).strip()
        finally:
            set_language(before)


def _commands_in(group: str) -> set[str]:
    """Return the host's own commands in its *group*, which must be one."""
    from hilum.cli.tree import HOST_COMMANDS

    nothing: Any = None  # no group looks at the application before a command runs
    built = import_module(f"hilum.cli.{group}").build(nothing) if group in HOST_COMMANDS else None
    commands: dict[str, object] | None = getattr(built, "commands", None)
    assert commands is not None, f"{group} is no group of the host"
    return set(commands)
