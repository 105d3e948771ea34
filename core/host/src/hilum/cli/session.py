"""``hilum session``: open, see, check, renew and close eHealth sessions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click
from hilum_hookspecs import ConfigurationError, SessionError

from hilum.words import _

from .session_shown import (
    closed_shown,
    opening_shown,
    plan_shown,
    result_shown,
    status_shown,
)

if TYPE_CHECKING:
    from .app import App

C = TypeVar("C", bound="click.Command | Callable[..., None]")


def build(app: App) -> click.Group:
    """Make the group in the language of now."""
    group = click.Group("session", help=_("Open, see, check, renew and close eHealth sessions."))
    for make in (_open, _status, _check, _renew, _close, _token):
        group.add_command(make(app))
    return group


def _open(app: App) -> click.Command:
    @click.command("open", help=_("Open a session, or use the one that is open."))
    @click.option(
        "--provider", metavar="P", required=True, help=_("The provider's id, NISS or INAMI number.")
    )
    @click.option(
        "--method",
        metavar="M",
        help=_("eid (the card), fallback (the keystore alone) or one that another plugin offers."),
    )
    @_reason
    @click.option(
        "--profession", metavar="X", help=_("For a provider of several types: physiotherapist ...")
    )
    @_dry_run
    def open_(
        provider: str,
        method: str | None,
        reason: str | None,
        profession: str | None,
        dry_run: bool,
    ) -> None:
        from hilum.services.openings import Order

        order = Order(provider=provider, method=method, reason=reason, profession=profession)
        if dry_run:
            app.output.show(*plan_shown(app.environment.name, app.sessions.plan(order)))
        else:
            app.output.show(*opening_shown(app.environment.name, app.sessions.open(order)))

    return open_


def _status(app: App) -> click.Command:
    @click.command("status", help=_("See the sessions on this computer; asks nobody."))
    @_provider
    def status(provider: str | None) -> None:
        views = app.token_files.views()
        if provider is not None:
            wanted = _provider_id(app, provider)
            views = [view for view in views if view.provider_id == wanted]
        shown = status_shown(
            app.host, app.environment.name, views, app.clock.now(), app.third_parties
        )
        app.output.show(*shown)
        if not app.options.as_json:
            app.output.note(
                _("This is the local view; `hilum session check --probe` asks the platform.")
            )

    return status


def _check(app: App) -> click.Command:
    @click.command(
        "check", help=_("Check whether a session lives: exit code 0, 3 over, 7 unknown.")
    )
    @_provider
    @click.option("--probe", is_flag=True, help=_("Ask the eHealth platform too."))
    def check(provider: str | None, probe: bool) -> None:
        wanted = _one_session(app, provider)
        result = app.sessions.check(wanted, probe=probe)
        refusal = result.refusal(wanted)
        if refusal is not None:
            raise refusal
        view = app.sessions.view(wanted)
        name = view.provider_name if view is not None else wanted
        app.output.show(*result_shown(app.environment.name, wanted, name, result, probed=probe))

    return check


def _renew(app: App) -> click.Command:
    @click.command("renew", help=_("Exchange a session for one that ends later."))
    @_provider
    @_reason
    @_dry_run
    def renew(provider: str | None, reason: str | None, dry_run: bool) -> None:
        wanted = _one_session(app, provider)
        if dry_run:
            plan = app.sessions.plan_renewal(wanted, reason=reason)
            app.output.show(*plan_shown(app.environment.name, plan, renewal=True))
        else:
            opening = app.sessions.renew(wanted, reason=reason)
            app.output.show(*opening_shown(app.environment.name, opening))

    return renew


def _close(app: App) -> click.Command:
    @click.command("close", help=_("End a session: its token is removed from this computer."))
    @_provider
    @_dry_run
    def close(provider: str | None, dry_run: bool) -> None:
        wanted = _one_session(app, provider)
        view = app.sessions.view(wanted) if dry_run else app.sessions.close(wanted)
        if view is None:
            raise SessionError("session.none", provider=wanted)
        app.output.show(*closed_shown(app.environment.name, view, dry_run=dry_run))

    return close


def _token(app: App) -> click.Command:
    @click.command(
        "token",
        help=_("Print the session's assertion (SAML), byte for byte, after a strict check."),
    )
    @_provider
    def token(provider: str | None) -> None:
        from base64 import b64encode

        session = app.sessions.load(_one_session(app, provider))
        document = {
            "environment": session.environment,
            "provider": session.provider_id,
            "id": session.id,
            "expires_at": session.expires_at,
            "assertion": b64encode(session.assertion).decode(),
        }
        app.output.show(document, ())
        if not app.options.as_json:
            _write_exactly(session.assertion)

    return token


def _provider(command: C) -> C:
    return click.option(
        "--provider", metavar="P", help=_("The provider's id, NISS or INAMI number.")
    )(command)


def _reason(command: C) -> C:
    return click.option(
        "--reason",
        metavar="R",
        help=_("Why the card is not used: forgotten, damaged, reader or other."),
    )(command)


def _dry_run(command: C) -> C:
    return click.option(
        "--dry-run", is_flag=True, help=_("Change nothing, only say what would be.")
    )(command)


def _provider_id(app: App, text: str) -> str:
    """Return the provider's id; the id of an open session needs no look into the records."""
    if any(view.provider_id == text for view in app.token_files.views()):
        return text
    return app.providers.find(text).id


def _one_session(app: App, provider: str | None) -> str:
    """Return the id of the provider that is meant; without one there must be a single session."""
    if provider is not None:
        return _provider_id(app, provider)
    known = [view.provider_id for view in app.token_files.views()]
    if not known:
        raise SessionError("session.none")
    if len(known) > 1:
        raise ConfigurationError("usage.provider-needed", providers=known)
    return known[0]


def _write_exactly(data: bytes) -> None:
    """Write *data* to standard output as it is: no line is added, no line end changed."""
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        sys.stdout.write(data.decode())
        return
    sys.stdout.flush()
    binary.write(data)
    binary.flush()
