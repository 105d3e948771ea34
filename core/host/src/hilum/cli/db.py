"""``hilum db``: looking after the database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from hilum_hookspecs import ConfigurationError, StorageError

from hilum.words import _

from .db_shown import checked_document, checked_lines, upgrade_document, upgrade_line

if TYPE_CHECKING:
    from hilum.services.database_care import Restored
    from hilum.storage.database import Database
    from hilum.storage.schema import Upgrade

    from .app import App

C = TypeVar("C", bound="click.Command | Callable[..., None]")


def build(app: App) -> click.Group:
    """Make the group in the language of now."""
    group = click.Group("db", help=_("Look after the database."))
    for make in (_upgrade, _downgrade, _check, _backup, _restore, _move):
        group.add_command(make(app))
    return group


def _upgrade(app: App) -> click.Command:
    @click.command("upgrade", help=_("Bring every plugin's tables to their newest form."))
    @_dry_run
    def upgrade(dry_run: bool) -> None:
        tried = app.database.upgrade(dry_run=dry_run)
        failed = [each.plugin for each in tried if each.problem is not None]
        documents = [upgrade_document(each) for each in tried]
        if not failed:
            document = {
                "environment": app.environment.name,
                "dry_run": dry_run,
                "plugins": documents,
            }
            app.output.show(document, (upgrade_line(each, dry_run) for each in tried))
            return
        _note_all(app, (upgrade_line(each, dry_run) for each in tried))
        raise StorageError(
            "storage.upgrade-failed", failed=failed, dry_run=dry_run, plugins=documents
        )

    return upgrade


def _downgrade(app: App) -> click.Command:
    @click.command(
        "downgrade",
        help=_("Bring the tables of PLUGIN back to an earlier REVISION, for an older version."),
    )
    @click.argument("plugin", metavar="PLUGIN")
    @click.argument("revision", metavar="REVISION")
    @click.option("--yes", is_flag=True, help=_("Do not ask."))
    @_dry_run
    def downgrade(plugin: str, revision: str, yes: bool, dry_run: bool) -> None:
        done = app.database.downgrade(plugin, revision, dry_run=True)
        if not dry_run:
            _agree(app, done, yes)
            done = app.database.downgrade(plugin, revision)
        document = {
            "environment": app.environment.name,
            "dry_run": dry_run,
            "plugin": plugin,
            "found": done.found,
            "head": done.head,
            "revisions": done.revisions,
        }
        text = _("{plugin}: would be {head}") if dry_run else _("{plugin}: now {head}")
        app.output.show(document, [text.format(plugin=plugin, head=done.head)])

    return downgrade


def _agree(app: App, planned: Upgrade, yes: bool) -> None:
    question = _.message(
        "Take back {steps} of {plugin}? What only the newer tables hold is lost.",
        steps=", ".join(planned.revisions),
        plugin=planned.plugin,
    )
    if planned.revisions and not yes and not app.prompter.confirm("downgrade", question):
        raise ConfigurationError("usage.not-agreed", option="--yes")


def _check(app: App) -> click.Command:
    @click.command(
        "check",
        help=_("Look whether the database is whole, its tables are right and the audit is."),
    )
    def check() -> None:
        checked = app.database_care.check()
        document = checked_document(checked)
        if not checked.good:
            _note_all(app, checked_lines(checked))
            error = StorageError("storage.check-failed")
            error.details.update(document)
            raise error
        app.output.show({"environment": app.environment.name, **document}, checked_lines(checked))

    return check


def _backup(app: App) -> click.Command:
    @click.command(
        "backup", help=_("Copy the database to the new file FILE (0600), also while it is in use.")
    )
    @_file
    @click.option("--force", is_flag=True, help=_("FILE may take the place of another one."))
    @_dry_run
    def backup(file: Path, force: bool, dry_run: bool) -> None:
        made = app.database_care.back_up(file, replace=force, dry_run=dry_run)
        document: Mapping[str, object] = {
            "environment": app.environment.name,
            "dry_run": dry_run,
            "file": made.file,
            "size": made.size,
            "audited": made.audited,
        }
        text = (
            _("Would be written and checked: {file} ({n} bytes)")
            if dry_run
            else _("Written and checked: {file} ({n} bytes)")
        )
        app.output.show(document, [text.format(file=made.file, n=made.size)])
        if not made.audited and not dry_run:
            app.output.note(_("This could not be written down: hilum db check says why."))

    return backup


def _restore(app: App) -> click.Command:
    @click.command(
        "restore",
        help=_("Put the backup FILE in the place of the database, which is kept beside it."),
    )
    @_file
    @_dry_run
    def restore(file: Path, dry_run: bool) -> None:
        restored = app.database_care.restore(file, dry_run=dry_run)
        document = {
            "environment": app.environment.name,
            "dry_run": dry_run,
            "file": file,
            "place": restored.place,
            "kept": restored.kept,
            "behind": restored.behind,
            "audit_kept": restored.audit_kept,
        }
        app.output.show(document, _restored_lines(restored, file, dry_run))

    return restore


def _move(app: App) -> click.Command:
    @click.command(
        "move", help=_("Copy everything into the empty database at URL (SQLAlchemy, no password).")
    )
    @click.argument("url", metavar="URL")
    @_dry_run
    def move(url: str, dry_run: bool) -> None:
        target = _named_by_argument(app, url)
        try:
            moved = app.database_care.move(target, dry_run=dry_run)
        finally:
            target.close()
        document = {
            "environment": app.environment.name,
            "dry_run": dry_run,
            "place": moved.place,
            "rows": moved.rows,
        }
        text = _("Would be copied to {place}") if dry_run else _("Copied to {place}")
        app.output.show(document, [text.format(place=moved.place)])
        if not dry_run:
            app.output.note(
                _(
                    "From now on, in {file}:\n\n[storage]\nurl = {url}\n\n"
                    "What was is still there, and in use until then.",
                    file=app.settings.path,
                    url=json.dumps(url),  # a string of TOML too
                )
            )

    return move


def _named_by_argument(app: App, url: str) -> Database:
    """Return the database at *url*; when that cannot be used the settings are not to blame."""
    try:
        target = app.database_at(url)
        target.check_driver()
    except StorageError as error:
        error.details["argument"] = "URL"
        raise
    return target


def _restored_lines(restored: Restored, file: Path, dry_run: bool) -> Iterable[str]:
    if dry_run:
        yield _("{file} can be restored.", file=file)
    else:
        yield _("{file} was restored.", file=file)
    if restored.kept is not None:
        yield _("The database of before is kept: {path}", path=restored.kept)
    if not restored.audit_kept:
        yield _("Entries of the audit since the backup may be lost: hilum audit verify says where.")
    if restored.behind:
        names = ", ".join(restored.behind)
        yield _("The tables of {names} are older than the program: hilum db upgrade.", names=names)


def _note_all(app: App, lines: Iterable[str]) -> None:
    if not app.output.as_json:
        for line in lines:
            app.output.note(line)


def _dry_run(command: C) -> C:
    return click.option(
        "--dry-run", is_flag=True, help=_("Change nothing, only say what would be.")
    )(command)


def _file(command: C) -> C:
    return click.argument("file", metavar=_("FILE"), type=click.Path(path_type=Path))(command)
