"""``hilum logout``: end the login and its eHealth sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hilum.words import _

if TYPE_CHECKING:
    from .app import App


def build(app: App) -> click.Command:
    """Make the command in the language of now."""

    @click.command("logout", help=_("Log out: the eHealth sessions end, their tokens are removed."))
    @click.option("--dry-run", is_flag=True, help=_("Change nothing, only say what would be."))
    def logout(dry_run: bool) -> None:
        from .login_shown import logged_out_shown

        ended = app.logins.ending() if dry_run else app.logins.logout()
        app.output.show(*logged_out_shown(app.environment.name, *ended, dry_run=dry_run))

    return logout
