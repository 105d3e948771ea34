"""The least that an opening can cost: the same steps with the bare libraries, and nothing else.

One keystore, one request signed by the card, one challenge signed by the keystore's key, one token
whose signature is verified with a key that was known before. No error is explained, no path is
built, nothing is told to anybody. Run as a program it opens once, in a fresh process.
"""

from __future__ import annotations

import hashlib
import http.client
import secrets
import ssl
import sys
from base64 import b64decode, b64encode
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from lxml import etree

from .stage import INAMI, NISS, PASSWORD, SOAP, WST, Stage

OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE, WSU = f"{OASIS}wssecurity-secext-1.0.xsd", f"{OASIS}wssecurity-utility-1.0.xsd"
BASE64 = f"{OASIS}soap-message-security-1.0#Base64Binary"
X509_V3 = f"{OASIS}x509-token-profile-1.0#X509v3"
DS = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SAML = "urn:oasis:names:tc:SAML:1.0:assertion"
PROTOCOL = "urn:be:fgov:ehealth:sts:protocol:v1"


def open_session(stage: Stage) -> bytes:
    """Open a session on *stage* and return its token."""
    loaded = pkcs12.load_pkcs12(stage.keystore.read_bytes(), PASSWORD.encode())
    assert loaded.cert is not None
    holder, key = loaded.cert.certificate, loaded.key
    card, card_key = stage.card()
    context = ssl.create_default_context(cafile=str(stage.trust / "tls" / "tls-ca.pem"))
    request = signed(request_for(holder, stage), card, card_key, stage)
    answer = post(stage.url, f"{PROTOCOL}:RequestSecurityToken", request, context)
    challenge = next(etree.fromstring(answer).iter(f"{{{WST}}}Challenge")).text
    reply = (
        f'<wst:RequestSecurityTokenResponse xmlns:wst="{WST}"><wst:SignChallengeResponse>'
        f"<wst:Challenge>{challenge}</wst:Challenge></wst:SignChallengeResponse>"
        "</wst:RequestSecurityTokenResponse>"
    )
    answer = post(stage.url, f"{PROTOCOL}:Challenge", signed(reply, holder, key, stage), context)
    token = next(etree.fromstring(answer).iter(f"{{{SAML}}}Assertion"))
    data = etree.tostring(token)
    signer = x509.load_der_x509_certificate(stage.certificate("signer"))
    check(verified(data, signer), holder, stage)
    return data


def request_for(holder: x509.Certificate, stage: Stage) -> str:
    """Write the request for a token."""
    person = "urn:be:fgov:person:ssin"
    claims = {
        "urn:be:fgov:ehealth:1.0:certificateholder:person:ssin": NISS,
        person: NISS,
        f"{person}:ehealth:1.0:nihii:physiotherapist:nihii11": INAMI,
    }
    written = "".join(
        f'<auth:ClaimType Uri="{uri}"><auth:Value>{value}</auth:Value></auth:ClaimType>'
        for uri, value in claims.items()
    )
    der = b64encode(holder.public_bytes(Encoding.DER)).decode()
    return (
        f'<wst:RequestSecurityToken xmlns:wst="{WST}" Context="{secrets.token_hex(16)}">'
        f"<wst:RequestType>{WST}/Issue</wst:RequestType><wst:Claims"
        f' xmlns:auth="http://docs.oasis-open.org/wsfed/authorization/200706">{written}'
        f"</wst:Claims><wst:Lifetime>{stage.now.isoformat()}</wst:Lifetime>"
        f"<wst:UseKey>{der}</wst:UseKey></wst:RequestSecurityToken>"
    )


def signed(payload: str, certificate: x509.Certificate, key: object, stage: Stage) -> bytes:
    """Put *payload* into an envelope whose body, time stamp and certificate are signed."""
    ids = [secrets.token_hex(16) for _ in range(3)]
    der = b64encode(certificate.public_bytes(Encoding.DER)).decode()
    until = stage.now + timedelta(minutes=1)
    root = etree.fromstring(
        f'<soap:Envelope xmlns:soap="{SOAP}" xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}"><soap:Header>'
        f'<wsse:Security><wsu:Timestamp wsu:Id="_{ids[1]}"><wsu:Created>{stage.now.isoformat()}'
        f"</wsu:Created><wsu:Expires>{until.isoformat()}</wsu:Expires></wsu:Timestamp>"
        f'<wsse:BinarySecurityToken wsu:Id="_{ids[2]}" EncodingType="{BASE64}"'
        f' ValueType="{X509_V3}">{der}</wsse:BinarySecurityToken></wsse:Security></soap:Header>'
        f'<soap:Body wsu:Id="_{ids[0]}">{payload}</soap:Body></soap:Envelope>'
    )
    header, body = root
    security = header[0]
    references = "".join(map(reference, ids, (body, *security)))
    method = f"{MORE}{'ecdsa' if isinstance(key, ec.EllipticCurvePrivateKey) else 'rsa'}-sha256"
    signature = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod'
        f' Algorithm="{C14N}"/><ds:SignatureMethod Algorithm="{method}"/>{references}'
        f"</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><wsse:SecurityTokenReference"
        f' xmlns:wsse="{WSSE}"><wsse:Reference URI="#_{ids[2]}"/></wsse:SecurityTokenReference>'
        "</ds:KeyInfo></ds:Signature>"
    )
    security.append(signature)
    signature[1].text = b64encode(sign(key, canonical(signature[0]))).decode()
    return etree.tostring(root)


def reference(identifier: str, element: etree._Element) -> str:
    """Write the reference to a signed *element*."""
    digest = b64encode(hashlib.sha256(canonical(element)).digest()).decode()
    return (
        f'<ds:Reference URI="#_{identifier}"><ds:Transforms><ds:Transform Algorithm="{C14N}"/>'
        f'</ds:Transforms><ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>{digest}'
        "</ds:DigestValue></ds:Reference>"
    )


def sign(key: object, data: bytes) -> bytes:
    """Sign *data* with SHA-256, a curve's two numbers side by side."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(48, "big") + s.to_bytes(48, "big")
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256())  # type: ignore[attr-defined,no-any-return]


def canonical(element: etree._Element) -> bytes:
    """Canonicalise *element* exclusively."""
    return etree.tostring(element, method="c14n", exclusive=True, with_tail=False)


def post(url: str, action: str, message: bytes, context: ssl.SSLContext) -> bytes:
    """Send *message* over a new connection."""
    target = urlsplit(url)
    connection = http.client.HTTPSConnection(target.hostname or "", target.port, context=context)
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
    connection.request("POST", "/sts", message, headers)
    try:
        return connection.getresponse().read()
    finally:
        connection.close()


def verified(data: bytes, signer: x509.Certificate) -> etree._Element:
    """Return what *signer* signed in *data*."""
    root = etree.fromstring(data)
    signature = root[-1]
    info, value = signature[0], signature[1]
    signer.public_key().verify(  # type: ignore[call-arg,union-attr]
        b64decode(value.text or ""),
        canonical(info),
        padding.PKCS1v15(),  # type: ignore[arg-type]
        hashes.SHA256(),
    )
    root.remove(signature)
    content = canonical(root)
    wanted = next(info.iter(f"{{{DS}}}DigestValue")).text
    if b64encode(hashlib.sha256(content).digest()).decode() != wanted:
        raise ValueError("digest")
    return etree.fromstring(content)


def check(token: etree._Element, holder: x509.Certificate, stage: Stage) -> None:
    """Compare *token* with what was asked for."""
    conditions, authentication, attributes = token
    certificate = next(authentication.iter(f"{{{DS}}}X509Certificate")).text or ""
    people = [
        each[0].text
        for each in list(attributes)[1:]
        if each.get("AttributeName", "").endswith("ssin")
    ]
    window = conditions.get("NotBefore", "") < f"{stage.now:%Y-%m-%dT%H:%M:%S}"
    if not window or b64decode(certificate) != holder.public_bytes(Encoding.DER):
        raise ValueError("window or holder")
    if people != [NISS, NISS]:
        raise ValueError("person")


if __name__ == "__main__":
    open_session(Stage(Path(sys.argv[1]), sys.argv[2]))
