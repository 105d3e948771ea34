"""Session tokens in the shape of the platform's, signed by whoever a test wants.

signxml signs them, so that what reads them and what makes them share no code.
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from cryptography import x509

    from hilum_ehealth.testing.issuing import Issued

SSIN: Final = "urn:be:fgov:person:ssin"
_PE: Final = f"{SSIN}:ehealth:1.0"
_SAML: Final = "urn:oasis:names:tc:SAML:1.0"

PHYSIOTHERAPIST: Final[Mapping[str, str]] = {
    "urn:be:fgov:ehealth:1.0:certificateholder:person:ssin": "85073003328",
    SSIN: "85073003328",
    f"{_PE}:professional:physiotherapist:boolean": "true",
    f"{_PE}:nihii:physiotherapist:nihii11": "54123426501",
    f"{_PE}:givenname": "Alice",
    f"{_PE}:surname": "Example",
    f"{_PE}:fpsph:physiotherapist:boolean": "true",
}
"""The attributes of the usual person; the identifying two first, as they were claimed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionForm:
    """What goes into a token; every field has the value of a good one."""

    holder: x509.Certificate = field(repr=False)
    issued_at: datetime
    life: timedelta = timedelta(hours=24)
    identifier: str = field(default_factory=lambda: f"_{secrets.token_hex(16)}")
    issuer: str = "urn:be:fgov:ehealth:sts:1_0"
    not_before: datetime | None = None
    """By default five minutes before ``issued_at``."""

    attributes: Mapping[str, str] = field(default_factory=lambda: dict(PHYSIOTHERAPIST))
    confirmation: str = f"{_SAML}:cm:holder-of-key"
    inherited: bool = True
    """Declare unused prefixes on the root, as the platform does."""

    def unsigned(self) -> bytes:
        """Write the token without a signature."""
        start = self.not_before or self.issued_at - timedelta(minutes=5)
        end = self.issued_at + self.life
        unused = (
            ' xmlns:wst="http://docs.oasis-open.org/ws-sx/ws-trust/200512"'
            ' xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"'
        )
        return (
            f'<Assertion xmlns="{_SAML}:assertion"{unused if self.inherited else ""}'
            f' AssertionID="{self.identifier}" IssueInstant="{_instant(self.issued_at)}"'
            f" Issuer={quoteattr(self.issuer)}"
            ' MajorVersion="1" MinorVersion="1">'
            f'<Conditions NotBefore="{_instant(start)}" NotOnOrAfter="{_instant(end)}"/>'
            f'<AuthenticationStatement AuthenticationInstant="{_instant(self.issued_at)}"'
            f' AuthenticationMethod="{_SAML}:am:X509-PKI">'
            f"<Subject>{self._name()}{self._confirmation()}</Subject></AuthenticationStatement>"
            f"<AttributeStatement><Subject>{self._name()}</Subject>"
            f"{''.join(map(_attribute, self.attributes.items()))}</AttributeStatement>"
            "</Assertion>"
        ).encode()

    def signed(self, signer: Issued) -> bytes:
        """Write the token, signed by *signer* whose certificate goes into KeyInfo."""
        return signed_by(self.unsigned(), signer)

    def _name(self) -> str:
        from hilum_ehealth.certificates import java_name

        return (
            '<NameIdentifier Format="urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"'
            f" NameQualifier={quoteattr(java_name(self.holder.issuer))}>"
            f"{escape(java_name(self.holder.subject))}</NameIdentifier>"
        )

    def _confirmation(self) -> str:
        from cryptography.hazmat.primitives.serialization import Encoding

        certificate = b64encode(self.holder.public_bytes(Encoding.DER)).decode()
        return (
            f"<SubjectConfirmation><ConfirmationMethod>{self.confirmation}</ConfirmationMethod>"
            '<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
            f"<ds:X509Certificate>{certificate}</ds:X509Certificate>"
            "</ds:X509Data></ds:KeyInfo></SubjectConfirmation>"
        )


def signed_by(assertion: bytes, signer: Issued) -> bytes:
    """Sign a token with signxml: enveloped, exclusive canonicalisation, SHA-256."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from lxml import etree
    from signxml import algorithms
    from signxml.signer import XMLSigner

    rsa_key = isinstance(signer.private_key, rsa.RSAPrivateKey)
    method = algorithms.SignatureMethod
    root = etree.fromstring(assertion)
    xml_signer = XMLSigner(
        signature_algorithm=method.RSA_SHA256 if rsa_key else method.ECDSA_SHA256,
        digest_algorithm=algorithms.DigestAlgorithm.SHA256,
        c14n_algorithm=(algorithms.CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0),
    )
    signed = xml_signer.sign(
        root,
        key=signer.private_key,
        cert=[signer.certificate],
        reference_uri=root.get("AssertionID"),
        id_attribute="AssertionID",
    )
    return etree.tostring(signed, encoding="UTF-8", xml_declaration=False)


def _attribute(item: tuple[str, str]) -> str:
    name, value = item
    identifying = name == SSIN or ":certificateholder:" in name
    namespace = (
        "urn:be:fgov:identification-namespace"
        if identifying
        else "urn:be:fgov:certified-namespace:ehealth"
    )
    return (
        f"<Attribute AttributeName={quoteattr(name)} AttributeNamespace={quoteattr(namespace)}>"
        f"<AttributeValue>{escape(value)}</AttributeValue></Attribute>"
    )


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
