"""The files of an eID of applet 1.7, laid out as PKCS#15, with what a software card holds.

Sources: the public card-content document of the eID (files, flags, references), PKCS#15 v1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hilum_ehealth.card.port import AUTHENTICATION, SIGNATURE, CardIdentity
from hilum_ehealth.keystore import ber

KEY_REFERENCES: Final = {0x82: AUTHENTICATION, 0x83: SIGNATURE}
"""What a command calls a key, and its label."""

PIN_REFERENCE: Final = 1

_MF: Final = b"\x3f\x00"
_BELPIC: Final = _MF + b"\xdf\x00"
_ID: Final = _MF + b"\xdf\x01"
_AID: Final = b"\xa0\x00\x00\x01\x77PKCS-15"
_CERTIFICATES: Final = {
    AUTHENTICATION: (2, b"\x50\x38"),
    SIGNATURE: (3, b"\x50\x39"),
    "CA": (4, b"\x50\x3a"),
    "Root": (6, b"\x50\x3b"),
}
"""Identifier and file by label."""

_SPARE: Final = 200
"""Zero bytes after a certificate: its file is longer than it."""

_BIT_STRING, _ENUMERATED, _UTF8 = 0x03, 0x0A, 0x0C
_CONTEXT_1, _CONTEXT_4, _CONTEXT_8 = 0xA1, 0xA4, 0xA8
_PRIMITIVE_CONTEXT_0 = 0x80


def card_files(identity: CardIdentity) -> Mapping[bytes, bytes]:
    """Write every file of the card; the content by the whole path from the master file."""
    files = {
        _MF + b"\x2f\x00": _directory(),
        _BELPIC + b"\x50\x31": _objects(),
        _BELPIC + b"\x50\x32": _token(identity.serial),
        _BELPIC + b"\x50\x34": _pin(),
        _BELPIC + b"\x50\x35": b"".join(
            _private_key(reference, label)
            for reference, label in KEY_REFERENCES.items()
            if label in identity.certificates
        ),
        _BELPIC + b"\x50\x37": b"".join(map(_certificate, identity.certificates)),
        _ID + b"\x40\x31": _identity(identity),
    }
    for label, der in identity.certificates.items():
        files[_BELPIC + _CERTIFICATES[label][1]] = der + bytes(_SPARE)
    return files


def chip_number(serial: str) -> bytes:
    """Return the 16 bytes of the chip number whose end is the card's serial number."""
    return bytes.fromhex(serial.rjust(32, "0"))


def _directory() -> bytes:
    return ber.encode(
        0x61, ber.encode(0x4F, _AID), ber.encode(0x50, b"BELPIC"), ber.encode(0x51, _BELPIC)
    )


def _objects() -> bytes:
    """Say where keys, certificates and PIN are described (EF.ODF)."""
    places = (
        (ber.CONTEXT_0, b"\x50\x35"),
        (_CONTEXT_4, b"\x50\x37"),
        (_CONTEXT_8, b"\x50\x34"),
    )
    return b"".join(ber.encode(tag, _path(_BELPIC + file)) for tag, file in places)


def _token(serial: str) -> bytes:
    return _sequence(
        ber.encode_integer(0),
        ber.encode(ber.OCTET_STRING, chip_number(serial)),
        ber.encode(_PRIMITIVE_CONTEXT_0, b"BELPIC"),
        _bits("0430"),  # tokenFlags: prnGeneration, eidCompliant
    )


def _pin() -> bytes:
    return _sequence(
        _common("Basic PIN", flags="06c0", guarded=False),
        _sequence(ber.encode(ber.OCTET_STRING, bytes([PIN_REFERENCE]))),
        _typed(
            _bits("020c"),  # initialised, padded
            ber.encode(_ENUMERATED, b"\x00"),  # binary coded decimal
            ber.encode_integer(4),
            ber.encode_integer(8),
            ber.encode(_PRIMITIVE_CONTEXT_0, bytes([PIN_REFERENCE])),
            ber.encode(ber.OCTET_STRING, b"\xff"),
            _path(_MF),
        ),
    )


def _private_key(reference: int, label: str) -> bytes:
    usage = "0520" if label == AUTHENTICATION else "060040"  # sign, nonRepudiation
    return _sequence(
        _common(label, flags="06c0", guarded=True),
        _sequence(
            ber.encode(ber.OCTET_STRING, bytes([_CERTIFICATES[label][0]])),
            _bits(usage),
            _bits("03b8"),  # sensitive, alwaysSensitive, neverExtractable, local
            ber.encode_integer(reference),
        ),
        _typed(_path(b""), ber.encode_integer(2048)),  # a key is in no file
    )


def _certificate(label: str) -> bytes:
    identifier, file = _CERTIFICATES[label]
    return _sequence(
        _common(label, flags="0000", guarded=False),
        _sequence(ber.encode(ber.OCTET_STRING, bytes([identifier]))),
        _typed(_path(_BELPIC + file)),
    )


def _identity(identity: CardIdentity) -> bytes:
    """Write the identity as numbered texts: 6 national number, 7 surname, 8 given names."""
    texts = {6: identity.niss, 7: identity.surname, 8: identity.given_names}
    encoded = {number: text.encode() for number, text in texts.items()}
    return b"".join(bytes((number, len(text))) + text for number, text in encoded.items())


def _common(label: str, *, flags: str, guarded: bool) -> bytes:
    """Write what every object starts with; *guarded* objects name the PIN."""
    by_pin = ber.encode(ber.OCTET_STRING, bytes([PIN_REFERENCE])) if guarded else b""
    return _sequence(ber.encode(_UTF8, label.encode()), _bits(flags), by_pin)


def _typed(*parts: bytes) -> bytes:
    return ber.encode(_CONTEXT_1, _sequence(*parts))


def _path(path: bytes) -> bytes:
    return _sequence(ber.encode(ber.OCTET_STRING, path))


def _sequence(*parts: bytes) -> bytes:
    return ber.encode(ber.SEQUENCE, *parts)


def _bits(written: str) -> bytes:
    return ber.encode(_BIT_STRING, bytes.fromhex(written))
