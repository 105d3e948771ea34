"""The global options: ``hilum [OPTIONS] COMMAND``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import click
from hilum_hookspecs import Message
from hilum_hookspecs.words import LANGUAGES, show

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
    command: str | None = None
    """The command's name, when one is there."""


class Option(NamedTuple):
    """One global option; without a *metavar* it is a flag."""

    flag: str
    help: Message
    metavar: str | None = None
    multiple: bool = False
    choices: Sequence[str] = ()

    @property
    def field(self) -> str:
        """The option's name in :class:`GlobalOptions`."""
        return self.flag.removeprefix("--").replace("-", "_").replace("json", "as_json")


OPTIONS: Final = (
    Option(
        "--data-dir", _.message("Folder for everything that Hilum keeps. [HILUM_DATA_DIR]"), "DIR"
    ),
    Option(
        "--config",
        _.message("Settings file; by default config.toml in the data folder. [HILUM_CONFIG]"),
        "FILE",
    ),
    Option(
        "--environment",
        _.message("production (default), acceptance, integration or one from the settings."),
        "NAME",
    ),
    Option("--lang", _.message("Language of every text."), choices=LANGUAGES),
    Option("--json", _.message("One JSON document on standard output.")),
    Option("--quiet", _.message("Only the result.")),
    Option("--verbose", _.message("Also what happens inside.")),
    Option("--no-input", _.message("Never ask: what is missing is an error.")),
    Option(
        "--without",
        _.message("Leave a plugin out of this run; may be repeated. [HILUM_WITHOUT]"),
        "PLUGIN",
        multiple=True,
    ),
    Option(
        "--secret",
        _.message(
            "Answer for a password or PIN: fd:N, env:VARIABLE or file:PATH (0600); may be repeated."
        ),
        "NAME=SOURCE",
        multiple=True,
    ),
)


def global_options() -> list[click.Parameter]:
    """Make click's options, their help in the language of now."""
    return [*map(_click_option, OPTIONS), _version_option()]


def read_ahead(arguments: Sequence[str]) -> GlobalOptions:
    """Read the global options before there is a command tree, passing over what is wrong.

    The language, the data folder and the plugins to leave out must be known to build the tree;
    what is wrong is refused when click reads the arguments. ``--json`` counts wherever it stands,
    so that a misplaced one is answered in JSON too.
    """
    said: dict[str, Any] = {}
    for option, value in _pairs(arguments):
        if option is None:
            said["command"] = value
        elif option.multiple:
            said[option.field] = (*said.get(option.field, ()), value)
        else:
            said[option.field] = value
    before = list(arguments).index("--") if "--" in arguments else len(arguments)
    said["as_json"] = "--json" in arguments[:before]
    return GlobalOptions(**said)


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


def _pairs(arguments: Sequence[str]) -> Iterator[tuple[Option | None, str | bool]]:
    """Yield each global option with its value, then the command without an option."""
    known = {option.flag: option for option in OPTIONS}
    rest = iter(arguments)
    for argument in rest:
        flag, equals, value = argument.partition("=")
        option = known.get(flag)
        if not argument.startswith("-"):
            yield None, argument
            return
        if argument == "--":
            return
        if option is not None and _is_flag(option):
            yield option, True
        elif option is not None:
            given = value if equals else next(rest, None)
            if given is not None:
                yield option, given


def _is_flag(option: Option) -> bool:
    return option.metavar is None and not option.choices


def _click_option(option: Option) -> click.Option:
    return click.Option(
        [option.flag, option.field],
        metavar=option.metavar,
        type=click.Choice(option.choices) if option.choices else None,
        is_flag=_is_flag(option),
        multiple=option.multiple,
        help=show(option.help),
    )


def _version_option() -> click.Option:
    return click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_version,
        help=_("Show the version and exit."),
    )


def _show_version(context: click.Context, _parameter: click.Parameter, wanted: Any) -> None:
    if not wanted or context.resilient_parsing:
        return
    from importlib.metadata import version

    context.obj.output.show({"version": version("hilum")}, [f"hilum {version('hilum')}"])
    context.exit()
