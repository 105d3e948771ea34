"""``hilum plugins new``: the folder of a plugin that works, to be changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hilum.words import _

if TYPE_CHECKING:
    from .app import App


def build(app: App) -> click.Command:
    """Make the command in the language of now."""
    from hilum.new_plugin import KINDS

    @click.command("new", help=_("Make the folder of a new plugin, with tests that pass."))
    @click.argument("name", metavar=_("NAME"))
    @click.option(
        "--folder",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(),
        metavar=_("FOLDER"),
        help=_("Where the plugin's folder is made; by default here."),
    )
    @click.option(
        "--kind",
        type=click.Choice(KINDS),
        default=KINDS[0],
        show_default=True,
        help=_("What the plugin gives."),
    )
    @click.option("--dry-run", is_flag=True, help=_("Change nothing, only say what would be."))
    def new(name: str, folder: Path, kind: str, dry_run: bool) -> None:
        from hilum.new_plugin import check_name, new_plugin
        from hilum.plugins import known_names

        from .tree import HOST_COMMANDS, OWNERS

        check_name(name, kind, known_names(app.found), {*HOST_COMMANDS, *OWNERS})
        made, *files = new_plugin(name, kind, folder, dry_run=dry_run)
        document = {
            "plugin": name,
            "kind": kind,
            "folder": made.absolute(),
            "files": [file.relative_to(made) for file in files],
            "dry_run": dry_run,
        }
        app.output.show(document, _lines(name, made, files, dry_run))

    return new


def _lines(name: str, folder: Path, files: list[Path], dry_run: bool) -> Iterator[str]:
    if dry_run:
        yield _("{folder} would be made:", folder=folder)
    else:
        yield _("{folder} was made:", folder=folder)
    for file in files:
        yield f"    {file.relative_to(folder)}"
    if not dry_run:
        yield _("What comes next:")
        yield f"    python -m pip install -e {folder} --no-deps --no-build-isolation"
        yield f"    python -m pytest {folder}"
        yield f"    hilum plugins enable {name}"
