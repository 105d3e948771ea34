"""What every implementation of a hook must do: subclass a contract and pytest runs it.

Each contract wants one fixture that returns the contribution; some want more, said in the class.
"""

from __future__ import annotations

from .auth_method import AuthMethodContract
from .certificate_source import CertificateSourceContract
from .cli_command import CliCommandContract
from .health_check import HealthCheckContract
from .local_login import LocalLoginContract
from .provider_directory import ProviderDirectoryContract
from .record_validator import RecordValidatorContract
from .session_probe import SessionProbeContract
from .status_indicator import StatusIndicatorContract
from .storage_spec import StorageSpecContract

__all__ = [
    "AuthMethodContract",
    "CertificateSourceContract",
    "CliCommandContract",
    "HealthCheckContract",
    "LocalLoginContract",
    "ProviderDirectoryContract",
    "RecordValidatorContract",
    "SessionProbeContract",
    "StatusIndicatorContract",
    "StorageSpecContract",
]
