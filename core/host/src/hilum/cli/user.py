"""``hilum user``: the users, their rights and options."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hilum.words import _

from .user_shown import (
    added_shown,
    changed_shown,
    copied_shown,
    import_shown,
    list_shown,
    password_shown,
    raise_for_refused,
    removed_shown,
    user_shown,
)

if TYPE_CHECKING:
    from hilum.services.user_changes import Values

    from .app import App

C = TypeVar("C", bound="click.Command | Callable[..., None]")


def build(app: App) -> click.Group:
    """Make the group in the language of now."""
    group = click.Group("user", help=_("Keep the users and what they may do."))
    for make in (_add, _list, _show, _edit, _remove, _password, _reset):
        group.add_command(make(app))
    for make in (_copy_rights, _copy_options, _import):
        group.add_command(make(app))
    for command in group.commands.values():
        command.short_help = command.help  # not cut off in the list
    return group


def _add(app: App) -> click.Command:
    @click.command("add", help=_("Add a user; the first one is an administrator."))
    @_with_fields
    @_links("--provider", _("A provider the user works for: id, NISS or INAMI. Repeatable."))
    @_links("--mailbox", _("A linked provider whose eHealthBox the user may read. Repeatable."))
    @_dry_run
    def add(
        provider: tuple[str, ...], mailbox: tuple[str, ...], dry_run: bool, **options: Any
    ) -> None:
        values = {**_values(options), "providers": provider, "mailboxes": mailbox}
        saved = app.users.add(values, dry_run=dry_run)
        app.output.show(*added_shown(app, saved, dry_run=dry_run))

    return add


def _list(app: App) -> click.Command:
    @click.command("list", help=_("List the users."))
    def list_() -> None:
        app.output.show(*list_shown(app, app.users.all()))

    return list_


def _show(app: App) -> click.Command:
    @click.command("show", help=_("Show a user, and whether it can log in via eHealth."))
    @click.argument("user")
    def show(user: str) -> None:
        app.output.show(*user_shown(app, app.users.find(user)))

    return show


def _edit(app: App) -> click.Command:
    @click.command("edit", help=_("Change what is given, and nothing else; '' empties a date."))
    @click.argument("user")
    @_with_fields
    @_links("--provider", _("Link a provider: id, NISS or INAMI number. Repeatable."))
    @_links("--remove-provider", _("Link a provider no longer. Repeatable."))
    @_links("--mailbox", _("Let the user read the eHealthBox of a linked provider. Repeatable."))
    @_links("--remove-mailbox", _("Let the user read it no longer. Repeatable."))
    @_dry_run
    def edit(
        user: str,
        provider: tuple[str, ...],
        remove_provider: tuple[str, ...],
        mailbox: tuple[str, ...],
        remove_mailbox: tuple[str, ...],
        dry_run: bool,
        **options: Any,
    ) -> None:
        from hilum.services.user_changes import Edit

        change = Edit(
            values=_values(options),
            link=provider,
            unlink=remove_provider,
            mailboxes=mailbox,
            no_mailboxes=remove_mailbox,
        )
        saved = app.users.edit(user, change, dry_run=dry_run)
        app.output.show(*changed_shown(app, saved, dry_run=dry_run))

    return edit


def _remove(app: App) -> click.Command:
    @click.command("remove", help=_("Remove a user and its password, after asking."))
    @click.argument("user")
    @click.option("--yes", is_flag=True, help=_("Do not ask."))
    @_dry_run
    def remove(user: str, yes: bool, dry_run: bool) -> None:
        removed = app.users.remove(user, confirmed=yes, dry_run=dry_run)
        app.output.show(*removed_shown(removed, dry_run=dry_run))

    return remove


def _password(app: App) -> click.Command:
    @click.command("password", help=_("Give a user a new password, typed twice."))
    @click.argument("user")
    @_dry_run
    def password(user: str, dry_run: bool) -> None:
        found = app.users.choose_password(user, dry_run=dry_run)
        app.output.show(*password_shown(found, temporary=False, dry_run=dry_run))

    return password


def _reset(app: App) -> click.Command:
    @click.command("reset", help=_("Set the options of a user back, or restore its password."))
    @click.argument("user")
    @click.option(
        "--password",
        is_flag=True,
        help=_("Restore the password: the one that is given now must be changed at next log-in."),
    )
    @_dry_run
    def reset(user: str, password: bool, dry_run: bool) -> None:
        if password:
            found = app.users.choose_password(user, temporary=True, dry_run=dry_run)
            app.output.show(*password_shown(found, temporary=True, dry_run=dry_run))
        else:
            saved = app.users.reset_options(user, dry_run=dry_run)
            app.output.show(*changed_shown(app, saved, dry_run=dry_run))

    return reset


def _copy_rights(app: App) -> click.Command:
    @click.command(
        "copy-rights", help=_("Copy a user's rights: administrator, providers, mailboxes.")
    )
    @_copying
    def copy_rights(source: str, targets: tuple[str, ...], dry_run: bool) -> None:
        from hilum.services.user_changes import RIGHTS

        saved = app.users.copy(source, targets, RIGHTS, dry_run=dry_run)
        app.output.show(*copied_shown(app, source, saved, dry_run=dry_run))

    return copy_rights


def _copy_options(app: App) -> click.Command:
    @click.command(
        "copy-options",
        help=_("Copy a user's options: log-in via eHealth, visible at start, password's life."),
    )
    @_copying
    def copy_options(source: str, targets: tuple[str, ...], dry_run: bool) -> None:
        from hilum.services.user_changes import OPTIONS

        saved = app.users.copy(source, targets, OPTIONS, dry_run=dry_run)
        app.output.show(*copied_shown(app, source, saved, dry_run=dry_run))

    return copy_options


def _import(app: App) -> click.Command:
    @click.command("import", help=_("Add users from a CSV file; those that exist stay as is."))
    @click.argument("file", metavar=_("FILE"), type=click.Path(path_type=Path))
    @_dry_run
    def import_(file: Path, dry_run: bool) -> None:
        from hilum.services.user_import import UserImport

        report = UserImport(app.users, app.audit).run(file, dry_run=dry_run)
        document, lines = import_shown(report)
        raise_for_refused(report, document, lines)
        app.output.show(document, lines)

    return import_


def _values(options: dict[str, Any]) -> Values:
    """Read the options that were given."""
    from hilum.services.user_values import read_values

    texts = {name: each for name, each in options.items() if not isinstance(each, bool)}
    flags = {name: each for name, each in options.items() if isinstance(each, bool)}
    return {**read_values(texts), **flags}


def _with_fields(command: C) -> C:
    """Add an option for every field of a user beside its providers."""
    for option in (
        click.option("--name", help=_("Name of the person.")),
        click.option("--user-name", help=_("What is typed to log in; capitals do not matter.")),
        click.option("--valid-from", metavar="DATE", help=_("First day, such as 01/04/2022.")),
        click.option("--valid-until", metavar="DATE", help=_("Last day.")),
        click.option(
            "--administrator/--no-administrator", default=None, help=_("May look after users.")
        ),
        click.option(
            "--ehealth-login/--no-ehealth-login",
            default=None,
            help=_("Log in by opening the eHealth session of the one linked provider."),
        ),
        click.option(
            "--visible/--no-visible", default=None, help=_("Offered by name in the log-in window.")
        ),
        click.option(
            "--password-months", metavar="N", help=_("How long a password holds; 0 is for ever.")
        ),
    )[::-1]:
        command = option(command)
    return command


def _links(option: str, help_: str) -> Callable[[C], C]:
    return click.option(option, multiple=True, metavar="P", help=help_)


def _copying(command: C) -> C:
    command = click.argument("targets", nargs=-1, required=True, metavar="USER...")(command)
    command = click.argument("source", metavar="FROM")(command)
    return _dry_run(command)


def _dry_run(command: C) -> C:
    return click.option("--dry-run", is_flag=True, help=_("Check everything, change nothing."))(
        command
    )
