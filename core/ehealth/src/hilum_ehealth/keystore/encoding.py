"""The parts of a PKCS#12 file in DER (RFC 7292), the counterpart of reading them."""

from __future__ import annotations

from collections.abc import Iterable

from . import ber, structure
from .derivation import Password
from .integrity import Pkcs12Mac
from .protection import Pbes1, Pbes2, encrypt


def pfx(content: bytes, mac: Pkcs12Mac, password: Password) -> bytes:
    """Write a file around *content*, an AuthenticatedSafe, with its MAC."""
    return ber.encode(
        ber.SEQUENCE,
        ber.encode_integer(3),
        _data(content),
        mac.encode(mac.over(content, password)),
    )


def authenticated_safe(*parts: bytes) -> bytes:
    """Write the content of a file."""
    return ber.encode(ber.SEQUENCE, *parts)


def key_bag(
    private_key_info: bytes,
    alias: str,
    local_id: bytes | None,
    password: Password,
    protection: Pbes1 | Pbes2,
) -> bytes:
    """Write a bag with a private key, encrypted on its own."""
    encrypted = ber.encode(
        ber.SEQUENCE,
        protection.identifier(),
        ber.encode(ber.OCTET_STRING, encrypt(protection, private_key_info, password)),
    )
    return _bag(structure.SHROUDED_KEY_BAG, encrypted, alias, local_id)


def certificate_bag(der: bytes, alias: str, local_id: bytes | None) -> bytes:
    """Write a bag with a certificate in DER."""
    value = ber.encode(
        ber.SEQUENCE,
        ber.encode_identifier(structure.X509_CERTIFICATE),
        ber.encode(ber.CONTEXT_0, ber.encode(ber.OCTET_STRING, der)),
    )
    return _bag(structure.CERTIFICATE_BAG, value, alias, local_id)


def _bag(kind: str, value: bytes, alias: str, local_id: bytes | None) -> bytes:
    attributes = []
    if alias:
        attributes.append(_attribute(structure.FRIENDLY_NAME, ber.encode_text(alias)))
    if local_id is not None:
        mark = ber.encode(ber.OCTET_STRING, local_id)
        attributes.append(_attribute(structure.LOCAL_KEY_ID, mark))
    return ber.encode(
        ber.SEQUENCE,
        ber.encode_identifier(kind),
        ber.encode(ber.CONTEXT_0, value),
        ber.encode_set(attributes) if attributes else b"",
    )


def _attribute(kind: str, value: bytes) -> bytes:
    return ber.encode(ber.SEQUENCE, ber.encode_identifier(kind), ber.encode_set([value]))


def plain_part(*bags: bytes) -> bytes:
    """Write a part whose bags can be seen."""
    return _data(ber.encode(ber.SEQUENCE, *bags))


def _data(content: bytes) -> bytes:
    return ber.encode(
        ber.SEQUENCE,
        ber.encode_identifier(structure.DATA),
        ber.encode(ber.CONTEXT_0, ber.encode(ber.OCTET_STRING, content)),
    )


def encrypted_part(bags: Iterable[bytes], password: Password, protection: Pbes1 | Pbes2) -> bytes:
    """Write a part whose bags are encrypted together."""
    content = ber.encode(ber.SEQUENCE, *bags)
    info = ber.encode(
        ber.SEQUENCE,
        ber.encode_identifier(structure.DATA),
        protection.identifier(),
        ber.encode(ber.PRIMITIVE_CONTEXT_0, encrypt(protection, content, password)),
    )
    encrypted_data = ber.encode(ber.SEQUENCE, ber.encode_integer(0), info)
    return ber.encode(
        ber.SEQUENCE,
        ber.encode_identifier(structure.ENCRYPTED_DATA),
        ber.encode(ber.CONTEXT_0, encrypted_data),
    )
