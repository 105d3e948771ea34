"""``hilum db``: looking after the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from hilum_hookspecs import StorageError

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
        tried = app.database.upgrade(dry_run=dry_run)
        failed = [each.plugin for each in tried if each.problem is not None]
        documents = [_document(each) for each in tried]
        if not failed:
            document = {
                "environment": app.environment.name,
                "dry_run": dry_run,
                "plugins": documents,
            }
            app.output.show(document, (_line(each, dry_run) for each in tried))
            return
        if not app.output.as_json:
            for each in tried:
                app.output.note(_line(each, dry_run))
        raise StorageError(
            "storage.upgrade-failed", failed=failed, dry_run=dry_run, plugins=documents
        )

    return upgrade


def _document(upgrade: Upgrade) -> dict[str, object]:
    problem = upgrade.problem
    return {
        "plugin": upgrade.plugin,
        "found": upgrade.found,
        "head": upgrade.head,
        "revisions": upgrade.revisions,
        "problem": problem and {"code": problem.code, "details": problem.details},
    }


def _line(upgrade: Upgrade, dry_run: bool) -> str:
    if upgrade.problem is not None:
        from hilum.catalogue import words_for

        return f"{upgrade.plugin}: {words_for(upgrade.problem).message}"
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
