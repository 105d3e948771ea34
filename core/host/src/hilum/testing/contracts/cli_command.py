# ruff: noqa: S101, D102  # these are tests: asserts, and names that are sentences
"""What every command of a plugin must do."""

from __future__ import annotations

from hilum_hookspecs.cli import CliCommand
from hilum_hookspecs.words import LANGUAGES, language, set_language

from .common import SLUG, shows_in_every_language


class CliCommandContract:
    """For ``hilum_cli_commands``. Define ``command``."""

    def test_the_name_is_a_slug(self, command: CliCommand) -> None:
        assert SLUG.fullmatch(command.name)

    def test_the_summary_shows_in_every_language(self, command: CliCommand) -> None:
        shows_in_every_language(command.summary)

    def test_it_is_built_under_its_name(self, command: CliCommand) -> None:
        assert command.build().name == command.name

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
