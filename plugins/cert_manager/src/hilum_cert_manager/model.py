"""What is kept about a keystore, and what its content says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from hilum_hookspecs import Finding


class Action(StrEnum):
    """What can be done to a provider's certificate, and undone."""

    IMPORT = "import"
    REMOVE = "remove"
    CHANGE_PASSWORD = "change-password"  # noqa: S105  # the name of an action


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What an opened keystore says about its eHealth certificate."""

    certificate: bytes = field(repr=False)
    """The authentication certificate, DER."""

    chain: tuple[bytes, ...] = field(repr=False)
    """The certificates above it, DER, nearest first."""

    holder_kind: str
    """``SSIN`` for a person, else the kind of organisation."""

    holder_identifier: str = field(repr=False)
    holder_name: str = field(repr=False)
    not_before: datetime
    not_after: datetime
    stage: str
    sha256: str
    """Fingerprint of the certificate."""

    @property
    def holder(self) -> str:
        """The holder as eHealth writes it: ``SSIN=85073003328``."""
        return f"{self.holder_kind}={self.holder_identifier}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A keystore that was taken into a provider's record."""

    id: int
    provider_id: str
    environment: str
    file: str
    """Path below our folder of keystores."""

    file_sha256: str
    content: Content
    kept_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A step in the life of a provider's certificate."""

    id: int
    action: Action
    version_id: int | None
    """The version that was active from then on."""

    changed_at: datetime
    undone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import found and did."""

    content: Content
    version: Version | None
    """``None`` when nothing was to be saved."""

    is_new: bool
    """False when this very keystore is the active one already."""

    warnings: tuple[Finding, ...] = ()
