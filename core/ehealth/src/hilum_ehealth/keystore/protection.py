"""How PKCS#12 encrypts with passwords, by the old way and by PBES2 (RFC 7292, RFC 8018)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, TypeAlias

from . import ber, rc2
from .ber import Element, Malformed
from .derivation import (
    HMACS,
    PBKDF2,
    PURPOSE_IV,
    PURPOSE_KEY,
    Password,
    algorithm_parts,
    derive,
    read_count,
    read_pbkdf2,
    read_salt,
    required,
)

PBES1: Final = "1.2.840.113549.1.12.1."
PBES2: Final = "1.2.840.113549.1.5.13"

TRIPLE_DES: Final = PBES1 + "3"
RC2_40: Final = PBES1 + "6"
AES_256_CBC: Final = "2.16.840.1.101.3.4.1.42"
NOT_OPENED: Final = {
    PBES1 + "1": "pbe-sha1-rc4-128",
    PBES1 + "2": "pbe-sha1-rc4-40",
    "1.2.840.113549.1.5.3": "pbe-md5-des",
    "1.2.840.113549.1.5.10": "pbe-sha1-des",
    "1.2.840.113549.1.5.14": "pbmac1",
    "1.2.840.113549.2.5": "md5",
    "1.2.840.113549.3.2": "rc2-cbc",
    "1.3.6.1.4.1.11591.4.11": "scrypt",
    "1.3.14.3.2.7": "des-cbc",
}
"""Names of what other programs may write and we do not open."""


class DecryptionFailed(Exception):
    """The password does not fit, or the bytes were changed."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """An algorithm that we do not open."""

    oid: str
    iterations: None = None

    @property
    def name(self) -> str:
        """Its name, or the dotted identifier when we know of none."""
        return NOT_OPENED.get(self.oid, self.oid)


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
        key = self._derive(password, cipher.key_size, PURPOSE_KEY)
        if cipher.name == "3des-2key":
            key += key[:8]
        return key, self._derive(password, cipher.block_size, PURPOSE_IV)

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
        salt, count = ber.sequence(required(parameters), at_least=2)[:2]
        return Pbes1(oid=oid, salt=read_salt(salt), iterations=read_count(count))
    if oid == PBES2:
        return _read_pbes2(required(parameters))
    return Unknown(oid)


def _read_pbes2(parameters: Element) -> Pbes2 | Unknown:
    derivation, scheme = ber.sequence(parameters, at_least=2)[:2]
    kdf, kdf_parameters = algorithm_parts(derivation)
    if kdf != PBKDF2:
        return Unknown(kdf)
    salt, count, key_size, prf = read_pbkdf2(required(kdf_parameters))
    cipher_oid, iv = algorithm_parts(scheme)
    cipher = _PBES2_CIPHERS.get(cipher_oid)
    if cipher is None or prf not in HMACS:
        return Unknown(prf if cipher else cipher_oid)
    vector = ber.octets(required(iv))
    if len(vector) != cipher.block_size or key_size not in (None, cipher.key_size):
        raise Malformed("a vector or a key of the wrong length")
    return Pbes2(cipher_oid=cipher_oid, iv=vector, prf_oid=prf, salt=salt, iterations=count)


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
