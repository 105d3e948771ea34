"""Detached XML signatures made with any private key: in memory, on a card, RSA or P-384."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from lxml import etree

from hilum_ehealth.keys import ecdsa_raw
from hilum_ehealth.xmlsec.envelope import id_of
from hilum_ehealth.xmlsec.names import (
    DS,
    ECDSA_SHA256,
    EXCLUSIVE_C14N,
    RSA_SHA256,
    SHA256,
    fresh_id,
    qname,
)

if TYPE_CHECKING:
    from hilum_ehealth.keys import PrivateKey


def detached_signature(
    parent: etree._Element,
    signed: Iterable[etree._Element],
    key_info: etree._Element,
    key: PrivateKey,
) -> etree._Element:
    """Append to *parent* a signature by *key* over each of *signed*, named by its ``wsu:Id``.

    Exclusive canonicalisation and SHA-256 throughout. The elements must stand in their final place
    and may not change afterwards. Whatever ``key.sign`` raises comes through.
    """
    signature = etree.SubElement(parent, qname(DS, "Signature"), nsmap={"ds": DS})
    signature.set("Id", fresh_id("SIG"))
    signed_info = etree.SubElement(signature, qname(DS, "SignedInfo"))
    _algorithm(signed_info, "CanonicalizationMethod", EXCLUSIVE_C14N)
    _algorithm(signed_info, "SignatureMethod", signature_method(key))
    for element in signed:
        _reference(signed_info, element)
    value = etree.SubElement(signature, qname(DS, "SignatureValue"))
    value.text = b64encode(sign(key, canonical(signed_info))).decode()
    etree.SubElement(signature, qname(DS, "KeyInfo")).append(key_info)
    return signature


def canonical(element: etree._Element, prefixes: tuple[str, ...] = ()) -> bytes:
    """Canonicalise *element* exclusively, without comments; *prefixes* are kept inclusive."""
    return etree.tostring(
        element,
        method="c14n",
        exclusive=True,
        with_comments=False,
        with_tail=False,
        inclusive_ns_prefixes=prefixes or None,
    )


def signature_method(key: PrivateKey) -> str:
    """Name the signature algorithm for the family of *key* (SHA-256 on P-384 too)."""
    return RSA_SHA256 if isinstance(key, rsa.RSAPrivateKey) else ECDSA_SHA256


def sign(key: PrivateKey, data: bytes) -> bytes:
    """Sign *data* with SHA-256: PKCS#1 v1.5 with RSA, raw ``r || s`` with an elliptic curve."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return ecdsa_raw(key.sign(data, ec.ECDSA(hashes.SHA256())), key.curve.key_size)


def _reference(signed_info: etree._Element, element: etree._Element) -> None:
    reference = etree.SubElement(signed_info, qname(DS, "Reference"), URI=f"#{id_of(element)}")
    transforms = etree.SubElement(reference, qname(DS, "Transforms"))
    _algorithm(transforms, "Transform", EXCLUSIVE_C14N)
    _algorithm(reference, "DigestMethod", SHA256)
    digest = hashlib.sha256(canonical(element)).digest()
    etree.SubElement(reference, qname(DS, "DigestValue")).text = b64encode(digest).decode()


def _algorithm(parent: etree._Element, local: str, algorithm: str) -> None:
    etree.SubElement(parent, qname(DS, local), Algorithm=algorithm)
