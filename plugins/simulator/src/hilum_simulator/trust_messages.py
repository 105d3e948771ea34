"""Reading WS-Trust requests strictly: order, Context and key type, which no schema checks.

Source: eHealth STS contract, RequestSecurityToken (issue, renew) and the answer to a challenge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from hilum_ehealth.xmlsec.names import DS, SAML, SAML_TOKEN, WSSE, WSU, qname

from .faults import SoapFault
from .identities import certificate_in
from .inbound import elements, instant_of, only, tags, text_of, wsu_id

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from lxml import etree

WST: Final = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
AUTH: Final = "http://docs.oasis-open.org/wsfed/authorization/200706"
PUBLIC_KEY: Final = "http://docs.oasis-open.org/ws-sx/wstrust/200512/PublicKey"
DIALECT: Final = f"{AUTH}/authclaims"

REQUEST: Final = qname(WST, "RequestSecurityToken")
RESPONSE: Final = qname(WST, "RequestSecurityTokenResponse")

_BAD: Final = "SOA-03006"
_TYPE: Final = qname(WST, "TokenType")
_KIND: Final = qname(WST, "RequestType")
_KEY_TYPE: Final = qname(WST, "KeyType")
_TARGET: Final = qname(WST, "RenewTarget")
_USE_KEY: Final = qname(WST, "UseKey")
_ISSUE_ORDER: Final = [
    _TYPE,
    _KIND,
    qname(WST, "Claims"),
    qname(WST, "Lifetime"),
    _KEY_TYPE,
    _USE_KEY,
]
_RENEW_ORDER: Final = [_TYPE, _KIND, _KEY_TYPE, _TARGET]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRequest:
    """A wish for a new token."""

    context: str
    claims: Mapping[str, str | None] = field(repr=False)
    """Asserted value, or ``None`` for one to be certified, by URI in the order asked."""

    created: datetime
    expires: datetime
    holder: Certificate | None = field(repr=False)
    """The certificate of ``UseKey``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewRequest:
    """A wish for a token in the place of one that lives."""

    context: str
    assertion: etree._Element = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeAnswer:
    """A challenge that comes back."""

    context: str
    text: str = field(repr=False)


def read_request(payload: etree._Element) -> IssueRequest | RenewRequest:
    """Read a ``RequestSecurityToken``; raises ``SOA-03006`` with what is wrong in it."""
    kind = text_of(only(payload, _KIND, _BAD), _BAD)
    if kind == f"{WST}/Issue":
        return _issue(payload)
    if kind == f"{WST}/Renew":
        return _renew(payload)
    raise SoapFault(_BAD, "RequestType must be Issue or Renew")


def read_challenge_answer(payload: etree._Element) -> ChallengeAnswer:
    """Read the answer to a challenge; raises ``SOA-03006``."""
    answer = only(payload, qname(WST, "SignChallengeResponse"), _BAD)
    if len(elements(payload)) != 1 or tags(answer) != [qname(WST, "Challenge")]:
        raise SoapFault(_BAD, "the answer must hold SignChallengeResponse/Challenge alone")
    text = answer[0].text or ""
    return ChallengeAnswer(context=_context(payload), text=text)


def _issue(payload: etree._Element) -> IssueRequest:
    names = tags(payload)
    if names not in (_ISSUE_ORDER, _ISSUE_ORDER[:-1]):
        raise SoapFault(_BAD, "the elements of the request are not those expected, in order")
    _check_token_type(payload)
    if text_of(only(payload, _KEY_TYPE, _BAD), _BAD) != PUBLIC_KEY:
        raise SoapFault(_BAD, "KeyType")
    created, expires = _lifetime(only(payload, qname(WST, "Lifetime"), _BAD))
    return IssueRequest(
        context=_context(payload),
        claims=_claims(only(payload, qname(WST, "Claims"), _BAD)),
        created=created,
        expires=expires,
        holder=_used_key(payload) if _USE_KEY in names else None,
    )


def _renew(payload: etree._Element) -> RenewRequest:
    names = tags(payload)
    if names != [name for name in _RENEW_ORDER if name in names] or _TARGET not in names:
        raise SoapFault(_BAD, "the elements of the request are not those expected, in order")
    if _TYPE in names:
        _check_token_type(payload)
    reference = only(only(payload, _TARGET, _BAD), qname(WSSE, "SecurityTokenReference"), _BAD)
    embedded = only(reference, qname(WSSE, "Embedded"), _BAD)
    if not wsu_id(embedded):
        raise SoapFault(_BAD, "Embedded needs a wsu:Id")
    assertion = only(embedded, qname(SAML, "Assertion"), _BAD)
    return RenewRequest(context=_context(payload), assertion=assertion)


def _context(payload: etree._Element) -> str:
    context = str(payload.get("Context", "")).strip()
    if not context:
        raise SoapFault(_BAD, "Context")
    return context


def _check_token_type(payload: etree._Element) -> None:
    if text_of(only(payload, _TYPE, _BAD), _BAD) != SAML_TOKEN:
        raise SoapFault(_BAD, "TokenType")


def _claims(element: etree._Element) -> dict[str, str | None]:
    if element.get("Dialect") != DIALECT:
        raise SoapFault(_BAD, "Dialect of the claims")
    claims: dict[str, str | None] = {}
    for claim in elements(element):
        uri = str(claim.get("Uri", ""))
        if claim.tag != qname(AUTH, "ClaimType") or not uri or uri in claims:
            raise SoapFault(_BAD, "every claim needs a Uri of its own")
        if tags(claim) not in ([], [qname(AUTH, "Value")]):
            raise SoapFault(_BAD, "a claim holds a Value or nothing")
        claims[uri] = text_of(claim[0], _BAD) if len(claim) else None
    return claims


def _lifetime(element: etree._Element) -> tuple[datetime, datetime]:
    if tags(element) != [qname(WSU, "Created"), qname(WSU, "Expires")]:
        raise SoapFault(_BAD, "Lifetime needs Created and Expires")
    created, expires = (instant_of(each, _BAD) for each in elements(element))
    if expires - created < timedelta(minutes=1):
        raise SoapFault(_BAD, "Lifetime ends before it has begun")
    return created, expires


def _used_key(payload: etree._Element) -> Certificate:
    reference = only(only(payload, _USE_KEY, _BAD), qname(WSSE, "SecurityTokenReference"), _BAD)
    data = only(reference, qname(DS, "X509Data"), _BAD)
    return certificate_in(only(data, qname(DS, "X509Certificate"), _BAD))
