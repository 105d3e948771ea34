"""Verifying the signatures of requests, with signxml: the client only signs with its own code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from hilum_ehealth.xmlsec.names import (
    DS,
    ECDSA_SHA256,
    ENVELOPED,
    EXCLUSIVE_C14N,
    RSA_SHA256,
    SAML,
    SHA256,
    SOAP,
    WSSE,
    qname,
)
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from .faults import SoapFault
from .inbound import Message, elements, identifiers, only, tags, wsu_id

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_IN_HEADER: Final = f"./{qname(SOAP, 'Header')}/{qname(WSSE, 'Security')}/"
_SIGNATURE: Final = qname(DS, "Signature")
_SIGNATURE_PARTS: Final = tuple(
    qname(DS, name) for name in ("SignedInfo", "SignatureValue", "KeyInfo")
)
_INFO_PARTS: Final = tuple(qname(DS, n) for n in ("CanonicalizationMethod", "SignatureMethod"))
_REFERENCE: Final = qname(DS, "Reference")
_REFERENCE_PARTS: Final = tuple(
    qname(DS, name) for name in ("Transforms", "DigestMethod", "DigestValue")
)
_TRANSFORM: Final = qname(DS, "Transform")
_METHODS: Final = frozenset({SignatureMethod.RSA_SHA256, SignatureMethod.ECDSA_SHA256})
_DIGESTS: Final = frozenset({DigestAlgorithm.SHA256})
_FAILURES: Final = (
    SignXMLException,
    InvalidSignature,
    etree.LxmlError,
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
)
"""What signxml raises for a signature it refuses, and for one that is not even one."""


def verify_parts(
    message: Message, parts: Sequence[etree._Element], signer: Certificate, now: datetime
) -> list[etree._Element]:
    """Verify that *signer* signed exactly *parts*; returns them as they were signed, in order.

    Raises ``wsse:InvalidSecurity``, ``wsse:UnsupportedAlgorithm`` and ``wsse:FailedCheck``.
    """
    signature = only(message.security, _SIGNATURE, "wsse:InvalidSecurity")
    _check_form(signature, [EXCLUSIVE_C14N])
    wanted = [f"#{wsu_id(part)}" for part in parts]
    if "#" in wanted or sorted(_references(signature)) != sorted(wanted):
        raise SoapFault("wsse:InvalidSecurity", "not exactly the parts that must be signed are")
    known = list(identifiers(message.envelope))
    if len(set(known)) != len(known):
        raise SoapFault("wsse:InvalidSecurity", "two elements have one identifier")
    configuration = SignatureConfiguration(
        location=_IN_HEADER,
        expect_references=len(parts),
        signature_methods=_METHODS,
        digest_algorithms=_DIGESTS,
        verification_time=now,
    )
    try:
        results = XMLVerifier().verify(
            message.envelope, x509_cert=signer, validate_schema=False, expect_config=configuration
        )
    except _FAILURES as error:
        raise SoapFault("wsse:FailedCheck") from error
    listed = results if isinstance(results, list) else [results]
    signed = {
        wsu_id(each.signed_xml): each.signed_xml for each in listed if each.signed_xml is not None
    }
    return [signed[wsu_id(part)] for part in parts]


def verify_assertion(
    assertion: etree._Element, signer: Certificate, now: datetime
) -> etree._Element:
    """Verify that *signer* signed *assertion* as a whole; returns it as it was signed.

    Raises ``wsse:InvalidSecurityToken``.
    """
    refusal = SoapFault("wsse:InvalidSecurityToken", "the assertion is not one of this platform")
    try:
        signature = only(assertion, _SIGNATURE, refusal.code)
        _check_form(signature, [ENVELOPED, EXCLUSIVE_C14N])
    except SoapFault as error:
        raise refusal from error
    if _references(signature) != [f"#{assertion.get('AssertionID')}"]:
        raise refusal
    configuration = SignatureConfiguration(
        location="./",
        signature_methods=_METHODS,
        digest_algorithms=_DIGESTS,
        verification_time=now,
    )
    try:
        result = XMLVerifier().verify(
            etree.tostring(assertion, with_tail=False),
            x509_cert=signer,
            id_attribute="AssertionID",
            validate_schema=False,
            expect_config=configuration,
        )
    except _FAILURES as error:
        raise refusal from error
    if isinstance(result, list) or result.signed_xml is None:
        raise refusal
    if result.signed_xml.tag != qname(SAML, "Assertion"):
        raise refusal
    return result.signed_xml


def _references(signature: etree._Element) -> list[str]:
    found = signature.findall(f"{qname(DS, 'SignedInfo')}/{qname(DS, 'Reference')}")
    return [str(each.get("URI", "")) for each in found]


def _check_form(signature: etree._Element, transforms: list[str]) -> None:
    """Refuse any form, algorithm and transform other than those of eHealth's profiles.

    Stands in for the schema of XML signatures, which knows no InclusiveNamespaces inside
    CanonicalizationMethod, where WSS4J writes it.
    """
    (info,) = _in_order(signature, *_SIGNATURE_PARTS)[:1]
    names = tags(info)
    canonicalisation, method, *references = _in_order(
        info, *_INFO_PARTS, *(len(names) - len(_INFO_PARTS)) * [_REFERENCE]
    )
    _check_algorithm(canonicalisation, EXCLUSIVE_C14N)
    _check_algorithm(method, RSA_SHA256, ECDSA_SHA256)
    for reference in references:
        listed, digest, _value = _in_order(reference, *_REFERENCE_PARTS)
        _check_algorithm(digest, SHA256)
        used = [each.get("Algorithm") for each in listed.findall(_TRANSFORM)]
        if used != transforms or len(elements(listed)) != len(used):
            raise SoapFault("wsse:UnsupportedAlgorithm")


def _in_order(parent: etree._Element, *names: str) -> list[etree._Element]:
    """Return the children of *parent*, which are exactly *names*."""
    if tags(parent) != list(names):
        raise SoapFault("wsse:InvalidSecurity", "the signature has another form")
    return elements(parent)


def _check_algorithm(element: etree._Element, *known: str) -> None:
    if element.get("Algorithm") not in known:
        raise SoapFault("wsse:UnsupportedAlgorithm")
