"""The integrity check of a PKCS#12 file: a MAC under a key derived from the password."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from . import ber
from .ber import Element, Malformed
from .derivation import (
    HMACS,
    PBKDF2,
    PURPOSE_MAC,
    Password,
    algorithm_parts,
    derive,
    read_count,
    read_pbkdf2,
    read_salt,
)
from .protection import Unknown

_PBMAC1: Final = "1.2.840.113549.1.5.14"
_HASHES: Final = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_IDENTIFIERS: Final = {name: oid for oid, name in _HASHES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pkcs12Mac:
    """HMAC under a key derived in the way of PKCS#12 (RFC 7292 appendix B)."""

    hash_name: str
    salt: bytes = field(repr=False)
    iterations: int
    digest: bytes = field(default=b"", repr=False)

    @property
    def name(self) -> str:
        """The hash: ``sha1``, ``sha256``."""
        return self.hash_name

    def over(self, content: bytes, password: Password) -> bytes:
        """Compute the MAC."""
        key = derive(
            password,
            self.salt,
            self.iterations,
            size=hashlib.new(self.hash_name).digest_size,
            purpose=PURPOSE_MAC,
            hash_name=self.hash_name,
        )
        return hmac.digest(key, content, self.hash_name)

    def encode(self, digest: bytes) -> bytes:
        """Write MacData with *digest*."""
        algorithm = ber.encode(
            ber.SEQUENCE,
            ber.encode_identifier(_IDENTIFIERS[self.hash_name]),
            ber.encode(ber.NULL),
        )
        return ber.encode(
            ber.SEQUENCE,
            ber.encode(ber.SEQUENCE, algorithm, ber.encode(ber.OCTET_STRING, digest)),
            ber.encode(ber.OCTET_STRING, self.salt),
            ber.encode_integer(self.iterations) if self.iterations > 1 else b"",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pbmac1:
    """HMAC under a key derived by PBKDF2, as new versions of OpenSSL offer it (RFC 9579)."""

    hash_name: str
    prf: str
    salt: bytes = field(repr=False)
    iterations: int
    key_size: int
    digest: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """``pbmac1-`` and the hash."""
        return f"pbmac1-{self.hash_name}"

    def over(self, content: bytes, password: Password) -> bytes:
        """Compute the MAC."""
        key = hashlib.pbkdf2_hmac(
            self.prf, password.utf8, self.salt, self.iterations, self.key_size
        )
        return hmac.digest(key, content, self.hash_name)


Mac: TypeAlias = Pkcs12Mac | Pbmac1 | Unknown


def read_mac(element: Element) -> Mac:
    """Understand MacData; raises :class:`Malformed`."""
    digest_info, salt, *count = ber.sequence(element, at_least=2)
    algorithm, digest = ber.sequence(digest_info, at_least=2)[:2]
    oid, parameters = algorithm_parts(algorithm)
    if oid == _PBMAC1 and parameters is not None:
        return _read_pbmac1(parameters, ber.octets(digest))
    if oid not in _HASHES:
        return Unknown(oid)
    if parameters not in (None, Element(ber.NULL)):
        raise Malformed("a hash has no parameters")
    return Pkcs12Mac(
        hash_name=_HASHES[oid],
        salt=read_salt(salt),
        iterations=read_count(count[0]) if count else 1,
        digest=ber.octets(digest),
    )


def fits(mac: Pkcs12Mac | Pbmac1, content: bytes, password: Password) -> bool:
    """Check the MAC in constant time."""
    return hmac.compare_digest(mac.over(content, password), mac.digest)


def _read_pbmac1(parameters: Element, digest: bytes) -> Mac:
    derivation, scheme = ber.sequence(parameters, at_least=2)[:2]
    kdf, kdf_parameters = algorithm_parts(derivation)
    hmac_oid, _ = algorithm_parts(scheme)
    if kdf != PBKDF2 or kdf_parameters is None or hmac_oid not in HMACS:
        return Unknown(_PBMAC1)
    salt, iterations, key_size, prf = read_pbkdf2(kdf_parameters)
    if prf not in HMACS:
        return Unknown(prf)
    if key_size is None or not 16 <= key_size <= 64:
        raise Malformed("an impossible length of the key")
    return Pbmac1(
        hash_name=HMACS[hmac_oid],
        prf=HMACS[prf],
        salt=salt,
        iterations=iterations,
        key_size=key_size,
        digest=digest,
    )
