"""The parts of a PKCS#12 file as they stand there (RFC 7292), before anything is decrypted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from hilum_ehealth.errors import EhealthError

from . import ber
from .ber import Element, Malformed
from .integrity import Mac, read_mac
from .protection import Protection, read_protection

MAX_SIZE: Final = 1 << 20
"""A keystore has a few kilobytes; nothing larger than this is read."""

_PKCS7: Final = "1.2.840.113549.1.7."
DATA: Final = _PKCS7 + "1"
ENCRYPTED_DATA: Final = _PKCS7 + "6"
_OTHER_CONTENT: Final = {_PKCS7 + "2": "signed-data", _PKCS7 + "3": "enveloped-data"}

_BAG: Final = "1.2.840.113549.1.12.10.1."
KEY_BAG: Final = _BAG + "1"
SHROUDED_KEY_BAG: Final = _BAG + "2"
CERTIFICATE_BAG: Final = _BAG + "3"
_NESTED: Final = _BAG + "6"

X509_CERTIFICATE: Final = "1.2.840.113549.1.9.22.1"
FRIENDLY_NAME: Final = "1.2.840.113549.1.9.20"
LOCAL_KEY_ID: Final = "1.2.840.113549.1.9.21"

_JAVA_MAGIC: Final = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyBag:
    """A private key, encrypted or (in files of other programs) not."""

    alias: str | None
    local_id: bytes | None
    protection: Protection | None
    """``None`` for a key that is not encrypted."""

    data: bytes = field(repr=False)
    """What the algorithm decrypts to a PrivateKeyInfo, or that itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateBag:
    """An X.509 certificate in DER."""

    alias: str | None
    local_id: bytes | None
    der: bytes = field(repr=False)


Bag: TypeAlias = KeyBag | CertificateBag


@dataclass(frozen=True, slots=True)
class EncryptedPart:
    """Bags that are encrypted together."""

    protection: Protection
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pfx:
    """A whole file."""

    mac: Mac | None
    content: bytes = field(repr=False)
    """What the MAC is taken over."""

    parts: tuple[tuple[Bag, ...] | EncryptedPart, ...]

    @property
    def bags(self) -> tuple[Bag, ...]:
        """The bags that can be seen without the password."""
        return tuple(b for part in self.parts if isinstance(part, tuple) for b in part)


def read_pfx(data: bytes) -> Pfx:
    """Take a file apart.

    Raises :class:`EhealthError` ``keystore.too-large``, ``keystore.not-pkcs12``,
    ``keystore.damaged`` and, for kinds of content that keystores do not have,
    ``keystore.unsupported-algorithm``.
    """
    if len(data) > MAX_SIZE:
        raise EhealthError("keystore.too-large", size=len(data), limit=MAX_SIZE)
    if not _looks_like_pfx(data):
        raise EhealthError("keystore.not-pkcs12", found=_kind(data))
    try:
        return _read_pfx(ber.parse(data))
    except Malformed as error:
        raise EhealthError("keystore.damaged") from error


def read_bags(safe_contents: Element) -> tuple[Bag, ...]:
    """Take the bags out of SafeContents; raises :class:`Malformed`."""
    return tuple(bag for element in ber.sequence(safe_contents) for bag in _read_bag(element))


def _looks_like_pfx(data: bytes) -> bool:
    """Tell a PKCS#12 file, also a damaged one, by its first octets: version 3 and PKCS#7."""
    if data[:1] != b"\x30" or len(data) < 2:
        return False
    start = 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)
    pkcs7 = ber.encode_identifier(DATA)[:-1]
    return data[start : start + 4] == b"\x02\x01\x03\x30" and pkcs7 in data[start : start + 24]


def _kind(data: bytes) -> str:
    if not data:
        return "empty"
    if data[:4] in _JAVA_MAGIC:
        return "java-keystore"
    if data.lstrip()[:11] == b"-----BEGIN ":
        return "pem"
    return "other"


def _read_pfx(element: Element) -> Pfx:
    version, content_info, *mac = ber.sequence(element, at_least=2)
    if ber.integer(version) != 3 or len(mac) > 1:
        raise Malformed("another version")
    kind, content = _content(content_info)
    if kind != DATA:
        raise EhealthError("keystore.unsupported-algorithm", algorithm=_OTHER_CONTENT[kind])
    octets = ber.octets(content)
    return Pfx(
        mac=read_mac(mac[0]) if mac else None,
        content=octets,
        parts=tuple(_read_part(part) for part in ber.sequence(ber.parse(octets))),
    )


def _content(content_info: Element) -> tuple[str, Element]:
    oid, content = ber.sequence(content_info, at_least=2)[:2]
    kind = ber.identifier(oid)
    if kind not in {DATA, ENCRYPTED_DATA, *_OTHER_CONTENT}:
        raise Malformed("a content that PKCS#12 does not have")
    return kind, ber.only(content)


def _read_part(element: Element) -> tuple[Bag, ...] | EncryptedPart:
    kind, content = _content(element)
    if kind == DATA:
        return read_bags(ber.parse(ber.octets(content)))
    if kind != ENCRYPTED_DATA:
        raise EhealthError("keystore.unsupported-algorithm", algorithm=_OTHER_CONTENT[kind])
    _, info = ber.sequence(content, at_least=2)[:2]
    _, algorithm, data = ber.sequence(info, at_least=3)[:3]
    return EncryptedPart(read_protection(algorithm), ber.octets(data, ber.PRIMITIVE_CONTEXT_0))


def _read_bag(element: Element) -> Iterator[Bag]:
    oid, value, *attributes = ber.sequence(element, at_least=2)
    kind, content = ber.identifier(oid), ber.only(value)
    alias, local_id = _read_attributes(attributes[0]) if attributes else (None, None)
    if kind == KEY_BAG:
        data = ber.to_der(content)
        yield KeyBag(alias=alias, local_id=local_id, protection=None, data=data)
    elif kind == SHROUDED_KEY_BAG:
        algorithm, encrypted = ber.sequence(content, at_least=2)[:2]
        protection, data = read_protection(algorithm), ber.octets(encrypted)
        yield KeyBag(alias=alias, local_id=local_id, protection=protection, data=data)
    elif kind == CERTIFICATE_BAG:
        sort, certificate = ber.sequence(content, at_least=2)[:2]
        if ber.identifier(sort) == X509_CERTIFICATE:
            der = ber.octets(ber.only(certificate))
            yield CertificateBag(alias=alias, local_id=local_id, der=der)
    elif kind == _NESTED:
        yield from read_bags(content)


def _read_attributes(element: Element) -> tuple[str | None, bytes | None]:
    alias, local_id = None, None
    for attribute in ber.sequence(element, tag=ber.SET):
        oid, values = ber.sequence(attribute, at_least=2)[:2]
        kind = ber.identifier(oid)
        if kind == FRIENDLY_NAME:
            alias = ber.text(ber.only(values, ber.SET))
        elif kind == LOCAL_KEY_ID:
            local_id = ber.octets(ber.only(values, ber.SET))
    return alias, local_id
