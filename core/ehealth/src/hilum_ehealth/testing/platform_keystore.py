"""Keystores in the shapes that eHealth's own tool writes, for tests and the simulator.

The recent shape is DER with 50,000 and 100,000 iterations; the older one is BER with indefinite
lengths, octet strings in pieces of 1,000 octets and 1,024 iterations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from hilum_ehealth.keystore import ber
from hilum_ehealth.keystore.ber import Element
from hilum_ehealth.keystore.derivation import Password
from hilum_ehealth.keystore.encoding import pfx
from hilum_ehealth.keystore.model import AUTHENTICATION, KeyEntry, PendingKey
from hilum_ehealth.keystore.placeholder import make_placeholder
from hilum_ehealth.keystore.writer import PLATFORM_TOOL, authenticated_safe

if TYPE_CHECKING:
    from hilum_ehealth.keys import PrivateKey

_PIECE: Final = 1000
_CONSTRUCTED: Final = 0x20
_OLD_TOOL: Final = replace(PLATFORM_TOOL, iterations=1024, mac_iterations=1024)


def platform_keystore(
    *,
    authentication_key: PrivateKey,
    chain: Sequence[x509.Certificate],
    encryption: Sequence[tuple[PrivateKey, x509.Certificate]] = (),
    password: str,
    old: bool = False,
    alias: str = AUTHENTICATION,
) -> bytes:
    """Make a keystore as it is after the certificate was installed.

    *chain* is the authentication certificate and its issuing CA; each of *encryption* a key with
    its certificate, oldest first, none when the encryption key is missing. Any password goes, as
    the tool's own. Old stores have been seen with the alias ``Authentication``.
    """
    leaf, *issuers = chain
    entries = [
        KeyEntry(
            alias=alias,
            private_key=authentication_key,
            certificate=leaf,
            chain=tuple(issuers),
            local_id=_mark(leaf, 0),
        )
    ]
    for number, (key, certificate) in enumerate(encryption, start=1):
        entries.append(
            KeyEntry(
                alias=str(certificate.serial_number),
                private_key=key,
                certificate=certificate,
                local_id=_mark(certificate, number),
            )
        )
    return _in_shape(tuple(entries), password, old=old)


def incomplete_keystore(
    *, authentication_key: PrivateKey, now: datetime, password: str, old: bool = False
) -> bytes:
    """Make a keystore as it is between the request and the certificate."""
    pending = PendingKey(
        alias=AUTHENTICATION,
        private_key=authentication_key,
        placeholder=make_placeholder(authentication_key, now),
        local_id=b"Time %d" % (now.timestamp() * 1000),
    )
    return _in_shape((pending,), password, old=old)


def make_encryption_certificate(
    authentication_key: PrivateKey,
    authentication_certificate: x509.Certificate,
    encryption_key: PrivateKey,
    serial: int,
) -> x509.Certificate:
    """Certify an encryption key as eHealth does: own subject as issuer, signed by the other key.

    *serial* is a number of 128 bits given by the platform.
    """
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(authentication_certificate.subject)
        .issuer_name(authentication_certificate.subject)
        .public_key(encryption_key.public_key())
        .serial_number(serial)
        .not_valid_before(authentication_certificate.not_valid_before_utc)
        .not_valid_after(authentication_certificate.not_valid_after_utc)
        .add_extension(usage, critical=True)
        .sign(authentication_key, _hash_for(authentication_key))
    )


def _in_shape(entries: tuple[KeyEntry | PendingKey, ...], password: str, *, old: bool) -> bytes:
    secret = Password.forms(password)[0]
    recipe = _OLD_TOOL if old else PLATFORM_TOOL
    content = authenticated_safe(entries, None, secret, recipe)
    if not old:
        return pfx(content, recipe.mac(), secret)
    return _as_ber(ber.parse(pfx(_as_ber(ber.parse(content)), recipe.mac(), secret)))


def _as_ber(element: Element) -> bytes:
    """Write a value without lengths, and long octet strings in pieces."""
    if element.tag & _CONSTRUCTED:
        return _without_length(element.tag, *map(_as_ber, element.children))
    if element.tag in (ber.OCTET_STRING, ber.PRIMITIVE_CONTEXT_0) and len(element.content) > 64:
        pieces = (
            ber.encode(ber.OCTET_STRING, element.content[at : at + _PIECE])
            for at in range(0, len(element.content), _PIECE)
        )
        return _without_length(element.tag | _CONSTRUCTED, *pieces)
    return ber.encode(element.tag, element.content)


def _without_length(tag: int, *contents: bytes) -> bytes:
    return bytes((tag, 0x80)) + b"".join(contents) + b"\0\0"


def _mark(certificate: x509.Certificate, number: int) -> bytes:
    return b"Time %d" % (certificate.not_valid_before_utc.timestamp() * 1000 + number)


def _hash_for(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384:
    return hashes.SHA384() if isinstance(key, ec.EllipticCurvePrivateKey) else hashes.SHA256()
