"""How users are shown: documents for scripts, lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from shlex import quote
from typing import TYPE_CHECKING, Any

from hilum_hookspecs import HilumError, Message, RecordError, User
from hilum_hookspecs.words import day, moment, show

from hilum.services.ehealth_conditions import Condition, all_met
from hilum.services.user_import import Outcome
from hilum.words import _

from .user_documents import (
    condition_documents,
    password_document,
    row_document,
    saved_document,
    user_document,
)

if TYPE_CHECKING:
    from hilum.services.user_changes import Saved
    from hilum.services.user_import import ImportReport
    from hilum.services.user_passwords import Password

    from .app import App
    from .session_shown import Shown

FIELDS: Mapping[str, Message] = {
    "name": _.message("name"),
    "user_name": _.message("user name"),
    "valid_from": _.message("valid from"),
    "valid_until": _.message("valid until"),
    "administrator": _.message("administrator"),
    "providers": _.message("providers"),
    "mailboxes": _.message("mailboxes"),
    "ehealth_login": _.message("log-in via eHealth"),
    "visible": _.message("visible at start"),
    "password_months": _.message("password's life"),
}
"""The fields of a user as a person calls them."""


def list_shown(app: App, users: Sequence[User]) -> Shown:
    """Show all users, a line each."""
    lines = [_line(app, user) for user in users] or [_("No user yet: hilum user add --help")]
    return {"users": [user_document(user, app.users.today()) for user in users]}, lines


def user_shown(app: App, user: User) -> Shown:
    """Show one user in full."""
    conditions = app.users.conditions(user)
    password = app.passwords.of(user)
    document = {
        "user": user_document(user, app.users.today()),
        "password": password_document(password),
        "conditions": condition_documents(conditions),
    }
    return document, [*_full(app, user), *_password_lines(user, password), *_checks(conditions)]


def added_shown(app: App, saved: Saved, *, dry_run: bool) -> Shown:
    """Show a user that was added, or would be."""
    words = {"name": saved.user.name, "user": saved.user.user_name}
    line = (
        _("Would be added: {name} ({user})", **words)
        if dry_run
        else _("Added: {name} ({user})", **words)
    )
    return saved_document(saved, app.users.today(), dry_run=dry_run), [
        line,
        *_consequences(app, saved),
    ]


def changed_shown(app: App, saved: Saved, *, dry_run: bool) -> Shown:
    """Show a user that was changed, or would be."""
    lines = [*_changed(saved, dry_run=dry_run), *_consequences(app, saved)]
    return saved_document(saved, app.users.today(), dry_run=dry_run), lines


def copied_shown(app: App, source: str, saved: Sequence[Saved], *, dry_run: bool) -> Shown:
    """Show what was copied to whom."""
    shown = [changed_shown(app, each, dry_run=dry_run) for each in saved]
    document = {
        "source": app.users.find(source).id,
        "users": [each for each, _lines in shown],
        "dry_run": dry_run,
    }
    return document, [line for _document, lines in shown for line in lines]


def removed_shown(user: User, *, dry_run: bool) -> Shown:
    """Show a user that was removed, or would be."""
    words = {"name": user.name, "user": user.user_name}
    line = (
        _("Would be removed: {name} ({user})", **words)
        if dry_run
        else _("Removed: {name} ({user})", **words)
    )
    document = {
        "user": user.id,
        "user_name": user.user_name,
        "name": user.name,
        "removed": not dry_run,
        "dry_run": dry_run,
    }
    return document, [line]


def password_shown(user: User, *, temporary: bool, dry_run: bool) -> Shown:
    """Show that a password was chosen, or would be."""
    if dry_run:
        line = _("{user} would get a new password.", user=user.user_name)
    elif temporary:
        line = _(
            "The password of {user} is restored; another one must be chosen at the next log-in.",
            user=user.user_name,
        )
    else:
        line = _("{user} has a new password.", user=user.user_name)
    document = {
        "user": user.id,
        "user_name": user.user_name,
        "must_change": temporary,
        "dry_run": dry_run,
    }
    return document, [line]


def import_shown(report: ImportReport) -> Shown:
    """Show what became of a file."""
    counts = {outcome.value: report.count(outcome) for outcome in Outcome}
    document = {
        **counts,
        "rows": [row_document(row) for row in report.rows],
        "dry_run": report.dry_run,
    }
    lines = [_("Nothing was saved: this is what would happen.")] if report.dry_run else []
    lines.append(_("{added} added, {exists} there already, {refused} refused", **counts))
    return document, [*lines, *_row_lines(report)]


def raise_for_refused(report: ImportReport, document: Mapping[str, Any], lines: list[str]) -> None:
    """Raise ``user.rows-refused``, the report in its details, when rows were refused."""
    if report.count(Outcome.REFUSED):
        raise RecordError(
            "user.rows-refused",
            message=_.message("Rows were refused:\n{report}", report="\n".join(lines)),
            remedy=_.message("Mend these rows and import the file again: the others stay as is."),
            **document,
        )


def _row_lines(report: ImportReport) -> Iterator[str]:
    for row in report.rows:
        words = {"line": row.line, "user": row.user_name}
        if row.code is not None:
            yield _("Row {line}: {user}", **words).rstrip(" :")
            yield from (f"  {line}" for line in row.message.splitlines())
            yield f"  {row.remedy}"
        elif row.saved is not None and row.saved.first:
            yield _("Row {line}: {user} is the first user and so an administrator", **words)


def _line(app: App, user: User) -> str:
    parts = [user.user_name, user.name]
    if user.administrator:
        parts.append(_("administrator"))
    if user.providers:
        parts.append(", ".join(user.providers))
    if user.ehealth_login:
        parts.append(_("via eHealth"))
    if not user.is_valid(app.users.today()):
        parts.append(_("not valid today"))
    return "  ".join(parts)


def _full(app: App, user: User) -> Iterator[str]:
    yield f"{user.name}  ({user.user_name})"
    values = {
        "valid_from": user.valid_from and day(user.valid_from),
        "valid_until": user.valid_until and day(user.valid_until),
        "administrator": user.administrator and _("yes"),
        "providers": ", ".join(_provider(app, each) for each in user.providers),
        "mailboxes": ", ".join(_provider(app, each) for each in user.mailboxes),
        "ehealth_login": user.ehealth_login and _("yes"),
        "visible": user.visible and _("yes"),
    }
    for name, value in values.items():
        if value:
            label = show(FIELDS[name])
            yield "  " + _("{label}: {value}", label=label, value=value)


def _provider(app: App, provider_id: str) -> str:
    """Name a linked provider, whose record may be gone or not to be had now."""
    try:
        return f"{app.providers.find(provider_id).name} ({provider_id})"
    except HilumError:
        return provider_id


def _password_lines(user: User, password: Password | None) -> Iterator[str]:
    if password is None:
        yield "  " + _("password: no plugin keeps passwords")
        return
    state = password.state
    if state.changed_at is None:
        yield "  " + _("password: none; hilum user password {user}", user=quote(user.user_name))
    elif password.expires_on is not None:
        words = {"changed": day(state.changed_at), "end": day(password.expires_on)}
        yield "  " + _("password: chosen on {changed}, to be changed on {end}", **words)
    else:
        yield "  " + _("password: chosen on {changed}", changed=day(state.changed_at))
    if password.must_change:
        yield "  " + _("password: another one must be chosen at the next log-in")
    if state.blocked_until is not None:
        yield "  " + _("password: none is taken before {until}", until=moment(state.blocked_until))


def _checks(conditions: Sequence[Condition]) -> Iterator[str]:
    """Write each condition of the log-in via eHealth with its tick or cross."""
    yield _("Log-in via eHealth:")
    for each in conditions:
        yield f"  {'✓' if each.met else '✗'} {show(each.message)}"
        if each.fix is not None:
            yield f"    {show(each.fix)}"


def _changed(saved: Saved, *, dry_run: bool) -> Iterator[str]:
    """Say which fields of a user who was there before are others now."""
    names = ", ".join(show(FIELDS[name]) for name in saved.changed)
    words = {"name": saved.user.name, "user": saved.user.user_name, "fields": names}
    if not names:
        yield _("Nothing to change: {name} ({user})", **words)
    elif dry_run:
        yield _("Would be changed: {name} ({user}): {fields}", **words)
    else:
        yield _("Changed: {name} ({user}): {fields}", **words)


def _consequences(app: App, saved: Saved) -> Iterator[str]:
    """Say what happened by itself, and what is still missing."""
    user = saved.user
    if saved.first:
        yield _("The first user is an administrator.")
    if saved.unticked:
        yield _("The log-in via eHealth is taken away: its conditions do not hold any more.")
    if user.ehealth_login and all_met(saved.conditions):
        yield _("The user logs in via eHealth.")
    elif user.providers and not all_met(saved.conditions):
        yield from _checks(saved.conditions)
    if not user.ehealth_login and _has_no_password(app, user):
        yield _("No password yet: hilum user password {user}", user=quote(user.user_name))


def _has_no_password(app: App, user: User) -> bool:
    password = app.passwords.of(user)
    return password is not None and password.state.changed_at is None
