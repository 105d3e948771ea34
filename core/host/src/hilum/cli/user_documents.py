"""Users as JSON documents; field names in ``docs/reference/json.md``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from hilum_hookspecs import User
from hilum_hookspecs.words import show

from hilum.services.ehealth_conditions import Condition

if TYPE_CHECKING:
    from hilum.services.user_changes import Saved
    from hilum.services.user_import import RowReport
    from hilum.services.user_passwords import Password


def saved_document(saved: Saved, today: date, *, dry_run: bool) -> dict[str, object]:
    """Return a user that was added or changed, or would be."""
    return {
        "user": user_document(saved.user, today),
        "changed": list(saved.changed),
        "first": saved.first,
        "ehealth_login_removed": saved.unticked,
        "conditions": condition_documents(saved.conditions),
        "dry_run": dry_run,
    }


def user_document(user: User, today: date) -> dict[str, object]:
    """Return the fields of a user, and whether it may log in *today*."""
    return {
        "id": user.id,
        "name": user.name,
        "user_name": user.user_name,
        "valid_from": user.valid_from,
        "valid_until": user.valid_until,
        "valid": user.is_valid(today),
        "administrator": user.administrator,
        "providers": list(user.providers),
        "mailboxes": list(user.mailboxes),
        "ehealth_login": user.ehealth_login,
        "visible": user.visible,
        "password_months": user.password_months,
    }


def password_document(password: Password | None) -> dict[str, object] | None:
    """Return what may be told of a password; ``None`` when no plugin keeps any."""
    if password is None:
        return None
    return {
        "set": password.state.changed_at is not None,
        "changed_at": password.state.changed_at,
        "expires_on": password.expires_on,
        "must_change": password.must_change,
        "wrong": password.state.wrong,
        "blocked_until": password.state.blocked_until,
    }


def condition_documents(conditions: Sequence[Condition]) -> list[dict[str, object]]:
    """Return the conditions of a log-in via eHealth, in the language of now."""
    return [
        {
            "name": each.name,
            "met": each.met,
            "code": each.code,
            "message": show(each.message),
            "fix": show(each.fix) if each.fix is not None else None,
        }
        for each in conditions
    ]


def row_document(row: RowReport) -> dict[str, object]:
    """Return what became of a row of a file."""
    return {
        "row": row.line,
        "outcome": row.outcome.value,
        "user": row.saved.user.id if row.saved is not None else None,
        "user_name": row.user_name,
        "administrator": row.saved.user.administrator if row.saved is not None else None,
        "ehealth_login": row.saved.user.ehealth_login if row.saved is not None else None,
        "problem": {"code": row.code, "message": row.message, "remedy": row.remedy}
        if row.code is not None
        else None,
    }
