"""SOAP faults as the platform writes them.

Source: eHealth transport contract (SOA errors in the detail) and WS-Security 1.0 (fault codes).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hilum_ehealth.xmlsec.names import SOAP, WSSE

SOA_ERRORS: Final = "urn:be:fgov:ehealth:errors:soa:v1"

FAULT_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "SOA-00001": "Technical error",
        "SOA-01001": "Authentication of the service call failed",
        "SOA-01002": "Service call not authorized",
        "SOA-02001": "Service is not available. Please contact service desk.",
        "SOA-02002": "Service is temporarily not available. Please try later.",
        "SOA-03004": "WS-I compliance failure",
        "SOA-03006": "XSD compliance failure",
        "wsse:UnsupportedSecurityToken": "An unsupported token was provided",
        "wsse:UnsupportedAlgorithm": "An unsupported signature or encryption algorithm was used",
        "wsse:InvalidSecurity": "An error was discovered processing the <wsse:Security> header",
        "wsse:InvalidSecurityToken": "An invalid security token was provided",
        "wsse:FailedAuthentication": "The security token could not be authenticated",
        "wsse:FailedCheck": "The signature or decryption was invalid",
        "wsse:SecurityTokenUnavailable": "Referenced security token could not be retrieved",
        "wsse:MessageExpired": "The message has expired",
    }
)
"""Every fault code with its usual text."""

STATUS_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "802": "The identifier is not valid",
        "803": "The quality is not valid",
        "804": "The type is not valid",
        "805": "The subtype is not valid",
        "810": "BoxId invalid or not accessible",
    }
)
"""The codes by which the eHealthBox refuses a question, with a text: no faults, but answers."""

_PROVIDER: Final = ("SOA-00001", "SOA-02001", "SOA-02002")
_RETRY: Final = (*_PROVIDER, "SOA-01001", "SOA-01002")


class SoapFault(Exception):
    """A refusal; *reason* is added to the code's usual text and holds nothing personal."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(f"{code} {reason}".strip())
        self.code = code
        self.reason = reason


def fault_envelope(fault: SoapFault) -> bytes:
    """Write the SOAP message for *fault*."""
    from lxml import etree

    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    body = etree.SubElement(root, f"{{{SOAP}}}Body")
    element = etree.SubElement(body, f"{{{SOAP}}}Fault", nsmap={"wsse": WSSE})
    text = f"{FAULT_TEXTS[fault.code]}: {fault.reason}" if fault.reason else FAULT_TEXTS[fault.code]
    is_soa = fault.code.startswith("SOA-")
    side = "soap:Server" if fault.code in _PROVIDER else "soap:Client"
    etree.SubElement(element, "faultcode").text = side if is_soa else fault.code
    etree.SubElement(element, "faultstring").text = fault.code if is_soa else text
    if is_soa:
        detail = etree.SubElement(element, "detail")
        kind = "SystemError" if fault.code in _PROVIDER else "BusinessError"
        error = etree.SubElement(detail, f"{{{SOA_ERRORS}}}{kind}", nsmap={"soa": SOA_ERRORS})
        error.set("Id", secrets.token_hex(8))
        etree.SubElement(error, "Origin").text = (
            "Provider" if fault.code in _PROVIDER else "Consumer"
        )
        etree.SubElement(error, "Code").text = fault.code
        message = etree.SubElement(error, "Message")
        message.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
        message.text = text
        etree.SubElement(error, "Retry").text = "true" if fault.code in _RETRY else "false"
        etree.SubElement(error, f"{{{SOA_ERRORS}}}Environment").text = "Simulation"
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
