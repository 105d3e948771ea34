"""The contract between Hilum and its plugins: hook specifications, types, ports and errors.

A name is imported when it is first used: a command that needs no session pays for none.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from .markers import CONTRACT_VERSION, PROJECT_NAME, hookimpl, hookspec

if TYPE_CHECKING:
    from .certificates import ActiveCertificate, CertificateSource, KeystoreFile
    from .context import NoSettings, PluginContext
    from .errors import (
        CardError,
        CertificateError,
        ConfigurationError,
        CredentialRejected,
        HilumError,
        NotYet,
        RecordError,
        RecordInvalid,
        SecretMissing,
        ServiceRefused,
        ServiceUnreachable,
        SessionError,
        StorageError,
        UserCancelled,
        WrongPerson,
    )
    from .health import HealthAnswer, HealthCheck, HealthFix, HealthLink, HealthState
    from .logins import LocalLogin, PasswordRequest, PasswordRule, PasswordState
    from .ports import Choice, CommandResult
    from .records import (
        Finding,
        InamiPeriod,
        Profession,
        Provider,
        ProviderDirectory,
        Purpose,
        RecordValidator,
        Severity,
    )
    from .sessions import (
        AuthMethod,
        AuthRequest,
        CheckResult,
        EhealthSession,
        Liveness,
        SessionProbe,
        SessionView,
    )
    from .status import Status, StatusIndicator, StatusState
    from .storage import StorageSpec
    from .users import User
    from .words import Domain, Message

__all__ = [
    "CONTRACT_VERSION",
    "PROJECT_NAME",
    "ActiveCertificate",
    "AuthMethod",
    "AuthRequest",
    "CardError",
    "CertificateError",
    "CertificateSource",
    "CheckResult",
    "Choice",
    "CommandResult",
    "ConfigurationError",
    "CredentialRejected",
    "Domain",
    "EhealthSession",
    "Finding",
    "HealthAnswer",
    "HealthCheck",
    "HealthFix",
    "HealthLink",
    "HealthState",
    "HilumError",
    "InamiPeriod",
    "KeystoreFile",
    "Liveness",
    "LocalLogin",
    "Message",
    "NoSettings",
    "NotYet",
    "PasswordRequest",
    "PasswordRule",
    "PasswordState",
    "PluginContext",
    "Profession",
    "Provider",
    "ProviderDirectory",
    "Purpose",
    "RecordError",
    "RecordInvalid",
    "RecordValidator",
    "SecretMissing",
    "ServiceRefused",
    "ServiceUnreachable",
    "SessionError",
    "SessionProbe",
    "SessionView",
    "Severity",
    "Status",
    "StatusIndicator",
    "StatusState",
    "StorageError",
    "StorageSpec",
    "User",
    "UserCancelled",
    "WrongPerson",
    "hookimpl",
    "hookspec",
]

_MODULES: Final = {
    "certificates": "ActiveCertificate CertificateSource KeystoreFile",
    "context": "NoSettings PluginContext",
    "errors": (
        "CardError CertificateError ConfigurationError CredentialRejected HilumError "
        "NotYet RecordError RecordInvalid SecretMissing ServiceRefused ServiceUnreachable "
        "SessionError StorageError UserCancelled WrongPerson"
    ),
    "health": "HealthAnswer HealthCheck HealthFix HealthLink HealthState",
    "logins": "LocalLogin PasswordRequest PasswordRule PasswordState",
    "ports": "Choice CommandResult",
    "records": (
        "Finding InamiPeriod Profession Provider ProviderDirectory Purpose RecordValidator Severity"
    ),
    "sessions": (
        "AuthMethod AuthRequest CheckResult EhealthSession Liveness SessionProbe SessionView"
    ),
    "status": "Status StatusIndicator StatusState",
    "storage": "StorageSpec",
    "users": "User",
    "words": "Domain Message",
}
_HOME: Final = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    """Import *name* from the module that defines it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List what the package offers, imported or not."""
    return sorted(__all__)
