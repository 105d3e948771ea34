"""The page of commands: the help of each, as a person sees it in English."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import click
from hilum.cli.app import App
from hilum.cli.options import GlobalOptions
from hilum.cli.output import CliOutput
from hilum.cli.tree import CommandTree

WIDTH = 100
HEAD = """# Commands

The help of every command, as `--help` shows it. The [global options](#hilum) stand before the
command: `hilum --json session status`.

Every command ends with one of the [exit codes](exit-codes.md); what `--json` prints stands in
[JSON documents](json.md).
"""


def page() -> str:
    """Return the page."""
    with _tree() as tree:
        sections = [_section(context) for context in _walk(tree, None, "hilum")]
    return "\n".join([HEAD, *sections])


def paths() -> Iterator[str]:
    """Yield every command that does something, as it is typed after ``hilum``."""
    with _tree() as tree:
        for context in _walk(tree, None, "hilum"):
            if not isinstance(context.command, click.Group):
                yield context.command_path.removeprefix("hilum ")


@contextmanager
def _tree() -> Iterator[CommandTree]:
    """Make the tree of the host and of our own plugins, in an empty data folder."""
    with tempfile.TemporaryDirectory() as folder:
        app = App(
            GlobalOptions(),
            environ={"HILUM_DATA_DIR": f"{folder}/data", "LANG": "en", "COLUMNS": str(WIDTH)},
            output=CliOutput(stdout=io.StringIO(), stderr=io.StringIO()),
            interactive=False,
        )
        try:
            yield CommandTree(app)
        finally:
            app.close()


def _walk(
    command: click.Command, parent: click.Context | None, name: str
) -> Iterator[click.Context]:
    """Yield a context for *command* and for everything under it, in the order of the help."""
    settings = {"terminal_width": WIDTH, **command.context_settings}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    yield context
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            if found is not None and not found.hidden:
                yield from _walk(found, context, child)


def _section(context: click.Context) -> str:
    return f"## `{context.command_path}`\n\n```text\n{context.get_help()}\n```\n"
