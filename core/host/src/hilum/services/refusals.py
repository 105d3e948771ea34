"""What was refused is written down in one place, whichever command or plugin refused it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import HilumError

from hilum.catalogue import exit_code
from hilum.failures import CodedError

from .audit import REFUSED

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Providers

    from .audit import AuditLog

_RULE, _CREDENTIAL, _PLATFORM = 3, 4, 6
_SLIPS: Final = (
    *("record.not-found", "record.ambiguous", "session.none"),
    *("user.not-found", "user.logged-out"),
)
"""What was asked about is not there: nobody was refused anything."""


def is_refusal(error: CodedError, *, changing: bool) -> bool:
    """Tell whether *error* is worth an entry in the audit.

    A credential that was refused always is; a rule of ours or of the platform when the command
    was *changing* something.
    """
    if error.code in _SLIPS:
        return False
    code = exit_code(error)
    return code == _CREDENTIAL or (changing and code in (_RULE, _PLATFORM))


def note_refusal(
    audit: AuditLog, providers: Providers, error: CodedError, *, command: str, provider: str | None
) -> None:
    """Write down that *command* (``session open``) was refused, unless its use case did.

    The entry has the code and the command; of *provider*, as it was typed, only the id of the
    record that it names. Raises ``storage.*``.
    """
    if audit.has_refusal(error.code):
        return
    audit.record(
        command.partition(" ")[0] + REFUSED,
        provider_id=_id(providers, provider),
        code=error.code,
        command=command,
    )


def _id(providers: Providers, text: str | None) -> str | None:
    try:
        return providers.find(text).id if text else None
    except (HilumError, EhealthError):
        return None
