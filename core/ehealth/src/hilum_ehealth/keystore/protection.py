"""How PKCS#12 derives keys from passwords and encrypts with them (RFC 7292, RFC 8018)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from itertools import repeat
from typing import Final, TypeAlias

from . import ber, rc2
from .ber import Element, Malformed

PBES1: Final = "1.2.840.113549.1.12.1."
PBES2: Final = "1.2.840.113549.1.5.13"
PBKDF2: Final = "1.2.840.113549.1.5.12"

TRIPLE_DES: Final = PBES1 + "3"
RC2_40: Final = PBES1 + "6"
AES_256_CBC: Final = "2.16.840.1.101.3.4.1.42"
HMAC_SHA256: Final = "1.2.840.113549.2.9"

HMACS: Final = {
    "1.2.840.113549.2.7": "sha1",
    "1.2.840.113549.2.8": "sha224",
    HMAC_SHA256: "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
}

_MAX_SALT: Final = 1024

_PURPOSE_KEY, _PURPOSE_IV, PURPOSE_MAC = 1, 2, 3


class DecryptionFailed(Exception):
    """The password does not fit, or the bytes were changed."""


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


@dataclass(frozen=True, slots=True)
class Unknown:
    """An algorithm that we do not open."""

    name: str
    iterations: None = None


@dataclass(frozen=True, slots=True)
class _Cipher:
    name: str
    key_size: int
    block_size: int


_PBES1_CIPHERS: Final = {
    TRIPLE_DES: _Cipher("3des", 24, 8),
    PBES1 + "4": _Cipher("3des-2key", 16, 8),
    PBES1 + "5": _Cipher("rc2-128", 16, 8),
    RC2_40: _Cipher("rc2-40", 5, 8),
}
_PBES2_CIPHERS: Final = {
    "2.16.840.1.101.3.4.1.2": _Cipher("aes-128-cbc", 16, 16),
    "2.16.840.1.101.3.4.1.22": _Cipher("aes-192-cbc", 24, 16),
    AES_256_CBC: _Cipher("aes-256-cbc", 32, 16),
    "1.2.840.113549.3.7": _Cipher("3des-cbc", 24, 8),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pbes1:
    """The encryption of PKCS#12 itself: SHA-1 and an old cipher."""

    oid: str
    salt: bytes
    iterations: int

    @property
    def name(self) -> str:
        """``pbe-sha1-3des`` and its like."""
        return f"pbe-sha1-{self._cipher.name}"

    @property
    def _cipher(self) -> _Cipher:
        return _PBES1_CIPHERS[self.oid]

    def key_and_iv(self, password: Password) -> tuple[bytes, bytes]:
        """Derive both from the password; costs up to three times the iterations."""
        cipher = self._cipher
        key = self._derive(password, cipher.key_size, _PURPOSE_KEY)
        if cipher.name == "3des-2key":
            key += key[:8]
        return key, self._derive(password, cipher.block_size, _PURPOSE_IV)

    def _derive(self, password: Password, size: int, purpose: int) -> bytes:
        return derive(
            password, self.salt, self.iterations, size=size, purpose=purpose, hash_name="sha1"
        )

    def identifier(self) -> bytes:
        """Write the AlgorithmIdentifier in DER."""
        parameters = ber.encode(
            ber.SEQUENCE,
            ber.encode(ber.OCTET_STRING, self.salt),
            ber.encode_integer(self.iterations),
        )
        return ber.encode(ber.SEQUENCE, ber.encode_identifier(self.oid), parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pbes2:
    """PBKDF2 and a block cipher, each named in the file."""

    cipher_oid: str
    iv: bytes
    prf_oid: str
    salt: bytes
    iterations: int

    @property
    def name(self) -> str:
        """``pbes2-aes-256-cbc`` and its like."""
        return f"pbes2-{_PBES2_CIPHERS[self.cipher_oid].name}"

    def key_and_iv(self, password: Password) -> tuple[bytes, bytes]:
        """Derive the key; the vector stands in the file."""
        size = _PBES2_CIPHERS[self.cipher_oid].key_size
        key = hashlib.pbkdf2_hmac(
            HMACS[self.prf_oid], password.utf8, self.salt, self.iterations, size
        )
        return key, self.iv

    def identifier(self) -> bytes:
        """Write the AlgorithmIdentifier in DER."""
        derivation = ber.encode(
            ber.SEQUENCE,
            ber.encode(ber.OCTET_STRING, self.salt),
            ber.encode_integer(self.iterations),
            ber.encode(ber.SEQUENCE, ber.encode_identifier(self.prf_oid), ber.encode(ber.NULL)),
        )
        return ber.encode(
            ber.SEQUENCE,
            ber.encode_identifier(PBES2),
            ber.encode(
                ber.SEQUENCE,
                ber.encode(ber.SEQUENCE, ber.encode_identifier(PBKDF2), derivation),
                ber.encode(
                    ber.SEQUENCE,
                    ber.encode_identifier(self.cipher_oid),
                    ber.encode(ber.OCTET_STRING, self.iv),
                ),
            ),
        )


Protection: TypeAlias = Pbes1 | Pbes2 | Unknown


def read_protection(algorithm: Element) -> Protection:
    """Understand an AlgorithmIdentifier; raises :class:`Malformed`."""
    oid, parameters = algorithm_parts(algorithm)
    if oid in _PBES1_CIPHERS:
        salt, count = ber.sequence(_required(parameters), at_least=2)[:2]
        return Pbes1(oid=oid, salt=read_salt(salt), iterations=read_count(count))
    if oid == PBES2:
        return _read_pbes2(_required(parameters))
    return Unknown(oid)


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
    key_size, prf = None, "1.2.840.113549.2.7"
    for option in options:
        if option.tag == ber.INTEGER:
            key_size = ber.integer(option)
        else:
            prf = algorithm_parts(option)[0]
    return read_salt(salt), read_count(count), key_size, prf


def _read_pbes2(parameters: Element) -> Pbes2 | Unknown:
    derivation, scheme = ber.sequence(parameters, at_least=2)[:2]
    kdf, kdf_parameters = algorithm_parts(derivation)
    if kdf != PBKDF2:
        return Unknown(kdf)
    salt, count, key_size, prf = read_pbkdf2(_required(kdf_parameters))
    cipher_oid, iv = algorithm_parts(scheme)
    cipher = _PBES2_CIPHERS.get(cipher_oid)
    if cipher is None or prf not in HMACS:
        return Unknown(prf if cipher else cipher_oid)
    vector = ber.octets(_required(iv))
    if len(vector) != cipher.block_size or key_size not in (None, cipher.key_size):
        raise Malformed("a vector or a key of the wrong length")
    return Pbes2(cipher_oid=cipher_oid, iv=vector, prf_oid=prf, salt=salt, iterations=count)


def _required(element: Element | None) -> Element:
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


def decrypt(protection: Pbes1 | Pbes2, data: bytes, password: Password) -> bytes:
    """Decrypt and take the padding off; raises :class:`DecryptionFailed`."""
    size = _block_size(protection)
    if not data or len(data) % size:
        raise DecryptionFailed
    key, iv = protection.key_and_iv(password)
    plain = _apply(protection, key, iv, data, encrypting=False)
    padding = plain[-1]
    if not 1 <= padding <= size or plain[-padding:] != bytes([padding]) * padding:
        raise DecryptionFailed
    return plain[:-padding]


def encrypt(protection: Pbes1 | Pbes2, data: bytes, password: Password) -> bytes:
    """Pad and encrypt."""
    size = _block_size(protection)
    padding = size - len(data) % size
    key, iv = protection.key_and_iv(password)
    return _apply(protection, key, iv, data + bytes([padding]) * padding, encrypting=True)


def _block_size(protection: Pbes1 | Pbes2) -> int:
    return len(protection.iv) if isinstance(protection, Pbes2) else 8


def _apply(
    protection: Pbes1 | Pbes2, key: bytes, iv: bytes, data: bytes, *, encrypting: bool
) -> bytes:
    if "rc2" in protection.name:
        return (rc2.encrypt_cbc if encrypting else rc2.decrypt_cbc)(key, iv, data)
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    algorithm = AES(key) if "aes" in protection.name else TripleDES(key)
    cipher = Cipher(algorithm, CBC(iv))
    context = cipher.encryptor() if encrypting else cipher.decryptor()
    return context.update(data) + context.finalize()
