"""How logging in and out is shown: documents for scripts, lines for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hilum_hookspecs.words import moment

from hilum.services.login_files import Via
from hilum.words import _

from .session_shown import closed_shown, opening_shown
from .session_shown import plan_shown as session_plan_shown

if TYPE_CHECKING:
    from hilum_hookspecs import SessionView

    from hilum.services.login_files import Login
    from hilum.services.login_orders import LoggedIn, LoginPlan

    from .session_shown import Shown


def logged_in_shown(environment: str, done: LoggedIn) -> Shown:
    """Show who logged in, and the session that came with it."""
    login = done.login
    document: dict[str, object] = {
        "environment": environment,
        **_document(login),
        "password_changed": done.password_changed,
        "session": None,
    }
    lines = [_("{name} is logged in ({way}).", name=login.name, way=_way(login.via))]
    if done.opening is not None:
        session, said = opening_shown(environment, done.opening)
        document["session"] = session
        lines += said
    return document, lines


def plan_shown(environment: str, plan: LoginPlan) -> Shown:
    """Show how somebody would log in."""
    words = {"user": plan.user_name, "way": _way(plan.via)}
    document: dict[str, object] = {
        "environment": environment,
        "dry_run": True,
        "user_name": plan.user_name,
        "via": plan.via.value,
        "session": None,
    }
    lines = [_("{user} would log in {way}.", **words)]
    if plan.session is not None:
        session, said = session_plan_shown(environment, plan.session)
        document["session"] = session
        lines += said
    return document, lines


def status_shown(environment: str, login: Login | None) -> Shown:
    """Show who is logged in."""
    document = {"environment": environment, "login": login and _document(login)}
    if login is None:
        return document, [_("Nobody is logged in.")]
    words = {"name": login.name, "since": moment(login.since), "way": _way(login.via)}
    return document, [_("{name} is logged in since {since} ({way}).", **words)]


def logged_out_shown(
    environment: str, login: Login, sessions: Sequence[SessionView], *, dry_run: bool
) -> Shown:
    """Show who logged out, and the sessions that ended, or would."""
    shown = [closed_shown(environment, view, dry_run=dry_run) for view in sessions]
    document = {
        "environment": environment,
        "dry_run": dry_run,
        "user": login.user_id,
        "user_name": login.user_name,
        "name": login.name,
        "sessions": [each for each, _lines in shown],
    }
    line = (
        _("{name} would be logged out.", name=login.name)
        if dry_run
        else _("{name} is logged out.", name=login.name)
    )
    return document, [line, *(line for _document, lines in shown for line in lines)]


def _document(login: Login) -> Mapping[str, object]:
    return {
        "user": login.user_id,
        "user_name": login.user_name,
        "name": login.name,
        "via": login.via.value,
        "since": login.since,
    }


def _way(via: Via) -> str:
    return _("via eHealth") if via is Via.EHEALTH else _("with the password")
