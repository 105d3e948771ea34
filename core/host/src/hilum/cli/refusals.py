"""Noticing that a command was refused, for the audit."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import HilumError

from hilum.failures import is_ours
from hilum.services.refusals import is_refusal, note_refusal

if TYPE_CHECKING:
    from .app import App


def refused(app: App, command: str, error: BaseException, options: Mapping[str, object]) -> None:
    """Write down that *command* ended with *error*, if that is a refusal.

    A command that changes something is one with ``--dry-run``, and it was not a trial. The
    refusal matters more to the user than that it cannot be noted.
    """
    if app.lasting and is_ours(error) and is_refusal(error, changing=_changing(options)):
        provider = options.get("provider")
        with contextlib.suppress(HilumError, EhealthError):
            note_refusal(
                app.audit,
                app.providers,
                error,
                command=command,
                provider=provider if isinstance(provider, str) else None,
            )


def _changing(options: Mapping[str, object]) -> bool:
    return options.get("dry_run") is False
