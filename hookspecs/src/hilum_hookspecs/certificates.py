"""eHealth certificates: the one that a provider uses, and where certificates come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .words import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveCertificate:
    """The eHealth certificate in use for a provider in one environment."""

    provider_id: str
    environment: str
    keystore: Path
    """The keystore file of ours that holds the private key; opened with its password."""

    certificate: bytes = field(repr=False)
    """The authentication certificate, DER."""

    chain: tuple[bytes, ...] = field(default=(), repr=False)
    """Issuing certificates that the keystore holds, DER, nearest first."""

    not_before: datetime
    not_after: datetime
    stage: str
    """``complete``, ``no-encryption-key`` or ``incomplete``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeystoreFile:
    """What a source knows about a keystore file; without its password some of it is unknown."""

    path: Path
    stage: str
    holder: str = field(default="", repr=False)
    """``SSIN=85073003328``, ``CBE=0809394427`` ..., empty when unknown."""

    not_after: datetime | None = None
    environment: str | None = None
    belongs: bool | None = None
    """Whether it belongs to the provider that was asked for; ``None`` when unknown."""

    problem: Message | None = None
    """Why it cannot be used, when it cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSource:
    """A place where a provider's certificates are kept or come from."""

    name: str
    label: Message
    active: Callable[[str, str], ActiveCertificate | None]
    """The active certificate of a provider's id in an environment, or ``None``."""

    find: Callable[[Path | None], Iterable[KeystoreFile]]
    """Keystore files in a folder (by default the usual one), newest first."""

    import_keystore: Callable[[Path, str, str], ActiveCertificate] | None = None
    """Take a file (path, provider's id, password) into the record; refuses what does not belong."""

    change_password: Callable[[str, str, str], None] | None = None
    """Rewrite a provider's keystore (provider's id, old, new password)."""
