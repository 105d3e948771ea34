"""The certificate that stands in a keystore until eHealth has issued the real one.

eHealth's tool writes a self-signed one with ``C=Dummy`` and serial 0. That is no certificate by
the rules (RFC 5280 wants a positive serial), so it is handled as bytes and never parsed as one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from . import ber
from .ber import Element, Malformed

if TYPE_CHECKING:
    from hilum_ehealth.keys import PrivateKey

_COUNTRY: Final = "2.5.4.6"
_NAME: Final = b"Dummy"
_PRINTABLE_STRING: Final = 0x13
_UTC_TIME: Final = 0x17
_BOOLEAN: Final = 0x01
_BIT_STRING: Final = 0x03
_CONTEXT_3: Final = 0xA3

_SHA256_WITH_RSA: Final = "1.2.840.113549.1.1.11"
_ECDSA_WITH_SHA384: Final = "1.2.840.10045.4.3.3"
_KEY_USAGE: Final = "2.5.29.15"
_KEY_AND_DATA_ENCIPHERMENT: Final = b"\x04\x30"
"""KeyUsage bits 2 and 3, four bits unused."""


def is_placeholder(der: bytes) -> bool:
    """Recognise a stand-in by its subject and issuer; anything unreadable is none."""
    try:
        to_be_signed = ber.sequence(ber.sequence(ber.parse(der), at_least=1)[0], at_least=6)
        fields = [part for part in to_be_signed if part.tag == ber.SEQUENCE]
        return _is_dummy(fields[1]) and _is_dummy(fields[3])
    except (Malformed, IndexError):
        return False


def make_placeholder(private_key: PrivateKey, now: datetime) -> bytes:
    """Make the stand-in for *private_key*: valid for a minute of the day before *now* (aware)."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    is_ec = isinstance(private_key, ec.EllipticCurvePrivateKey)
    algorithm = (
        ber.encode(ber.SEQUENCE, ber.encode_identifier(_ECDSA_WITH_SHA384))
        if is_ec
        else ber.encode(ber.SEQUENCE, ber.encode_identifier(_SHA256_WITH_RSA), ber.encode(ber.NULL))
    )
    yesterday = now - timedelta(days=1)
    to_be_signed = ber.encode(
        ber.SEQUENCE,
        ber.encode(ber.CONTEXT_0, ber.encode_integer(2)),
        ber.encode_integer(0),
        algorithm,
        _dummy_name(),
        ber.encode(ber.SEQUENCE, _time(yesterday), _time(yesterday + timedelta(minutes=1))),
        _dummy_name(),
        private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        ber.encode(_CONTEXT_3, ber.encode(ber.SEQUENCE, _key_usage())),
    )
    signature = ber.encode(_BIT_STRING, b"\0", _sign(private_key, to_be_signed))
    return ber.encode(ber.SEQUENCE, to_be_signed, algorithm, signature)


def _is_dummy(name: Element) -> bool:
    relative = ber.only(ber.only(name, ber.SEQUENCE), ber.SET)
    oid, value = ber.sequence(relative, at_least=2)[:2]
    return ber.identifier(oid) == _COUNTRY and value.content == _NAME


def _dummy_name() -> bytes:
    attribute = ber.encode(
        ber.SEQUENCE, ber.encode_identifier(_COUNTRY), ber.encode(_PRINTABLE_STRING, _NAME)
    )
    return ber.encode(ber.SEQUENCE, ber.encode(ber.SET, attribute))


def _time(moment: datetime) -> bytes:
    return ber.encode(_UTC_TIME, moment.astimezone(UTC).strftime("%y%m%d%H%M%SZ").encode())


def _key_usage() -> bytes:
    usage = ber.encode(_BIT_STRING, _KEY_AND_DATA_ENCIPHERMENT)
    return ber.encode(
        ber.SEQUENCE,
        ber.encode_identifier(_KEY_USAGE),
        ber.encode(_BOOLEAN, b"\xff"),
        ber.encode(ber.OCTET_STRING, usage),
    )


def _sign(private_key: PrivateKey, data: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding

    if isinstance(private_key, ec.EllipticCurvePrivateKey):
        return private_key.sign(data, ec.ECDSA(hashes.SHA384()))
    return private_key.sign(data, padding.PKCS1v15(), hashes.SHA256())
