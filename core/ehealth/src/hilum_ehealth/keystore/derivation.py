"""How PKCS#12 derives keys from passwords (RFC 7292 appendix B, RFC 8018)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from itertools import repeat
from typing import Final

from . import ber
from .ber import Element, Malformed

PBKDF2: Final = "1.2.840.113549.1.5.12"
HMAC_SHA1: Final = "1.2.840.113549.2.7"
HMAC_SHA256: Final = "1.2.840.113549.2.9"

HMACS: Final = {
    HMAC_SHA1: "sha1",
    "1.2.840.113549.2.8": "sha224",
    HMAC_SHA256: "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
}

_MAX_SALT: Final = 1024

PURPOSE_KEY, PURPOSE_IV, PURPOSE_MAC = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Password:
    """A password in the two forms in which algorithms take it."""

    utf8: bytes = field(repr=False)
    bmp: bytes = field(repr=False)
    """UTF-16 and two zero octets; for an absent password nothing at all (RFC 7292 B.1)."""

    @classmethod
    def forms(cls, text: str) -> tuple[Password, ...]:
        """Encode *text*; an empty password may also have been written as an absent one.

        Raises ``UnicodeEncodeError`` for half a surrogate pair.
        """
        usual = cls(text.encode(), text.encode("utf-16-be") + b"\0\0")
        return (usual,) if text else (usual, cls(b"", b""))


def algorithm_parts(algorithm: Element) -> tuple[str, Element | None]:
    """Split an AlgorithmIdentifier into its identifier and its parameters."""
    oid, *parameters = ber.sequence(algorithm, at_least=1)
    if len(parameters) > 1:
        raise Malformed("an algorithm has one set of parameters")
    return ber.identifier(oid), parameters[0] if parameters else None


def read_count(element: Element) -> int:
    """Read a number of iterations; whether it is acceptable is for the caller to say."""
    count = ber.integer(element)
    if count < 1 or len(element.content) > 8:
        raise Malformed("an impossible number of iterations")
    return count


def read_salt(element: Element) -> bytes:
    """Read a salt of any sensible length."""
    salt = ber.octets(element)
    if len(salt) > _MAX_SALT:
        raise Malformed("an impossible salt")
    return salt


def read_pbkdf2(parameters: Element) -> tuple[bytes, int, int | None, str]:
    """Read PBKDF2-params: salt, iterations, key length when given, identifier of the HMAC."""
    salt, count, *options = ber.sequence(parameters, at_least=2)
    key_size, prf = None, HMAC_SHA1
    for option in options:
        if option.tag == ber.INTEGER:
            key_size = ber.integer(option)
        else:
            prf = algorithm_parts(option)[0]
    return read_salt(salt), read_count(count), key_size, prf


def required(element: Element | None) -> Element:
    """Return parameters that may not be absent; raises :class:`Malformed`."""
    if element is None:
        raise Malformed("parameters are missing")
    return element


def derive(
    password: Password, salt: bytes, rounds: int, *, size: int, purpose: int, hash_name: str
) -> bytes:
    """Derive *size* octets as PKCS#12 does (RFC 7292 appendix B.2)."""
    new = getattr(hashlib, hash_name)
    width = new().block_size
    block = _fill(salt, width) + _fill(password.bmp, width)
    derived = b""
    while True:
        digest: bytes = new(bytes([purpose]) * width + block).digest()
        for _ in repeat(None, rounds - 1):
            digest = new(digest).digest()
        derived += digest
        if len(derived) >= size:
            return derived[:size]
        block = _mix(block, digest, width)


def _fill(value: bytes, width: int) -> bytes:
    length = -(-len(value) // width) * width
    return (value * (length // len(value) + 1))[:length] if value else b""


def _mix(block: bytes, digest: bytes, width: int) -> bytes:
    added = int.from_bytes((digest * (width // len(digest) + 1))[:width], "big") + 1
    return b"".join(
        (int.from_bytes(block[at : at + width], "big") + added & (1 << 8 * width) - 1).to_bytes(
            width, "big"
        )
        for at in range(0, len(block), width)
    )
