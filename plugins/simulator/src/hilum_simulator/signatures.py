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
    _check_algorithms(signature, [EXCLUSIVE_C14N])
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
            message.envelope, x509_cert=signer, expect_config=configuration
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
    signature = only(assertion, _SIGNATURE, refusal.code)
    _check_algorithms(signature, [ENVELOPED, EXCLUSIVE_C14N])
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


def _check_algorithms(signature: etree._Element, transforms: list[str]) -> None:
    """Refuse algorithms and transforms other than those of eHealth's profiles."""
    info = only(signature, qname(DS, "SignedInfo"), "wsse:InvalidSecurity")
    names = tags(info)
    if names[:2] != [qname(DS, "CanonicalizationMethod"), qname(DS, "SignatureMethod")]:
        raise SoapFault("wsse:InvalidSecurity", "SignedInfo is not in order")
    canonicalisation, method, *references = elements(info)
    used = {canonicalisation.get("Algorithm") == EXCLUSIVE_C14N}
    used.add(method.get("Algorithm") in (RSA_SHA256, ECDSA_SHA256))
    for reference in references:
        listed = reference.findall(f"{qname(DS, 'Transforms')}/{qname(DS, 'Transform')}")
        used.add([each.get("Algorithm") for each in listed] == transforms)
        digest = reference.find(qname(DS, "DigestMethod"))
        used.add(digest is not None and digest.get("Algorithm") == SHA256)
    if used != {True}:
        raise SoapFault("wsse:UnsupportedAlgorithm")
