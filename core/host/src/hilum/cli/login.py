"""``hilum login``: log in, via eHealth or with a password, and see who is logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import HilumError

from hilum.words import _

if TYPE_CHECKING:
    from hilum.services.login_orders import LoginOrder

    from .app import App


def build(app: App) -> click.Command:
    """Make the command in the language of now."""

    @click.command(
        "login",
        help=_("Log in: via eHealth, which opens the session, or with the password of the user."),
    )
    @click.argument("user", required=False)
    @click.option("--status", is_flag=True, help=_("Only say who is logged in."))
    @click.option(
        "--via", type=click.Choice(["ehealth", "password"]), help=_("Choose the way to log in.")
    )
    @click.option(
        "--method",
        metavar="M",
        help=_("Via eHealth: eid (the card), fallback or one that another plugin offers."),
    )
    @click.option(
        "--reason",
        metavar="R",
        help=_("Why the card is not used: forgotten, damaged, reader or other."),
    )
    @click.option(
        "--profession", metavar="X", help=_("For a provider of several types: physiotherapist ...")
    )
    @click.option("--dry-run", is_flag=True, help=_("Change nothing, only say what would be."))
    def login(
        user: str | None,
        status: bool,
        via: str | None,
        method: str | None,
        reason: str | None,
        profession: str | None,
        dry_run: bool,
    ) -> None:
        from hilum.services.login_files import Via
        from hilum.services.login_orders import LoginOrder

        if status:
            from .login_shown import status_shown

            app.output.show(*status_shown(app.environment.name, app.logins.status()))
            return
        way = Via(via) if via is not None else None
        order = LoginOrder(user=user, via=way, method=method, reason=reason, profession=profession)
        if dry_run:
            from .login_shown import plan_shown

            app.output.show(*plan_shown(app.environment.name, app.logins.plan(order)))
        else:
            _log_in(app, order)

    return login


def _log_in(app: App, order: LoginOrder) -> None:
    from .login_shown import logged_in_shown

    try:
        done = app.logins.login(order)
    except (HilumError, EhealthError) as error:
        if error.details.get("instead") and not app.options.as_json:
            app.output.note(_("You can log in with name and password: add --via password."))
        raise
    app.output.show(*logged_in_shown(app.environment.name, done))
