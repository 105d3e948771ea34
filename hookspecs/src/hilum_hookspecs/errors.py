"""Errors that cross a hook.

What is shown (sentence, remedy, exit code) follows the **code**, from the host's catalogue; the
class tells Python callers what to catch. The protocol kit has an error of its own with the same
``code`` and ``details``; a plugin lets it pass or raises one of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from .records import Finding
    from .words import Message


class HilumError(Exception):
    """Base of every error that the fronts know how to show.

    ``details`` is JSON-able data for the caller, never a secret. A plugin whose code the host
    does not know brings its own ``message`` and ``remedy``.
    """

    default_code: ClassVar[str] = "defect"
    exit_code: ClassVar[int] = 1
    """Used for a code that the host's catalogue does not know."""

    def __init__(
        self,
        code: str | None = None,
        /,
        *,
        message: Message | None = None,
        remedy: Message | None = None,
        **details: object,
    ) -> None:
        self.code = code or self.default_code
        self.message = message
        self.remedy = remedy
        self.details = details
        super().__init__(self.code)

    def __str__(self) -> str:
        """For the log: the code and the names of the details, never their values."""
        return f"{self.code} ({', '.join(sorted(self.details))})" if self.details else self.code


class ConfigurationError(HilumError):
    """A setting, an option or a secret that is missing or cannot be used."""

    default_code = "settings.invalid"
    exit_code = 2


class SecretMissing(ConfigurationError):
    """A secret is needed and nobody can be asked; ``details["name"]`` names it."""

    default_code = "secret.missing"

    def __init__(self, name: str) -> None:
        super().__init__(name=name)


class RecordError(HilumError):
    """A provider's record does not allow what was asked."""

    default_code = "record.refused"
    exit_code = 3


class RecordInvalid(RecordError):
    """Validators found what must be mended first."""

    default_code = "record.invalid"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__()
        self.findings = tuple(findings)


class WrongPerson(RecordError):
    """Card, keystore and record do not belong to one person; details name the two that differ."""

    default_code = "record.wrong-person"


class CertificateError(HilumError):
    """A keystore or certificate cannot be used for this."""

    default_code = "certificate.refused"
    exit_code = 3


class SessionError(HilumError):
    """There is no session that can be used."""

    default_code = "session.none"
    exit_code = 3


class CredentialRejected(HilumError):
    """A PIN or password was refused."""

    default_code = "credential.rejected"
    exit_code = 4


class CardError(HilumError):
    """The card, the reader or its software."""

    default_code = "card.unknown-error"
    exit_code = 5


class ServiceRefused(HilumError):
    """eHealth refused, or its answer is not trusted."""

    default_code = "ehealth.refused"
    exit_code = 6


class ServiceUnreachable(HilumError):
    """eHealth or the network cannot be reached, or the state is unknown."""

    default_code = "network.unreachable"
    exit_code = 7


class NotYet(HilumError):
    """Right, but too early."""

    default_code = "not-yet"
    exit_code = 8


class StorageError(HilumError):
    """Disk, database or file modes."""

    default_code = "storage.failed"
    exit_code = 9


class UserCancelled(HilumError):
    """The user walked away; shown to nobody."""

    default_code = "cancelled"
    exit_code = 130
