"""Codes that services answer with inside their own messages, beside the platform's faults.

Source: eHealthBox publication cookbook (810 also for consultation), ETK depot version 1, and
certificate RA version 2 with its ``CertificateInfo``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from .faults import Meaning


def _refusals(**names: str) -> dict[str, Meaning]:
    return {code.lstrip("_"): Meaning(name=name, retry=False) for code, name in names.items()}


BOX: Final[Mapping[str, Meaning]] = MappingProxyType(
    _refusals(
        _801="message-too-large",
        _802="recipient-identifier",
        _803="recipient-quality",
        _804="recipient-type",
        _805="recipient-subtype",
        _810="box-not-accessible",
        _814="quality-not-allowed",
        _816="digest-mismatch",
        _826="recipient-away",
    )
)
"""eHealthBox; 826 is a warning beside a success."""

ETK_DEPOT: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        **_refusals(_400="identifier-type-unknown", _404="no-etk"),
        "500": Meaning(name="technical-error", retry=True, outage=True),
    }
)
"""ETK depot."""

CERTRA: Final[Mapping[str, Meaning]] = MappingProxyType(
    {"CERT_NOT_YET_DELIVERED": Meaning(name="certificate-not-delivered", retry=True)}
)
"""Certificate RA: the only code that is known from public sources."""

CERTIFICATE_STATES: Final = ("IN_PROGRESS", "VALID_ACTIVE", "REFUSED", "REVOKED", "EXPIRED")
"""``AuthenticationCertificateStatus`` of a certificate."""

ETK_STATES: Final = (
    "NOT_REQUESTED",
    "IN_REQUEST",
    "WAIT_FOR_ACTIVATION",
    "VALID_ACTIVE",
    "REVOKED",
    "EXPIRED",
)
"""``ETKStatus`` of a certificate."""
