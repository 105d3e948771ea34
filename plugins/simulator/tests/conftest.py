"""A client of the simulated platform made without the kit's signing code: signxml signs here."""

from __future__ import annotations

import os
import ssl
import uuid
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hilum_ehealth.testing.authority import CitizenCard, Issued
from hilum_simulator.clock import MovableClock
from hilum_simulator.simulator import Simulator
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.signer import SignatureReference, XMLSigner

ALICE = "85073003328"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
NAMESPACES = {
    "soap": "http://schemas.xmlsoap.org/soap/envelope/",
    "wsse": f"{WSS}wssecurity-secext-1.0.xsd",
    "wsu": f"{WSS}wssecurity-utility-1.0.xsd",
    "wst": WST,
    "auth": "http://docs.oasis-open.org/wsfed/authorization/200706",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "s": "urn:oasis:names:tc:SAML:1.0:assertion",
    "b": "urn:be:fgov:ehealth:ehbox:consultation:protocol:v3",
    "soa": "urn:be:fgov:ehealth:errors:soa:v1",
}
X509 = f"{WSS}x509-token-profile-1.0#X509v3"
ACTION = "urn:be:fgov:ehealth:sts:protocol:v1"
P = "urn:be:fgov:person:ssin"
PE = f"{P}:ehealth:1.0"
HOLDER = "urn:be:fgov:ehealth:1.0:certificateholder:person:ssin"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def root(self) -> etree._Element:
        return etree.fromstring(self.body)

    def find(self, path: str) -> etree._Element | None:
        return self.root.find(path, NAMESPACES)

    def text(self, path: str) -> str | None:
        return self.root.findtext(path, namespaces=NAMESPACES)

    @property
    def fault(self) -> str | None:
        """The code that counts: that of the detail, else the faultcode."""
        return self.text(".//detail/*/Code") or self.text(".//soap:Fault/faultcode")

    @property
    def challenge(self) -> str | None:
        return self.text(".//wst:SignChallenge/wst:Challenge")

    @property
    def assertion(self) -> etree._Element | None:
        return self.find(".//wst:RequestedSecurityToken/s:Assertion")

    @property
    def attributes(self) -> dict[str, str]:
        found = self.root.iterfind(".//s:Attribute", NAMESPACES)
        return {
            str(each.get("AttributeName")): str(
                each.findtext("s:AttributeValue", namespaces=NAMESPACES)
            )
            for each in found
        }


@dataclass(frozen=True)
class Rst:
    """A request for a token; change what a test is about."""

    created: datetime
    holder: Issued | None
    context: str = field(default_factory=lambda: f"urn:uuid:{uuid.uuid4()}")
    niss: str = ALICE
    holder_niss: str = ALICE
    hours: float = 24
    claims: tuple[str, ...] = (
        f"{PE}:professional:physiotherapist:boolean",
        f"{PE}:nihii:physiotherapist:nihii11",
        f"{PE}:givenname",
        f"{PE}:surname",
    )
    asserted: tuple[tuple[str, str], ...] = ()
    key_type: str = "http://docs.oasis-open.org/ws-sx/wstrust/200512/PublicKey"
    time_format: str = "%Y-%m-%dT%H:%M:%S.000Z"

    def xml(self) -> str:
        expires = self.created + timedelta(hours=self.hours)
        values = ((HOLDER, self.holder_niss), (P, self.niss), *self.asserted)
        claims = "".join(
            f'<auth:ClaimType Uri="{uri}"><auth:Value>{value}</auth:Value></auth:ClaimType>'
            for uri, value in values
        ) + "".join(f'<auth:ClaimType Uri="{uri}"/>' for uri in self.claims)
        use_key = (
            "<wst:UseKey><wsse:SecurityTokenReference><ds:X509Data><ds:X509Certificate>"
            f"{base64_of(self.holder)}"
            "</ds:X509Certificate></ds:X509Data></wsse:SecurityTokenReference></wst:UseKey>"
            if self.holder
            else ""
        )
        return (
            f'<wst:RequestSecurityToken Context="{self.context}"><wst:TokenType>'
            "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1"
            f"</wst:TokenType><wst:RequestType>{WST}/Issue</wst:RequestType>"
            '<wst:Claims Dialect="http://docs.oasis-open.org/wsfed/authorization/200706/authclaims">'
            f"{claims}</wst:Claims><wst:Lifetime>"
            f"<wsu:Created>{self.created.strftime(self.time_format)}</wsu:Created>"
            f"<wsu:Expires>{expires.strftime(self.time_format)}</wsu:Expires></wst:Lifetime>"
            f"<wst:KeyType>{self.key_type}</wst:KeyType>{use_key}</wst:RequestSecurityToken>"
        )


@dataclass
class RawClient:
    """Builds, signs and posts messages; each step can be spoilt by a test."""

    simulator: Simulator
    clock: MovableClock
    timeout: float = 5

    def post(
        self,
        body: bytes,
        action: str = f"{ACTION}:RequestSecurityToken",
        path: str = "/IAM/SecurityTokenService/v1",
        **headers: str,
    ) -> Reply:
        trusted = ssl.create_default_context(
            cafile=str(next((self.simulator.trust_folder / "tls").iterdir()))
        )
        port = int(self.simulator.url.rpartition(":")[2])
        connection = HTTPSConnection("127.0.0.1", port, context=trusted, timeout=self.timeout)
        try:
            connection.request(
                "POST",
                path,
                body,
                {"Content-Type": "text/xml", "SOAPAction": f'"{action}"', **headers},
            )
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def envelope(
        self,
        payload: str,
        token: str,
        *,
        created: datetime | None = None,
        life: timedelta = timedelta(minutes=1),
    ) -> etree._Element:
        start = created or self.clock.now()
        declared = " ".join(f'xmlns:{k}="{v}"' for k, v in NAMESPACES.items() if k != "s")
        return etree.fromstring(
            f'<soap:Envelope {declared}><soap:Header><wsse:Security soap:mustUnderstand="1">'
            f'<wsu:Timestamp wsu:Id="TS-{uuid.uuid4()}"><wsu:Created>{stamp(start)}</wsu:Created>'
            f"<wsu:Expires>{stamp(start + life)}</wsu:Expires></wsu:Timestamp>{token}"
            f'</wsse:Security></soap:Header><soap:Body wsu:Id="id-{uuid.uuid4()}">{payload}'
            "</soap:Body></soap:Envelope>"
        )

    def profile_a(
        self, payload: str, signer: Issued, *, prefixes: list[str] | None = None, **times: Any
    ) -> etree._Element:
        identifier = f"X509-{uuid.uuid4()}"
        token = (
            f'<wsse:BinarySecurityToken wsu:Id="{identifier}" ValueType="{X509}" EncodingType='
            f'"{WSS}soap-message-security-1.0#Base64Binary">{base64_of(signer)}'
            "</wsse:BinarySecurityToken>"
        )
        envelope = self.envelope(payload, token, **times)
        reference = f'<wsse:Reference URI="#{identifier}" ValueType="{X509}"/>'
        sign(envelope, reference, signer, prefixes=prefixes)
        return envelope

    def profile_b(
        self, payload: str, assertion: etree._Element, signer: Issued, **times: Any
    ) -> etree._Element:
        envelope = self.envelope(payload, "", **times)
        security = envelope.find(".//wsse:Security", NAMESPACES)
        assert security is not None
        reference = (
            f'<wsse:KeyIdentifier ValueType="{SAML_PROFILE}1.0#SAMLAssertionID">'
            f"{assertion.get('AssertionID')}</wsse:KeyIdentifier>"
        )
        sign(envelope, reference, signer, parts=("Timestamp", "Body"), token_type="1.1#SAMLV1.1")
        security.insert(1, etree.fromstring(etree.tostring(assertion)))
        return envelope

    def ask(self, rst: Rst, signer: Issued, **options: Any) -> Reply:
        return self.post(etree.tostring(self.profile_a(rst.xml(), signer, **options)))

    def answer(self, text: str | None, context: str, signer: Issued) -> Reply:
        payload = (
            f'<wst:RequestSecurityTokenResponse Context="{context}"><wst:SignChallengeResponse>'
            f"<wst:Challenge>{text}</wst:Challenge></wst:SignChallengeResponse>"
            "</wst:RequestSecurityTokenResponse>"
        )
        message = etree.tostring(self.profile_a(payload, signer))
        return self.post(message, f"{ACTION}:Challenge")

    def token(self, holder: Issued, **changes: Any) -> Reply:
        """Open a session with the holder's key alone."""
        rst = replace(Rst(created=self.clock.now(), holder=holder), **changes)
        return self.ask(rst, holder)

    def renew(self, assertion: etree._Element, signer: Issued, context: str = "c") -> Reply:
        payload = (
            f'<wst:RequestSecurityToken Context="{context}">'
            f"<wst:RequestType>{WST}/Renew</wst:RequestType><wst:RenewTarget>"
            '<wsse:SecurityTokenReference><wsse:Embedded wsu:Id="token-1"/>'
            "</wsse:SecurityTokenReference></wst:RenewTarget></wst:RequestSecurityToken>"
        ).replace(
            '<wsse:Embedded wsu:Id="token-1"/>',
            f'<wsse:Embedded wsu:Id="token-1">{etree.tostring(assertion).decode()}</wsse:Embedded>',
        )
        return self.post(etree.tostring(self.profile_a(payload, signer)))

    def messages(self, assertion: etree._Element, signer: Issued, content: str) -> Reply:
        payload = f"<b:GetMessagesListRequest>{content}</b:GetMessagesListRequest>"
        message = etree.tostring(self.profile_b(payload, assertion, signer))
        return self.post(message, f"{NAMESPACES['b']}:getMessagesList", "/ehBoxConsultation/v3")

    def box_info(self, assertion: etree._Element, signer: Issued, content: str = "") -> Reply:
        payload = f"<b:GetBoxInfoRequest>{content}</b:GetBoxInfoRequest>"
        message = etree.tostring(self.profile_b(payload, assertion, signer))
        return self.post(message, f"{NAMESPACES['b']}:getBoxInfo", "/ehBoxConsultation/v3")


SAML_PROFILE = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-"


def sign(
    envelope: etree._Element,
    reference: str,
    signer: Issued,
    *,
    parts: tuple[str, ...] = ("Body", "Timestamp", "BinarySecurityToken"),
    token_type: str = "",
    prefixes: list[str] | None = None,
) -> None:
    """Append a signature over *parts* to the Security header."""
    token_type = (
        'xmlns:wsse11="http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd" '
        f'wsse11:TokenType="{SAML_PROFILE}{token_type}"'
        if token_type
        else ""
    )
    key_info = etree.fromstring(
        f'<ds:KeyInfo xmlns:ds="{NAMESPACES["ds"]}" xmlns:wsse="{NAMESPACES["wsse"]}">'
        f"<wsse:SecurityTokenReference {token_type}>{reference}</wsse:SecurityTokenReference>"
        "</ds:KeyInfo>"
    )
    key = signer.private_key
    xml_signer = XMLSigner(
        method=SignatureConstructionMethod.detached,
        signature_algorithm=SignatureMethod.RSA_SHA256
        if isinstance(key, rsa.RSAPrivateKey)
        else SignatureMethod.ECDSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    security = envelope.find(".//wsse:Security", NAMESPACES)
    assert security is not None
    signature = xml_signer.sign(
        envelope,
        key=key,
        key_info=key_info,
        reference_uri=[
            SignatureReference(
                URI=f"#{identifier(envelope, part)}",
                c14n_method=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
                inclusive_ns_prefixes=prefixes,
            )
            for part in parts
        ],
    )
    security.append(signature)
    if prefixes:
        _sign_again_in_place(signature, prefixes, key)


def _sign_again_in_place(signature: etree._Element, prefixes: list[str], key: Any) -> None:
    """Put a PrefixList on SignedInfo too and sign it where it stands, as WSS4J does."""
    exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
    method = signature.find(".//ds:CanonicalizationMethod", NAMESPACES)
    info = signature.find("ds:SignedInfo", NAMESPACES)
    value = signature.find("ds:SignatureValue", NAMESPACES)
    assert method is not None
    assert info is not None
    assert value is not None
    etree.SubElement(
        method,
        f"{{{exclusive}}}InclusiveNamespaces",
        PrefixList=" ".join(prefixes),
        nsmap={"ec": exclusive},
    )
    data = etree.tostring(info, method="c14n", exclusive=True, inclusive_ns_prefixes=prefixes)
    value.text = b64encode(key.sign(data, PKCS1v15(), SHA256())).decode()


def identifier(envelope: etree._Element, part: str) -> str:
    found = next(envelope.iter(f"{{*}}{part}"))
    return str(found.get(f"{{{NAMESPACES['wsu']}}}Id"))


def base64_of(issued: Issued) -> str:
    return b64encode(issued.certificate.public_bytes(Encoding.DER)).decode()


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@pytest.fixture
def client(hilum_simulator: Simulator, hilum_simulator_clock: MovableClock) -> RawClient:
    return RawClient(hilum_simulator, hilum_simulator_clock)


@pytest.fixture
def rst(hilum_simulator_clock: MovableClock, alice: Issued) -> Rst:
    """A good request for a session of Alice's."""
    return Rst(created=hilum_simulator_clock.now(), holder=alice)


_issued: dict[str, Any] = {}
"""Keys made once for all tests of the one simulator, because RSA keys take a while."""


def _once(name: str, make: Callable[[], Any]) -> Any:
    if name not in _issued:
        _issued[name] = make()
    return _issued[name]


@pytest.fixture
def alice(hilum_simulator: Simulator) -> Issued:
    """Alice's eHealth certificate, RSA."""
    pki = hilum_simulator.pki
    return _once("alice", lambda: pki.ehealth_certificate(niss=ALICE, name="ALICE EXAMPLE"))


@pytest.fixture
def alice_card(hilum_simulator: Simulator) -> CitizenCard:
    """Alice's identity card, P-384."""
    pki = hilum_simulator.pki
    return _once(
        "card",
        lambda: pki.citizen(niss=ALICE, given_names=("Alice",), surname="Example", key_type="ec"),
    )


@pytest.fixture
def contracts() -> Path:
    """The folder with the official schemas."""
    folder = os.environ.get("HILUM_CONTRACTS")
    if not folder:
        pytest.skip("HILUM_CONTRACTS names no folder with the official schemas")
    return Path(folder)
