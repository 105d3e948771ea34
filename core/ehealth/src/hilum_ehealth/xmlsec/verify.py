"""Strict verification of one enveloped XML signature; only what was signed comes back.

The shape is fixed: one signature, the last child of the root; one identifier, which its only
reference names; the enveloped transform and exclusive canonicalisation, SHA-256 and nothing else.
The signature is verified, cut out, the rest is canonicalised and compared with the digest, and
what is handed out is parsed again from exactly those bytes.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from lxml import etree

from hilum_ehealth.certificates.reading import read_certificate
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.keys import ecdsa_der
from hilum_ehealth.xmlsec.guard import parse_element
from hilum_ehealth.xmlsec.names import (
    DS,
    ECDSA_SHA256,
    ENVELOPED,
    EXCLUSIVE_C14N,
    RSA_SHA256,
    SHA256,
    qname,
)
from hilum_ehealth.xmlsec.signing import canonical

MALFORMED: Final = "assertion.malformed"
SIGNATURE: Final = "assertion.signature"

SignerCheck = Callable[[x509.Certificate, tuple[x509.Certificate, ...]], None]
"""Raises unless the certificate, with the others beside it, may sign; its key is then used."""

_MAX_CERTIFICATES: Final = 4
_MIN_RSA_BITS: Final = 2048
_SIGNATURE: Final = qname(DS, "Signature")
_INCLUSIVE: Final = qname(EXCLUSIVE_C14N, "InclusiveNamespaces")
_ds = partial(qname, DS)
_PARTS: Final = tuple(map(_ds, ("SignedInfo", "SignatureValue", "KeyInfo")))
_SIGNED_PARTS: Final = tuple(map(_ds, ("CanonicalizationMethod", "SignatureMethod", "Reference")))
_REFERENCE_PARTS: Final = tuple(map(_ds, ("Transforms", "DigestMethod", "DigestValue")))
_TRANSFORM: Final = _ds("Transform")
_IDENTIFYING: Final = frozenset({"id", "Id", "iD", "ID"})
"""How the name of an attribute ends that may be taken for an identifier."""

_X509_DATA: Final = _ds("X509Data")
_X509_CERTIFICATE: Final = _ds("X509Certificate")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signature:
    method: str
    signed_info: bytes
    prefixes: tuple[str, ...]
    digest: bytes
    value: bytes
    certificates: tuple[x509.Certificate, ...]


def verified_element(
    data: bytes, *, tag: str, id_attribute: str, check_signer: SignerCheck
) -> etree._Element:
    """Return the root of *data* as it was signed, without its signature.

    *check_signer* decides about the certificates in KeyInfo before a key of theirs is used. Raises
    :class:`EhealthError` with ``assertion.malformed`` or ``assertion.signature`` (both with
    ``problem``), and whatever *check_signer* raises.
    """
    root = parse_element(data, MALFORMED)
    element = _only_signature(root, tag)
    signature = _read(element, _only_identifier(root, element, id_attribute))
    check_signer(signature.certificates[0], signature.certificates[1:])
    _verify(signature)
    _cut(element)
    signed = canonical(root, signature.prefixes)
    if not hmac.compare_digest(hashlib.sha256(signed).digest(), signature.digest):
        raise EhealthError(SIGNATURE, problem="digest")
    return parse_element(signed, MALFORMED)


def children(element: etree._Element, *tags: str) -> list[etree._Element]:
    """Return the children of *element*, which must be exactly *tags* in this order."""
    found = list(element)
    if tuple([child.tag for child in found]) != tags:
        raise EhealthError(MALFORMED, problem="children", element=local_name(element))
    return found


def attributes(element: etree._Element, *names: str) -> list[str]:
    """Return the values of exactly the attributes *names* of *element*."""
    found = [value for name in names if (value := element.get(name)) is not None]
    if not len(found) == len(names) == len(element.keys()):
        raise EhealthError(MALFORMED, problem="attributes", element=local_name(element))
    return found


def text_of(element: etree._Element) -> str:
    """Return the text of an element that may hold nothing but text."""
    if len(element):
        raise EhealthError(MALFORMED, problem="children", element=local_name(element))
    return element.text or ""


def local_name(element: etree._Element) -> str:
    """Name *element* without its namespace, for an error."""
    return etree.QName(element).localname[:64]


def decoded(element: etree._Element) -> bytes:
    """Return the bytes that an element holds in base64, whatever its line breaks."""
    try:
        return b64decode("".join(text_of(element).split()), validate=True)
    except (Base64Error, ValueError):
        raise EhealthError(MALFORMED, problem="base64", element=local_name(element)) from None


def _only_signature(root: etree._Element, tag: str) -> etree._Element:
    if root.tag != tag:
        raise EhealthError(MALFORMED, problem="root", element=local_name(root))
    if sum(1 for _ in root.iter(tag)) != 1:
        raise EhealthError(MALFORMED, problem="nested")
    signatures = list(root.iter(_SIGNATURE))
    if len(signatures) != 1 or root[-1] is not signatures[0]:
        raise EhealthError(MALFORMED, problem="signatures", count=len(signatures))
    return signatures[0]


def _only_identifier(root: etree._Element, signature: etree._Element, attribute: str) -> str:
    """Return the identifier of *root*; no other attribute in it may look like one."""
    own = str(root.get(attribute, ""))
    if not own or signature.get("Id") == own:
        raise EhealthError(MALFORMED, problem="identifiers")
    expected = [attribute] if signature.get("Id") is None else [attribute, "Id"]
    found = [
        name
        for element in root.iter()
        for name in element.keys()  # noqa: SIM118  # an element is no mapping
        if name[-2:] in _IDENTIFYING
    ]
    if found != expected:
        raise EhealthError(MALFORMED, problem="identifiers")
    return own


def _read(signature: etree._Element, identifier: str) -> _Signature:
    if signature.keys() not in ([], ["Id"]):
        raise EhealthError(MALFORMED, problem="attributes", element="Signature")
    signed_info, value, key_info = children(signature, *_PARTS)
    attributes(signed_info)
    attributes(key_info)
    form, method, reference = children(signed_info, *_SIGNED_PARTS)
    prefixes, digest = _read_reference(reference, identifier)
    return _Signature(
        method=_plain_algorithm(method, RSA_SHA256, ECDSA_SHA256),
        signed_info=canonical(signed_info, _exclusive(form)),
        prefixes=prefixes,
        digest=digest,
        value=decoded(value),
        certificates=_certificates(key_info),
    )


def _read_reference(reference: etree._Element, identifier: str) -> tuple[tuple[str, ...], bytes]:
    (uri,) = attributes(reference, "URI")
    if uri != f"#{identifier}":
        raise EhealthError(MALFORMED, problem="reference")
    transforms, method, value = children(reference, *_REFERENCE_PARTS)
    enveloped, form = children(transforms, _TRANSFORM, _TRANSFORM)
    _plain_algorithm(enveloped, ENVELOPED)
    _plain_algorithm(method, SHA256)
    return _exclusive(form), decoded(value)


def _plain_algorithm(element: etree._Element, *allowed: str) -> str:
    children(element)
    return _algorithm(element, *allowed)


def _algorithm(element: etree._Element, *allowed: str) -> str:
    (algorithm,) = attributes(element, "Algorithm")
    if algorithm not in allowed:
        raise EhealthError(SIGNATURE, problem="algorithm", algorithm=algorithm[:200])
    return algorithm


def _exclusive(element: etree._Element) -> tuple[str, ...]:
    """Return the prefixes that exclusive canonicalisation is told to keep (usually none)."""
    _algorithm(element, EXCLUSIVE_C14N)
    if not len(element):
        return ()
    (inclusive,) = children(element, _INCLUSIVE)
    children(inclusive)
    (prefixes,) = attributes(inclusive, "PrefixList")
    return tuple(prefixes.split())


def _certificates(key_info: etree._Element) -> tuple[x509.Certificate, ...]:
    (data,) = children(key_info, _X509_DATA)
    found = list(data)
    if not 1 <= len(found) <= _MAX_CERTIFICATES:
        raise EhealthError(MALFORMED, problem="children", element="X509Data")
    children(data, *[_X509_CERTIFICATE] * len(found))
    try:
        return tuple(read_certificate(decoded(element)) for element in found)
    except ValueError:
        raise EhealthError(MALFORMED, problem="certificate") from None


def _verify(signature: _Signature) -> None:
    """Verify with the algorithm that the key is for; an algorithm of another family is refused."""
    key = signature.certificates[0].public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey) and signature.method == RSA_SHA256:
            if key.key_size < _MIN_RSA_BITS:
                raise EhealthError(SIGNATURE, problem="weak-key")
            key.verify(signature.value, signature.signed_info, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey) and signature.method == ECDSA_SHA256:
            if len(signature.value) != 2 * ((key.curve.key_size + 7) // 8):
                raise EhealthError(SIGNATURE, problem="length")
            key.verify(ecdsa_der(signature.value), signature.signed_info, ec.ECDSA(hashes.SHA256()))
        else:
            raise EhealthError(SIGNATURE, problem="algorithm", algorithm=signature.method)
    except InvalidSignature:
        raise EhealthError(SIGNATURE, problem="signature") from None


def _cut(signature: etree._Element) -> None:
    """Take the signature out as the enveloped transform does: the text after it stays."""
    parent, before, after = signature.getparent(), signature.getprevious(), signature.tail
    if parent is None or before is None:
        raise EhealthError(MALFORMED, problem="signatures", count=1)
    if after:
        before.tail = (before.tail or "") + after
    parent.remove(signature)
