"""What a keystore holds, and what can be seen of it without its password."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from hilum_ehealth.keys import PrivateKey

AUTHENTICATION: Final = "authentication"
"""Alias of the key that eHealth's certificate belongs to; compared without case."""


class Stage(StrEnum):
    """How far a keystore has come in the life of an eHealth certificate."""

    INCOMPLETE = "incomplete"
    """Requested: the key is there, the issued certificate is not."""

    NO_ENCRYPTION_KEY = "no-encryption-key"
    """The certificate is installed, the encryption key is missing."""

    COMPLETE = "complete"

    NOT_EHEALTH = "not-ehealth"
    """A keystore of something else: no entry ``authentication``."""


class Form(StrEnum):
    """The two forms in which we write a keystore."""

    MODERN = "modern"
    """AES-256 and SHA-256, 600,000 rounds for keys, certificates and integrity."""

    COMPATIBLE = "compatible"
    """Triple DES and SHA-1 as old Java programs need them; weaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """A private key with its certificate, under an alias."""

    alias: str
    private_key: PrivateKey = field(repr=False)
    certificate: Certificate = field(repr=False)
    """Its public key is that of :attr:`private_key`."""

    chain: tuple[Certificate, ...] = field(default=(), repr=False)
    """The certificates above it, the issuing CA first; the leaf is not among them."""

    local_id: bytes | None = field(default=None, repr=False)
    """The mark that joins key and certificate in the file (``Time <millis>``); ``None`` for a new
    entry, which gets one when it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingKey:
    """A private key that waits for the certificate which was asked for it."""

    alias: str
    private_key: PrivateKey = field(repr=False)
    placeholder: bytes = field(repr=False)
    """The DER of the certificate that stands in (``C=Dummy``); good for nothing else."""

    local_id: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedEntry:
    """A certificate in the file that belongs to no key, or stands there once more."""

    alias: str
    """Subject name as Java writes it in stores of eHealth's own tool; empty when it has none."""

    certificate: Certificate = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keystore:
    """The opened content of a keystore, in the order of the file."""

    entries: tuple[KeyEntry, ...] = ()
    """Every private key with its certificate, whatever its alias."""

    pending: tuple[PendingKey, ...] = ()
    """The keys whose certificate has not come yet."""

    trusted: tuple[TrustedEntry, ...] = ()

    @property
    def authentication(self) -> KeyEntry | None:
        """The key that signs sessions, with the eHealth certificate; ``None`` while it waits."""
        return next((e for e in self.entries if e.alias.lower() == AUTHENTICATION), None)

    @property
    def encryption(self) -> tuple[KeyEntry, ...]:
        """The keys that messages are sealed to, older ones included; alias = decimal serial."""
        return tuple(entry for entry in self.entries if is_serial(entry.alias))

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """Every certificate in the file, each once; placeholders are none."""
        return tuple(dict.fromkeys(self._all_certificates()))

    @property
    def stage(self) -> Stage:
        """How far this keystore has come, told by its content."""
        if any(key.alias.lower() == AUTHENTICATION for key in self.pending):
            return Stage.INCOMPLETE
        if self.authentication is None:
            return Stage.NOT_EHEALTH
        return Stage.COMPLETE if self.encryption else Stage.NO_ENCRYPTION_KEY

    def _all_certificates(self) -> Iterator[Certificate]:
        for entry in self.entries:
            yield entry.certificate
            yield from entry.chain
        for trusted in self.trusted:
            yield trusted.certificate


def is_serial(alias: str) -> bool:
    """Tell whether *alias* is that of an encryption key, a decimal serial number."""
    return alias.isascii() and alias.isdigit()


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleKey:
    """A private key as it is seen from outside."""

    alias: str
    algorithm: str
    """``pbe-sha1-3des``, ``pbes2-aes-256-cbc`` ..., or the identifier of an unknown one."""

    iterations: int | None
    """What the file asks for; ``None`` when the algorithm is unknown or the key not encrypted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What a keystore shows without its password. Nothing of it is proved."""

    keys: tuple[VisibleKey, ...]
    certificate_algorithms: tuple[str, ...]
    """How the parts with the certificates are encrypted."""

    mac_algorithm: str | None
    """``sha1``, ``sha256`` ...; ``None`` when the file has no integrity check."""

    iterations: int
    """The highest count that is visible; :func:`open_keystore` refuses more than 2,000,000."""

    stage: Stage | None
    """The stage as far as the aliases tell: ``None`` when only the password could tell."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """The names of the keys."""
        return tuple(key.alias for key in self.keys)
