"""The messages of the session token service, WS-Trust 1.3, built and read with lxml.

Source: eHealth STS contract. The order of elements, the Context and the odd ``KeyType`` are not
held by the schema, whose content is all wildcards; they are held here.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.xmlsec.envelope import set_id
from hilum_ehealth.xmlsec.guard import parse_element
from hilum_ehealth.xmlsec.names import DS, SAML, SAML_TOKEN, WSSE, WSU, instant, qname

if TYPE_CHECKING:
    from cryptography import x509

    from hilum_ehealth.sts.claims import Claim

WST: Final = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
AUTH: Final = "http://docs.oasis-open.org/wsfed/authorization/200706"

ISSUE: Final = f"{WST}/Issue"
RENEW: Final = f"{WST}/Renew"
DIALECT: Final = f"{AUTH}/authclaims"
PUBLIC_KEY: Final = "http://docs.oasis-open.org/ws-sx/wstrust/200512/PublicKey"
"""The key type that eHealth's clients send: ``wstrust`` without the hyphen of the standard."""

_RESPONSE: Final = qname(WST, "RequestSecurityTokenResponse")
_COLLECTION: Final = qname(WST, "RequestSecurityTokenResponseCollection")
_ANSWER: Final = "ehealth.answer"


@dataclass(frozen=True, slots=True)
class Challenge:
    """The service wants the holder's key to sign; ``text`` goes back as it came."""

    text: str


@dataclass(frozen=True, slots=True)
class Token:
    """The service gave a token: the bytes of the assertion, not verified."""

    data: bytes


def issue_request(
    context: str,
    claims: Iterable[Claim],
    *,
    created: datetime,
    expires: datetime,
    holder: x509.Certificate,
) -> etree._Element:
    """Ask for a token about *claims* that the key of *holder* can use."""
    request = _request(context, ISSUE)
    asked = etree.SubElement(request, qname(WST, "Claims"), Dialect=DIALECT, nsmap={"auth": AUTH})
    for claim in claims:
        element = etree.SubElement(asked, qname(AUTH, "ClaimType"), Uri=claim.uri)
        if claim.value is not None:
            etree.SubElement(element, qname(AUTH, "Value")).text = claim.value
    lifetime = etree.SubElement(request, qname(WST, "Lifetime"), nsmap={"wsu": WSU})
    etree.SubElement(lifetime, qname(WSU, "Created")).text = instant(created)
    etree.SubElement(lifetime, qname(WSU, "Expires")).text = instant(expires)
    etree.SubElement(request, qname(WST, "KeyType")).text = PUBLIC_KEY
    use_key = etree.SubElement(request, qname(WST, "UseKey"))
    reference = etree.SubElement(
        use_key, qname(WSSE, "SecurityTokenReference"), nsmap={"wsse": WSSE}
    )
    data = etree.SubElement(reference, qname(DS, "X509Data"), nsmap={"ds": DS})
    certificate = etree.SubElement(data, qname(DS, "X509Certificate"))
    certificate.text = b64encode(holder.public_bytes(Encoding.DER)).decode()
    return request


def renew_request(context: str, assertion: bytes) -> etree._Element:
    """Ask for a new token in the place of *assertion*, whose canonical form stays as it is."""
    request = _request(context, RENEW)
    target = etree.SubElement(request, qname(WST, "RenewTarget"))
    reference = etree.SubElement(
        target, qname(WSSE, "SecurityTokenReference"), nsmap={"wsse": WSSE}
    )
    embedded = etree.SubElement(reference, qname(WSSE, "Embedded"), nsmap={"wsu": WSU})
    set_id(embedded, "token")
    embedded.append(parse_element(assertion, "assertion.malformed"))
    return request


def challenge_answer(context: str, challenge: Challenge) -> etree._Element:
    """Send the challenge back; the proof is the holder's signature over the message."""
    response = etree.Element(_RESPONSE, Context=context, nsmap={"wst": WST})
    signed = etree.SubElement(response, qname(WST, "SignChallengeResponse"))
    etree.SubElement(signed, qname(WST, "Challenge")).text = challenge.text
    return response


def read_response(payload: etree._Element, context: str) -> Challenge | Token:
    """Read what the service answered to the request with *context*.

    A response in a collection counts as one on its own. A Context that is not ours is refused; one
    that is missing is tolerated, as eHealth's contract leaves it out of successful answers. Raises
    ``ehealth.answer`` with ``problem``.
    """
    response = _response(payload)
    if response.get("Context", context) != context:
        raise EhealthError(_ANSWER, problem="context")
    challenges = list(response.iter(qname(WST, "SignChallenge")))
    tokens = list(response.iter(qname(WST, "RequestedSecurityToken")))
    if len(tokens) == 1 and not challenges:
        return Token(_assertion(tokens[0]))
    if len(challenges) == 1 and not tokens:
        return Challenge(_challenge(challenges[0]))
    raise EhealthError(_ANSWER, problem="content")


def _request(context: str, kind: str) -> etree._Element:
    request = etree.Element(qname(WST, "RequestSecurityToken"), Context=context, nsmap={"wst": WST})
    etree.SubElement(request, qname(WST, "TokenType")).text = SAML_TOKEN
    etree.SubElement(request, qname(WST, "RequestType")).text = kind
    return request


def _response(payload: etree._Element) -> etree._Element:
    if payload.tag == _COLLECTION:
        payload = next(payload.iterchildren(_RESPONSE), payload)
    if payload.tag != _RESPONSE:
        raise EhealthError(_ANSWER, problem="root")
    return payload


def _assertion(token: etree._Element) -> bytes:
    """Cut the assertion out, with the namespaces it inherits from the message around it."""
    found = [child for child in token if isinstance(child.tag, str)]
    if len(found) != 1 or found[0].tag != qname(SAML, "Assertion"):
        raise EhealthError(_ANSWER, problem="token")
    return etree.tostring(found[0], encoding="UTF-8", xml_declaration=False, with_tail=False)


def _challenge(element: etree._Element) -> str:
    challenge = element.find(qname(WST, "Challenge"))
    if challenge is None or len(challenge) or not challenge.text:
        raise EhealthError(_ANSWER, problem="challenge")
    return challenge.text
