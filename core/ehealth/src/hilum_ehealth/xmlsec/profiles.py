"""The two WS-Security headers that eHealth asks for, put on a message and signed.

Profile A (session token service): the sender's certificate as a binary security token. Profile B
(business services): a SAML assertion, with the key it names. Both return the bytes to send; a
message that is parsed and written again may no longer be the one that was signed.
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.xmlsec.envelope import (
    LIFE,
    Envelope,
    build_envelope,
    id_of,
    serialize,
    set_id,
)
from hilum_ehealth.xmlsec.guard import parse_element
from hilum_ehealth.xmlsec.names import (
    BASE64,
    SAML,
    SAML_ASSERTION_ID,
    SAML_TOKEN,
    WSSE,
    WSSE11,
    WSU,
    X509_V3,
    qname,
)
from hilum_ehealth.xmlsec.signing import detached_signature

if TYPE_CHECKING:
    from cryptography import x509

    from hilum_ehealth.keys import PrivateKey


def sign_profile_a(
    payload: etree._Element,
    certificate: x509.Certificate,
    key: PrivateKey,
    now: datetime,
    *,
    life: timedelta = LIFE,
) -> bytes:
    """Sign Body, Timestamp and the token that holds *certificate*; *payload* goes into the Body."""
    envelope = build_envelope(payload, now, life)
    token = etree.SubElement(
        envelope.security,
        qname(WSSE, "BinarySecurityToken"),
        {"EncodingType": BASE64, "ValueType": X509_V3},
        nsmap={"wsu": WSU},
    )
    set_id(token, "X509")
    token.text = b64encode(certificate.public_bytes(Encoding.DER)).decode()
    pointer = _token_reference("wsse")
    etree.SubElement(pointer, qname(WSSE, "Reference"), URI=f"#{id_of(token)}", ValueType=X509_V3)
    signed = (envelope.body, envelope.timestamp, token)
    detached_signature(envelope.security, signed, pointer, key)
    return serialize(envelope.root)


def sign_profile_b(
    payload: etree._Element,
    assertion: bytes,
    key: PrivateKey,
    now: datetime,
    *,
    life: timedelta = LIFE,
) -> bytes:
    """Sign Body and Timestamp with the key that *assertion* names as its holder's.

    The bytes of *assertion* are put into the header as they are: it is not parsed and written
    again, so its own signature stays what it was. Raises :class:`EhealthError` with
    ``assertion.malformed`` when they are not one element on their own.
    """
    envelope = build_envelope(payload, now, life)
    place = etree.SubElement(envelope.security, f"place-{secrets.token_hex(16)}")
    pointer = _token_reference("wsse", "wsse11", "wsu")
    pointer.set(qname(WSSE11, "TokenType"), SAML_TOKEN)
    set_id(pointer, "STR")
    identifier = etree.SubElement(pointer, qname(WSSE, "KeyIdentifier"))
    identifier.set("ValueType", SAML_ASSERTION_ID)
    identifier.text = _assertion_id(assertion)
    detached_signature(envelope.security, (envelope.body, envelope.timestamp), pointer, key)
    return _filled(envelope, place, assertion)


def _token_reference(*prefixes: str) -> etree._Element:
    known = {"wsse": WSSE, "wsse11": WSSE11, "wsu": WSU}
    return etree.Element(
        qname(WSSE, "SecurityTokenReference"), nsmap={each: known[each] for each in prefixes}
    )


def _assertion_id(assertion: bytes) -> str:
    root = parse_element(assertion, "assertion.malformed")
    identifier = root.get("AssertionID")
    if root.tag != qname(SAML, "Assertion") or not identifier:
        raise EhealthError("assertion.malformed", problem="root")
    return str(identifier)


def _filled(envelope: Envelope, place: etree._Element, assertion: bytes) -> bytes:
    """Replace the empty element *place* by the exact bytes of the assertion."""
    return serialize(envelope.root).replace(f"<{place.tag}/>".encode(), assertion, 1)
