"""The global options: ``hilum [OPTIONS] COMMAND``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import click
from hilum_hookspecs.words import LANGUAGES

from hilum.words import _


class GlobalOptions(NamedTuple):
    """What was said before the command."""

    data_dir: str | None = None
    config: str | None = None
    environment: str | None = None
    lang: str | None = None
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    no_input: bool = False
    without: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()


def global_options() -> list[click.Parameter]:
    """Make the options, their help in the language of now."""
    return [
        click.Option(
            ["--data-dir"],
            metavar="DIR",
            help=_("Folder for everything that Hilum keeps. [HILUM_DATA_DIR]"),
        ),
        click.Option(
            ["--config"],
            metavar="FILE",
            help=_("Settings file; by default config.toml in the data folder. [HILUM_CONFIG]"),
        ),
        click.Option(
            ["--environment"],
            metavar="NAME",
            help=_("production (default), acceptance, integration or one from the settings."),
        ),
        click.Option(["--lang"], type=click.Choice(LANGUAGES), help=_("Language of every text.")),
        click.Option(
            ["--json", "as_json"], is_flag=True, help=_("One JSON document on standard output.")
        ),
        click.Option(["--quiet"], is_flag=True, help=_("Only the result.")),
        click.Option(["--verbose"], is_flag=True, help=_("Also what happens inside.")),
        click.Option(
            ["--no-input"], is_flag=True, help=_("Never ask: what is missing is an error.")
        ),
        click.Option(
            ["--without"],
            metavar="PLUGIN",
            multiple=True,
            help=_("Leave a plugin out of this run; may be repeated. [HILUM_WITHOUT]"),
        ),
        click.Option(
            ["--secret"],
            metavar="NAME=SOURCE",
            multiple=True,
            help=_(
                "Answer for a password or PIN: fd:N, env:VARIABLE or file:PATH (0600); "
                "may be repeated."
            ),
        ),
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_version,
            help=_("Show the version and exit."),
        ),
    ]


def read_ahead(arguments: Sequence[str]) -> GlobalOptions:
    """Read the global options before there is a command tree, passing over what is wrong.

    The language, the data folder and the plugins to leave out must be known to build the tree;
    what is wrong is refused when the tree reads the arguments again. ``--json`` counts wherever
    it stands, so that a misplaced one is answered in JSON too.
    """
    reader = click.Command("hilum", params=global_options(), add_help_option=False)
    reader.allow_interspersed_args = False
    context = reader.make_context(
        "hilum", list(arguments), resilient_parsing=True, allow_extra_args=True
    )
    options = {name: value for name, value in context.params.items() if value is not None}
    before = list(arguments).index("--") if "--" in arguments else len(arguments)
    options["as_json"] = "--json" in arguments[:before]
    return GlobalOptions(**options)


def chosen_language(option: str | None, setting: str, environ: Mapping[str, str]) -> str:
    """Return the language: the option, the setting, else what the system says."""
    for candidate in (
        option or "",
        setting,
        *(environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")),
    ):
        code = candidate[:2].lower()
        if code in LANGUAGES:
            return code
    return "en"


def _show_version(context: click.Context, _parameter: click.Parameter, wanted: Any) -> None:
    if not wanted or context.resilient_parsing:
        return
    from importlib.metadata import version

    context.obj.output.show({"version": version("hilum")}, [f"hilum {version('hilum')}"])
    context.exit()
