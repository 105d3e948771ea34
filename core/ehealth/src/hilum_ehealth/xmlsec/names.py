"""Names of XML security: namespaces, algorithms, token types, and fresh identifiers.

Source: eHealth's XML security profiles; WS-Security 1.0 and 1.1; XML Signature 1.0.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Final

_WSS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
_SAML_PROFILE: Final = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-"

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE: Final = f"{_WSS}wssecurity-secext-1.0.xsd"
WSU: Final = f"{_WSS}wssecurity-utility-1.0.xsd"
WSSE11: Final = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
SAML: Final = "urn:oasis:names:tc:SAML:1.0:assertion"
XSI_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"

EXCLUSIVE_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED: Final = f"{DS}enveloped-signature"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
ECDSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"

BASE64: Final = f"{_WSS}soap-message-security-1.0#Base64Binary"
X509_V3: Final = f"{_WSS}x509-token-profile-1.0#X509v3"
SAML_ASSERTION_ID: Final = f"{_SAML_PROFILE}1.0#SAMLAssertionID"
SAML_TOKEN: Final = f"{_SAML_PROFILE}1.1#SAMLV1.1"


def qname(namespace: str, local: str) -> str:
    """Write a qualified name the way lxml does."""
    return f"{{{namespace}}}{local}"


def fresh_id(prefix: str) -> str:
    """Make an identifier that is a valid ``xs:ID`` and carries 128 random bits."""
    return f"{prefix}-{secrets.token_hex(16)}"


def instant(moment: datetime) -> str:
    """Write an aware time as UTC with milliseconds, the form that eHealth's clients send."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
