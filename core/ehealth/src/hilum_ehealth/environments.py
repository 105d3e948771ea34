"""Where the eHealth platform is: endpoints, trust anchors and who signs its assertions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

STS: Final = "sts"
EHBOX_CONSULTATION: Final = "ehbox-consultation"

PATHS: Final[Mapping[str, str]] = MappingProxyType(
    {
        STS: "/IAM/SecurityTokenService/v1",
        EHBOX_CONSULTATION: "/ehBoxConsultation/v3",
    }
)
"""The path of each service on every host of the platform (eHealth service list)."""

HOSTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "production": "https://services.ehealth.fgov.be",
        "acceptance": "https://services-acpt.ehealth.fgov.be",
        "integration": "https://services-int.ehealth.fgov.be",
    }
)
"""The hosts of the environments that eHealth runs."""


class SignerRule(NamedTuple):
    """Who may sign assertions: a certificate of this enterprise whose application name fits.

    The chain alone proves nothing here: every provider's certificate comes from the same issuer.
    """

    enterprise: str = "0809394427"
    """CBE number of the eHealth platform, the holder's identifier."""

    application_prefix: str = "IAM"
    """How the signer's application identifier starts (``IAMACC`` was seen on acceptance)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One eHealth platform that a client can talk to."""

    name: str
    """``production``, ``acceptance``, ``integration`` or a name from the settings."""

    endpoints: Mapping[str, str]
    """Full URL per service name (``sts``, ``ehbox-consultation``)."""

    trust_folder: Path
    """Folder with ``tls/``, ``ehealth/`` and ``eid/``, the trust anchors by purpose."""

    signer: SignerRule = field(default_factory=SignerRule)

    built_in: bool = False
    """True for an environment of eHealth's own: only anchors with published fingerprints count."""

    contact: str = ""
    """E-mail address sent in ``From``, as eHealth asks; empty sends none."""


def built_in(name: str, trust_root: Path, contact: str = "") -> Environment:
    """Make the environment *name* of eHealth's own; its anchors stand in ``trust_root/name``.

    Raises ``KeyError`` for a name that is not in :data:`HOSTS`.
    """
    host = HOSTS[name]
    return Environment(
        name=name,
        endpoints={service: host + path for service, path in PATHS.items()},
        trust_folder=trust_root / name,
        built_in=True,
        contact=contact,
    )
