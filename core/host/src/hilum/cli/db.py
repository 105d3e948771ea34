"""``hilum db``: looking after the database."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from hilum.words import _

if TYPE_CHECKING:
    from hilum.storage.schema import Upgrade

    from .app import App


def build(app: App) -> click.Group:
    """Make the group in the language of now."""
    group = click.Group("db", help=_("Look after the database."))
    group.add_command(_upgrade(app))
    return group


def _upgrade(app: App) -> click.Command:
    @click.command("upgrade", help=_("Bring every plugin's tables to their newest form."))
    @click.option("--dry-run", is_flag=True, help=_("Change nothing, only say what would be."))
    def upgrade(dry_run: bool) -> None:
        done = app.database.upgrade(dry_run=dry_run)
        document = {
            "environment": app.environment.name,
            "dry_run": dry_run,
            "plugins": [asdict(each) for each in done],
        }
        app.output.show(document, (_line(each, dry_run) for each in done))

    return upgrade


def _line(upgrade: Upgrade, dry_run: bool) -> str:
    if upgrade.found == upgrade.head:
        return _("{plugin}: up to date ({head})", plugin=upgrade.plugin, head=upgrade.head)
    if upgrade.found is None and dry_run:
        return _("{plugin}: tables would be made", plugin=upgrade.plugin)
    if upgrade.found is None:
        return _("{plugin}: tables made", plugin=upgrade.plugin)
    steps = ", ".join(upgrade.revisions)
    if dry_run:
        return _("{plugin}: would be upgraded by {steps}", plugin=upgrade.plugin, steps=steps)
    return _("{plugin}: upgraded by {steps}", plugin=upgrade.plugin, steps=steps)
