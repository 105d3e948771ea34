"""One look at module, reader, card, certificates and keys, for a doctor; no PIN is asked.

Each fact is found when it is first asked for and then kept, so that a chain of questions starts
the card's process once and opens the card once. Every fact raises the ``card.*`` codes of
:mod:`hilum_ehealth.card.port`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from .frames import unpack
from .port import AUTHENTICATION, CERTIFICATES, SIGNATURE

if TYPE_CHECKING:
    from hilum_ehealth.keys import PublicKey

    from .pkcs11 import Pkcs11Readers
    from .slots import Slot

KeyKind = Literal["rsa-2048", "p-384", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What a PKCS#11 library says of itself."""

    description: str
    manufacturer: str
    version: tuple[int, int]

    @property
    def number(self) -> str:
        """The version as people write it."""
        return f"{self.version[0]}.{self.version[1]}"


@dataclass(frozen=True, slots=True)
class _Family:
    """A library that is known, and the oldest of it that signs with an elliptic curve."""

    beginning: str
    """How its description begins."""

    oldest_for_curves: tuple[int, int]


FAMILIES: Final = (
    # Cards since 2021 (applet 1.8) have P-384 keys; middleware 4 was made for RSA cards alone.
    _Family("Belgium eID", (5, 0)),
    # Recognises applet 1.8 before, but signs nothing with it.
    _Family("OpenSC", (0, 27)),
)


class CardExamination:
    """The facts of one run; *reader* is the one that the settings name, if any."""

    def __init__(self, readers: Pkcs11Readers, reader: str | None = None) -> None:
        self._readers = readers
        self._reader = reader

    @cached_property
    def library(self) -> Library:
        """The PKCS#11 library."""
        said = self._readers.ask("library")
        major, minor = said["version"]
        return Library(
            description=said["description"],
            manufacturer=said["manufacturer"],
            version=(major, minor),
        )

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """Every reader and what is in it."""
        return tuple(self._readers.slots())

    @cached_property
    def slot(self) -> Slot:
        """The slot with the eID; raises why there is none, or none that can be chosen."""
        return self._readers.choose(self._reader)

    @cached_property
    def certificates(self) -> Mapping[str, bytes]:
        """The card's certificates that are there, DER by label."""
        found = self._readers.ask("certificates", session=self._session, labels=list(CERTIFICATES))
        return {label: unpack(value) for label, value in found.items()}

    @cached_property
    def keys_shown(self) -> frozenset[str]:
        """Labels whose key objects show themselves without a PIN."""
        labels = [AUTHENTICATION, SIGNATURE]
        return frozenset(self._readers.ask("keys", session=self._session, labels=labels))

    def close(self) -> None:
        """Let the card go and end its process."""
        self._readers.close()

    @cached_property
    def _session(self) -> int:
        return self._readers.open_session(self.slot)


def key_kind(certificate: bytes) -> KeyKind:
    """Tell the kind of key in a card's certificate (DER); raises ``ValueError`` for nonsense."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    from hilum_ehealth.certificates.reading import read_certificate

    key: PublicKey | object = read_certificate(certificate).public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size == 2048:
        return "rsa-2048"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp384r1":
        return "p-384"
    return "other"


def too_old(library: Library, kind: KeyKind) -> bool:
    """Tell whether *library* is known not to sign with a card of this *kind*."""
    return kind == "p-384" and any(
        library.description.startswith(family.beginning)
        and library.version < family.oldest_for_curves
        for family in FAMILIES
    )
