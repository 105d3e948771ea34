"""The two WS-Security headers, verified: profile A (token service), profile B (other services)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from hilum_ehealth.xmlsec.names import (
    BASE64,
    DS,
    SAML,
    SAML_ASSERTION_ID,
    SAML_TOKEN,
    WSSE,
    WSSE11,
    WSU,
    X509_V3,
    qname,
)

from .faults import SoapFault
from .identities import Identities, Identity, certificate_in
from .inbound import Message, elements, instant_of, only, tags, text_of, wsu_id
from .own_tokens import OwnToken, OwnTokens
from .signatures import verify_parts

if TYPE_CHECKING:
    from lxml import etree

LONGEST_LIFE: Final = timedelta(minutes=5)
SKEW: Final = timedelta(seconds=60)

_INVALID: Final = "wsse:InvalidSecurity"
_EXPIRED: Final = "wsse:MessageExpired"
_TIMESTAMP: Final = qname(WSU, "Timestamp")
_TOKEN: Final = qname(WSSE, "BinarySecurityToken")
_ASSERTION: Final = qname(SAML, "Assertion")
_SIGNATURE: Final = qname(DS, "Signature")
_REFERENCE: Final = qname(WSSE, "SecurityTokenReference")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A request whose signature holds: the payload as it was signed."""

    payload: etree._Element = field(repr=False)
    identity: Identity
    """Who signed."""

    token: OwnToken | None = None
    """The session token that came along (profile B)."""


class Gate:
    """Verifies security headers and refuses what was seen before."""

    def __init__(self, identities: Identities, tokens: OwnTokens) -> None:
        self._identities = identities
        self._tokens = tokens
        self._seen: dict[str, datetime] = {}
        self._lock = Lock()

    def profile_a(self, message: Message, now: datetime) -> Verified:
        """Verify a message signed by the certificate in its header: Body, Timestamp and token."""
        timestamp, token, signature = _parts(message, _TIMESTAMP, _TOKEN, _SIGNATURE)
        if token.get("ValueType") != X509_V3 or token.get("EncodingType") != BASE64:
            raise SoapFault("wsse:UnsupportedSecurityToken")
        reference = only(_token_reference(signature), qname(WSSE, "Reference"), _INVALID)
        if reference.get("URI") != f"#{wsu_id(token)}" or reference.get("ValueType") != X509_V3:
            raise SoapFault("wsse:SecurityTokenUnavailable")
        certificate = certificate_in(token)
        identity = self._identities.of(certificate, now)
        body, signed_at, _ = verify_parts(
            message, (message.body, timestamp, token), certificate, now
        )
        _check_fresh(signed_at, now)
        self._check_new(signature, now)
        return Verified(payload=_payload(body), identity=identity)

    def profile_b(self, message: Message, now: datetime) -> Verified:
        """Verify a message signed by the holder of the session token in its header."""
        timestamp, assertion, signature = _parts(message, _TIMESTAMP, _ASSERTION, _SIGNATURE)
        token = self._tokens.read(assertion, now)
        pointer = _token_reference(signature)
        identifier = only(pointer, qname(WSSE, "KeyIdentifier"), _INVALID)
        if (
            pointer.get(qname(WSSE11, "TokenType")) != SAML_TOKEN
            or identifier.get("ValueType") != SAML_ASSERTION_ID
            or text_of(identifier, _INVALID) != token.assertion_id
        ):
            raise SoapFault("wsse:SecurityTokenUnavailable")
        identity = self._identities.of(token.holder, now)
        body, signed_at = verify_parts(message, (message.body, timestamp), token.holder, now)
        _check_fresh(signed_at, now)
        self._check_new(signature, now)
        return Verified(payload=_payload(body), identity=identity, token=token)

    def forget(self) -> None:
        """Forget the messages seen so far."""
        with self._lock:
            self._seen.clear()

    def _check_new(self, signature: etree._Element, now: datetime) -> None:
        """Refuse a message that came before, within the time in which it counts as fresh."""
        value = text_of(only(signature, qname(DS, "SignatureValue"), _INVALID), _INVALID)
        with self._lock:
            self._seen = {k: at for k, at in self._seen.items() if now - at < 2 * LONGEST_LIFE}
            if value in self._seen:
                raise SoapFault(_INVALID, "this message came before")
            self._seen[value] = now


def _parts(message: Message, *names: str) -> tuple[etree._Element, ...]:
    """Return the header's parts in the order of *names*; the layout is lax, other parts are not."""
    if sorted(tags(message.security)) != sorted(names):
        raise SoapFault(_INVALID, "the Security header has not exactly the parts of this profile")
    return tuple(only(message.security, name, _INVALID) for name in names)


def _token_reference(signature: etree._Element) -> etree._Element:
    return only(only(signature, qname(DS, "KeyInfo"), _INVALID), _REFERENCE, _INVALID)


def _payload(body: etree._Element) -> etree._Element:
    (payload,) = elements(body)
    return payload


def _check_fresh(timestamp: etree._Element, now: datetime) -> None:
    """Check that the message was made now: lives at most five minutes, and lives."""
    if tags(timestamp) != [qname(WSU, "Created"), qname(WSU, "Expires")]:
        raise SoapFault(_INVALID, "the Timestamp needs Created and Expires")
    created, expires = (instant_of(each, _INVALID) for each in elements(timestamp))
    if not created < expires <= created + LONGEST_LIFE:
        raise SoapFault(_EXPIRED, "the Timestamp lasts too long or no time at all")
    if created > now + SKEW or created < now - LONGEST_LIFE - SKEW or now >= expires + SKEW:
        raise SoapFault(_EXPIRED, "the Timestamp is not of now")
