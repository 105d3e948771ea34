"""Attacked session tokens: every one is refused, and the good ones beside them are accepted.

Most show a token that the platform really signed for Bob, dressed up so that a careless reader
takes it for Alice's. Those of the last group are well signed and say the wrong thing.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hilum_ehealth.assertion import check_assertion
from hilum_ehealth.environments import Environment
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.assertions import PHYSIOTHERAPIST, SSIN, AssertionForm, signed_by
from hilum_ehealth.testing.authority import Issued, Pki
from lxml import etree

ALICE, BOB = "85073003328", "79051103172"
BOB_ATTRIBUTES = {name: BOB if value == ALICE else value for name, value in PHYSIOTHERAPIST.items()}
BOMB_LINES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))

DS = "http://www.w3.org/2000/09/xmldsig#"
SAML = "urn:oasis:names:tc:SAML:1.0:assertion"
C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
RSA, ECDSA = f"{MORE}rsa-sha256", f"{MORE}ecdsa-sha256"
SHA1, SHA256 = f"{DS}sha1", "http://www.w3.org/2001/04/xmlenc#sha256"
HOLDER_SSIN = "urn:be:fgov:ehealth:1.0:certificateholder:person:ssin"
GOOD_TRANSFORMS = f'<ds:Transform Algorithm="{ENVELOPED}"/><ds:Transform Algorithm="{C14N}"/>'

Sign = Callable[[bytes], bytes]


def c14n(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True)


def der(certificate: x509.Certificate) -> str:
    return b64encode(certificate.public_bytes(Encoding.DER)).decode()


def rsa_signer(key: object, algorithm: hashes.HashAlgorithm | None = None) -> Sign:
    assert isinstance(key, rsa.RSAPrivateKey)
    return lambda data: key.sign(data, padding.PKCS1v15(), algorithm or hashes.SHA256())


def ec_signer(key: object, *, raw: bool = True) -> Sign:
    assert isinstance(key, ec.EllipticCurvePrivateKey)

    def sign(data: bytes) -> bytes:
        signature = key.sign(data, ec.ECDSA(hashes.SHA256()))
        if not raw:
            return signature
        return b"".join(number.to_bytes(48, "big") for number in decode_dss_signature(signature))

    return sign


@dataclass(frozen=True, kw_only=True)
class Forge:
    """A signer by hand in which each part of a signature can be replaced."""

    sign: Sign
    key_info: str
    method: str = RSA
    canonicalization: str = f'<ds:CanonicalizationMethod Algorithm="{C14N}"/>'
    transforms: str = GOOD_TRANSFORMS
    digest_method: str = SHA256
    digest: Callable[[bytes], bytes] = lambda data: hashlib.sha256(data).digest()
    uri: str | None = None
    method_content: str = ""
    info_attributes: str = ""
    reference_attributes: str = ""
    after: str = ""
    """What follows KeyInfo in the signature."""

    def reference(self, root: etree._Element) -> str:
        uri = f"#{root.get('AssertionID')}" if self.uri is None else self.uri
        transforms = f"<ds:Transforms>{self.transforms}</ds:Transforms>" if self.transforms else ""
        value = b64encode(self.digest(c14n(root))).decode()
        return (
            f'<ds:Reference URI="{uri}"{self.reference_attributes}>{transforms}'
            f'<ds:DigestMethod Algorithm="{self.digest_method}"/>'
            f"<ds:DigestValue>{value}</ds:DigestValue></ds:Reference>"
        )

    def signature(self, root: etree._Element, references: str | None = None) -> etree._Element:
        info = (
            f'<ds:SignedInfo xmlns:ds="{DS}"{self.info_attributes}>{self.canonicalization}'
            f'<ds:SignatureMethod Algorithm="{self.method}">{self.method_content}'
            f"</ds:SignatureMethod>"
            f"{self.reference(root) if references is None else references}</ds:SignedInfo>"
        )
        value = b64encode(self.sign(c14n(etree.fromstring(info)))).decode()
        return etree.fromstring(
            f'<ds:Signature xmlns:ds="{DS}">{info}<ds:SignatureValue>{value}</ds:SignatureValue>'
            f"<ds:KeyInfo>{self.key_info}</ds:KeyInfo>{self.after}</ds:Signature>"
        )

    def token(self, unsigned: bytes) -> bytes:
        root = etree.fromstring(unsigned)
        root.append(self.signature(root))
        return etree.tostring(root)


def x509_data(*certificates: x509.Certificate) -> str:
    inside = "".join(
        f"<ds:X509Certificate>{der(each)}</ds:X509Certificate>" for each in certificates
    )
    return f"<ds:X509Data>{inside}</ds:X509Data>"


class Scene:
    """The people, their good tokens and the tools of an attacker."""

    def __init__(self, pki: Pki, ec_pki: Pki, alice: Issued) -> None:
        self.pki, self.ec_pki, self.alice, self.now = pki, ec_pki, alice, pki.now
        self.bob = pki.ehealth_certificate(niss=BOB, name="BOB EXAMPLE")
        self.form = AssertionForm(holder=alice.certificate, issued_at=pki.now)
        self.bob_form = AssertionForm(
            holder=self.bob.certificate, issued_at=pki.now, attributes=BOB_ATTRIBUTES
        )
        self.forge = Forge(
            sign=rsa_signer(pki.iam_signer.private_key),
            key_info=x509_data(pki.iam_signer.certificate),
        )
        self.text = self.form.unsigned().decode()
        self.good = self.forge.token(self.form.unsigned())
        self.bobs = self.forge.token(self.bob_form.unsigned())

    def by(self, signer: Issued) -> bytes:
        """Alice's token, signed by another good or bad certificate."""
        if isinstance(signer.private_key, ec.EllipticCurvePrivateKey):
            forge = replace(self.forge, sign=ec_signer(signer.private_key), method=ECDSA)
        else:
            forge = replace(self.forge, sign=rsa_signer(signer.private_key))
        return replace(forge, key_info=x509_data(signer.certificate)).token(self.form.unsigned())

    def says(self, *changes: tuple[str, str]) -> bytes:
        """A token of the platform's own that says something else."""
        text = self.text
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return self.forge.token(text.encode())

    def formed(self, **changes: object) -> bytes:
        return self.forge.token(replace(self.form, **changes).unsigned())  # type: ignore[arg-type]

    def attributes(self, **changes: str | None) -> bytes:
        """A token with other attributes, named by the last words of their names."""
        found = dict(PHYSIOTHERAPIST)
        for suffix, value in changes.items():
            (name,) = [each for each in found if each.endswith(suffix)]
            if value is None:
                del found[name]
            else:
                found[name] = value
        return self.formed(attributes=found)


@pytest.fixture(scope="module")
def scene(pki: Pki, ec_pki: Pki, alice: Issued) -> Scene:
    return Scene(pki, ec_pki, alice)


Attack = Callable[[Scene], bytes]
ATTACKS: dict[str, Attack] = {}


def attack(function: Attack) -> Attack:
    ATTACKS[function.__name__.replace("_", "-")] = function
    return function


def attacks(prefix: str, found: dict[str, Attack]) -> None:
    ATTACKS.update({f"{prefix}-{name}": each for name, each in found.items()})


# Signature wrapping: a signed token of Bob's beside, above or below what says Alice.


def wrapped(scene: Scene, *, inner: str, signature: str, same_id: bool = False) -> bytes:
    """Alice's unsigned words as the root, Bob's signed ones somewhere inside."""
    bobs = etree.fromstring(scene.bobs)
    root = etree.fromstring(scene.form.unsigned())
    if same_id:
        root.set("AssertionID", str(bobs.get("AssertionID")))
    seal = bobs[-1]
    if signature != "stays":
        bobs.remove(seal)
    holder: etree._Element = root
    if inner == "object":
        seal.append(etree.fromstring(f'<ds:Object xmlns:ds="{DS}"/>'))
        holder = seal[-1]
    elif inner == "advice":
        holder = etree.SubElement(root, f"{{{SAML}}}Advice")
    elif inner == "value":
        holder = root[-1][-1][-1]
    if inner == "first":
        root.insert(0, bobs)
    else:
        holder.append(bobs)
    if signature == "root":
        root.append(seal)
    elif signature == "root-first":
        root.insert(0, seal)
    return etree.tostring(root)


attacks(
    "xsw",
    {
        "1-signed-inside-object": lambda s: wrapped(s, inner="object", signature="root"),
        "2-signed-before": lambda s: wrapped(s, inner="first", signature="stays"),
        "3-signed-after": lambda s: wrapped(s, inner="last", signature="stays"),
        "4-signed-before-detached": lambda s: wrapped(s, inner="first", signature="root"),
        "5-signed-after-detached": lambda s: wrapped(s, inner="last", signature="root"),
        "6-signature-first": lambda s: wrapped(s, inner="last", signature="root-first"),
        "7-in-advice": lambda s: wrapped(s, inner="advice", signature="root"),
        "8-in-advice-whole": lambda s: wrapped(s, inner="advice", signature="stays"),
        "9-in-a-value": lambda s: wrapped(s, inner="value", signature="root"),
        "10-same-id-object": lambda s: wrapped(s, inner="object", signature="root", same_id=True),
        "11-same-id-before": lambda s: wrapped(s, inner="first", signature="root", same_id=True),
        "12-same-id-after": lambda s: wrapped(s, inner="last", signature="root", same_id=True),
    },
)


@attack
def xsw_13_wrapped_in_another_root(scene: Scene) -> bytes:
    return b"<Wrapper>" + scene.form.unsigned() + scene.good + b"</Wrapper>"


@attack
def signature_moved_to_other_words(scene: Scene) -> bytes:
    root = etree.fromstring(scene.form.unsigned())
    root.append(etree.fromstring(scene.bobs)[-1])
    return etree.tostring(root)


@attack
def signature_moved_with_its_identifier(scene: Scene) -> bytes:
    bobs = etree.fromstring(scene.bobs)
    root = etree.fromstring(scene.form.unsigned())
    root.set("AssertionID", str(bobs.get("AssertionID")))
    root.append(bobs[-1])
    return etree.tostring(root)


def changed(scene: Scene, change: Callable[[etree._Element], None]) -> bytes:
    """A good token of Alice's to which something was done afterwards."""
    root = etree.fromstring(scene.good)
    change(root)
    return etree.tostring(root)


def seal_of(root: etree._Element, path: str) -> etree._Element:
    found = root[-1].find(path, {"ds": DS})
    assert found is not None
    return found


def set_text(path: str, text: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        seal_of(root, path).text = text

    return change


def flip(path: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        element = seal_of(root, path)
        data = bytearray(b64decode(element.text or ""))
        data[5] ^= 1
        element.text = b64encode(data).decode()

    return change


def shorten(path: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        element = seal_of(root, path)
        element.text = b64encode(b64decode(element.text or "")[:-1]).decode()

    return change


def insert(parent: str, position: int, xml: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        where = root if parent == "." else seal_of(root, parent) if parent else root[-1]
        where.insert(position, etree.fromstring(xml))

    return change


def drop(path: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        element = seal_of(root, path)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return change


def on_root(name: str, value: str) -> Callable[[etree._Element], None]:
    return lambda root: root.set(name, value)


def second_signed_info(root: etree._Element) -> None:
    """Real SignedInfo for whoever verifies, another for whoever reads the digest."""
    fake = etree.fromstring(etree.tostring(seal_of(root, "ds:SignedInfo")))
    root[-1].insert(0, fake)


def same_identifier_on_signature(root: etree._Element) -> None:
    root[-1].set("Id", str(root.get("AssertionID")))


def second_signature(root: etree._Element) -> None:
    root.append(etree.fromstring(etree.tostring(root[-1])))


def signature_first(root: etree._Element) -> None:
    root.insert(0, root[-1])


def no_signature(root: etree._Element) -> None:
    root.remove(root[-1])


def other_person(root: etree._Element) -> None:
    root[2][1][0].text = BOB


def extra_attribute(root: etree._Element) -> None:
    root[2].append(etree.fromstring(etree.tostring(root[2][-1])))


def nested_text(root: etree._Element) -> None:
    value = seal_of(root, "ds:SignedInfo/ds:Reference/ds:DigestValue")
    child = etree.SubElement(value, "x")
    child.tail, value.text = value.text, ""


SIGNED_INFO, REFERENCE = "ds:SignedInfo", "ds:SignedInfo/ds:Reference"
DIGEST, VALUE = f"{REFERENCE}/ds:DigestValue", "ds:SignatureValue"
CERTIFICATE = "ds:KeyInfo/ds:X509Data/ds:X509Certificate"
OBJECT = f'<ds:Object xmlns:ds="{DS}"><x/></ds:Object>'
EMPTY_DS = f'<ds:%s xmlns:ds="{DS}"/>'

CHANGES: dict[str, Callable[[etree._Element], None]] = {
    "no-signature": no_signature,
    "two-signatures": second_signature,
    "signature-first": signature_first,
    "second-signedinfo-fake-first": second_signed_info,
    "signature-has-the-token's-identifier": same_identifier_on_signature,
    "other-person": other_person,
    "attribute-twice": extra_attribute,
    "digest-flipped": flip(DIGEST),
    "digest-shortened": shorten(DIGEST),
    "digest-empty": set_text(DIGEST, ""),
    "digest-not-base64": set_text(DIGEST, "%%%"),
    "digest-behind-an-element": nested_text,
    "value-flipped": flip(VALUE),
    "value-shortened": shorten(VALUE),
    "value-empty": set_text(VALUE, ""),
    "value-missing": drop(VALUE),
    "key-info-missing": drop("ds:KeyInfo"),
    "certificate-missing": drop(CERTIFICATE),
    "certificate-garbage": set_text(CERTIFICATE, "AAAA"),
    "object-in-signature": insert("", 3, OBJECT),
    "second-x509-data": insert("ds:KeyInfo", 1, EMPTY_DS % "X509Data"),
    "key-value-first": insert("ds:KeyInfo", 0, EMPTY_DS % "KeyValue"),
    "retrieval-method": insert(
        "ds:KeyInfo", 0, f'<ds:RetrievalMethod xmlns:ds="{DS}" URI="http://127.0.0.1:9/"/>'
    ),
    "second-reference": insert(SIGNED_INFO, 2, EMPTY_DS % "Reference"),
    "reference-missing": drop(REFERENCE),
    "conditions-twice": insert(".", 0, f'<Conditions xmlns="{SAML}"/>'),
    "xml-id": on_root("{http://www.w3.org/XML/1998/namespace}id", "x"),
    "foreign-id": on_root("{urn:x}Id", "x"),
    "plain-id": on_root("ID", "x"),
    "unknown-attribute": on_root("Recipient", "x"),
    "issue-instant": on_root("IssueInstant", "2026-11-23T11:00:00.000Z"),
}
attacks("changed", {name: lambda s, c=each: changed(s, c) for name, each in CHANGES.items()})


# Forged signatures: the attacker signs, with every part his own choice.


def forged(**parts: object) -> Attack:
    return lambda s: replace(s.forge, **parts).token(s.form.unsigned())  # type: ignore[arg-type]


def transform(*algorithms: str, content: str = "") -> str:
    return "".join(f'<ds:Transform Algorithm="{a}">{content}</ds:Transform>' for a in algorithms)


XPATH = "<ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath>"
XSLT = (
    '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0">'
    '<xsl:template match="/"><x/></xsl:template></xsl:stylesheet>'
)
KEEP = f'<ec:InclusiveNamespaces xmlns:ec="{C14N}" PrefixList="wst"><x/></ec:InclusiveNamespaces>'
OLD_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

attacks(
    "transform",
    {
        "none": forged(transforms=""),
        "enveloped-only": forged(transforms=transform(ENVELOPED)),
        "c14n-only": forged(transforms=transform(C14N)),
        "swapped": forged(transforms=transform(C14N, ENVELOPED)),
        "third": forged(transforms=transform(ENVELOPED, C14N, C14N)),
        "inclusive-c14n": forged(transforms=transform(ENVELOPED, OLD_C14N)),
        "with-comments": forged(transforms=transform(ENVELOPED, f"{C14N}WithComments")),
        "xpath": forged(
            transforms=transform(ENVELOPED, C14N)
            + transform("http://www.w3.org/TR/1999/REC-xpath-19991116", content=XPATH)
        ),
        "xslt": forged(
            transforms=transform(ENVELOPED)
            + transform("http://www.w3.org/TR/1999/REC-xslt-19991116", content=XSLT)
        ),
        "base64": forged(transforms=transform(ENVELOPED, f"{DS}base64")),
        "unknown": forged(transforms=transform(ENVELOPED, "urn:x")),
        "content-in-enveloped": forged(
            transforms=transform(ENVELOPED, content="<x/>") + transform(C14N)
        ),
        "content-in-c14n": forged(
            transforms=transform(ENVELOPED) + transform(C14N, content="<x/>")
        ),
        "content-in-prefixes": forged(
            transforms=transform(ENVELOPED) + transform(C14N, content=KEEP)
        ),
        "old-canonicalization": forged(
            canonicalization=f'<ds:CanonicalizationMethod Algorithm="{OLD_C14N}"/>'
        ),
    },
)
attacks(
    "reference",
    {
        "whole-document": forged(uri=""),
        "other": forged(uri="#other"),
        "external": forged(uri="http://127.0.0.1:9/token"),
        "file": forged(uri="file:///etc/passwd"),
        "xpointer-root": forged(uri="#xpointer(/)"),
        "without-hash": lambda s: forged(uri=s.form.identifier)(s),
        "with-type": forged(reference_attributes=f' Type="{DS}Object"'),
        "with-id": forged(reference_attributes=' Id="r"'),
        "signedinfo-with-id": forged(info_attributes=' Id="s"'),
    },
)


def hmac_with_public_key(encoding: Encoding, form: PublicFormat | None) -> Attack:
    """The oldest confusion: the signer's public certificate as a shared secret."""

    def make(scene: Scene) -> bytes:
        certificate = scene.pki.iam_signer.certificate
        secret = (
            certificate.public_key().public_bytes(encoding, form)
            if form
            else certificate.public_bytes(encoding)
        )
        return replace(
            scene.forge,
            method=f"{MORE}hmac-sha256",
            sign=lambda data: hmac.digest(secret, data, "sha256"),
        ).token(scene.form.unsigned())

    return make


def by_rsa(algorithm: hashes.HashAlgorithm, name: str) -> Attack:
    return lambda s: replace(
        s.forge, method=name, sign=rsa_signer(s.pki.iam_signer.private_key, algorithm)
    ).token(s.form.unsigned())


def hmac_one_byte(scene: Scene) -> bytes:
    return replace(
        scene.forge,
        method=f"{DS}hmac-sha1",
        method_content="<ds:HMACOutputLength>8</ds:HMACOutputLength>",
        sign=lambda data: b"\0",
    ).token(scene.form.unsigned())


def by_pss(scene: Scene) -> bytes:
    key = scene.pki.iam_signer.private_key
    assert isinstance(key, rsa.RSAPrivateKey)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    return replace(
        scene.forge,
        method="http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        sign=lambda data: key.sign(data, pss, hashes.SHA256()),
    ).token(scene.form.unsigned())


attacks(
    "algorithm",
    {
        "hmac-certificate-pem": hmac_with_public_key(Encoding.PEM, None),
        "hmac-certificate-der": hmac_with_public_key(Encoding.DER, None),
        "hmac-public-key-pem": hmac_with_public_key(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        ),
        "hmac-truncated": hmac_one_byte,
        "rsa-sha1": by_rsa(hashes.SHA1(), f"{DS}rsa-sha1"),
        "rsa-sha1-named-sha256": by_rsa(hashes.SHA1(), RSA),
        "rsa-sha512": by_rsa(hashes.SHA512(), f"{MORE}rsa-sha512"),
        "rsa-pss": by_pss,
        "sha1-digest": forged(digest_method=SHA1, digest=lambda d: hashlib.sha1(d).digest()),
        "sha1-digest-named-sha256": forged(digest=lambda d: hashlib.sha1(d).digest()),
        "ecdsa-named-for-rsa": forged(method=ECDSA),
        "none": forged(method="none", sign=lambda data: b""),
        "empty": forged(method="", sign=lambda data: b""),
        "parameters": forged(method_content="<ds:HMACOutputLength>8</ds:HMACOutputLength>"),
    },
)


# Signers: good signatures by somebody who may not sign.


def self_signed(scene: Scene, subject: x509.Name) -> bytes:
    from hilum_ehealth.testing.issuing import Authority

    own = Authority.root(subject, scene.now, "rsa")
    return scene.by(Issued(private_key=own.private_key, certificate=own.certificate))


def certified(scene: Scene, **parts: object) -> bytes:
    found: dict[str, object] = {
        "kind": "CBE",
        "identifier": "0809394427",
        "name": "EHEALTH-PLATFORM",
        "application_id": "IAMSIM",
    }
    return scene.by(scene.pki.organisation_certificate(**{**found, **parts}))  # type: ignore[arg-type]


def attacker_first(scene: Scene) -> bytes:
    """The true signer's certificate is there too, but not as the one whose key verifies."""
    return replace(
        scene.forge,
        sign=rsa_signer(scene.bob.private_key),
        key_info=x509_data(scene.bob.certificate, scene.pki.iam_signer.certificate),
    ).token(scene.form.unsigned())


def card(scene: Scene) -> bytes:
    bob = scene.pki.citizen(niss=BOB, given_names=("Bob",), surname="Example")
    return scene.by(bob.authentication)


DAY = timedelta(days=1)
attacks(
    "signer",
    {
        "other-provider": lambda s: s.by(s.bob),
        "the-holder": lambda s: s.by(s.alice),
        "self-signed-same-name": lambda s: self_signed(s, s.pki.iam_signer.certificate.subject),
        "other-authority": lambda s: s.by(s.ec_pki.iam_signer),
        "the-issuing-ca": lambda s: s.by(
            Issued(
                private_key=s.pki.ehealth_ca.private_key, certificate=s.pki.ehealth_ca.certificate
            )
        ),
        "expired": lambda s: certified(s, not_before=s.now - 30 * DAY, not_after=s.now - DAY),
        "not-yet-valid": lambda s: certified(s, not_before=s.now + DAY),
        "platform-without-application": lambda s: certified(s, application_id=None),
        "platform-other-application": lambda s: certified(s, application_id="MYCARENET"),
        "other-enterprise": lambda s: certified(s, identifier="0400000068"),
        "other-kind": lambda s: certified(s, kind="EHP"),
        "citizen": card,
        "key-not-of-certificate": lambda s: replace(
            s.forge, sign=rsa_signer(s.bob.private_key)
        ).token(s.form.unsigned()),
        "attacker-first": attacker_first,
    },
)


# Documents: what must not even reach the signature.


def in_name(text: str) -> Attack:
    """Put markup into the NameIdentifier of a token that the platform signed without it."""
    return lambda s: s.good.replace(b"ALICE EXAMPLE", f"ALICE{text} EXAMPLE".encode())


def in_ssin(text: str) -> Attack:
    return lambda s: s.good.replace(f">{ALICE}<".encode(), f">{ALICE}{text}<".encode())


def with_prologue(prologue: str) -> Attack:
    return lambda s: prologue.encode() + s.good


DOCTYPE = "<!DOCTYPE Assertion [%s]>"
attacks(
    "document",
    {
        "comment-in-name": in_name("<!--x-->"),
        "instruction-in-name": in_name("<?x y?>"),
        "cdata-in-name": in_name("<![CDATA[]]>"),
        "entity-in-name": in_name("&x;"),
        "comment-in-ssin": in_ssin("<!---->9"),
        "instruction-in-ssin": in_ssin("<?x?>9"),
        "comment-before": with_prologue("<!-- x -->"),
        "instruction-before": with_prologue("<?xml-stylesheet href='x'?>"),
        "declaration": with_prologue('<?xml version="1.0"?>'),
        "comment-after": lambda s: s.good + b"<!-- x -->",
        "doctype": with_prologue("<!DOCTYPE Assertion>"),
        "external-dtd": with_prologue('<!DOCTYPE Assertion SYSTEM "http://127.0.0.1:9/x.dtd">'),
        "external-entity": lambda s: (
            (DOCTYPE % '<!ENTITY x SYSTEM "file:///etc/hostname">').encode() + in_name("&x;")(s)
        ),
        "billion-laughs": lambda s: (
            (DOCTYPE % ('<!ENTITY a0 "ha">' + BOMB_LINES)).encode() + in_name("&a9;")(s)
        ),
        "quadratic": lambda s: (
            (DOCTYPE % f'<!ENTITY x "{"x" * 50_000}">').encode() + in_name("&x;" * 1000)(s)
        ),
        "default-attribute": with_prologue(
            DOCTYPE % "<!ATTLIST Assertion AssertionID ID #IMPLIED>"
        ),
        "nul": lambda s: s.good.replace(b"ALICE", b"ALI\0CE"),
        "utf-16": lambda s: s.good.decode().encode("utf-16"),
        "utf-16-le": lambda s: s.good.decode().encode("utf-16-le"),
        "utf-8-with-mark": lambda s: b"\xef\xbb\xbf" + s.good,
        "not-utf-8": lambda s: s.good.replace(b"ALICE", b"ALIC\xc9"),
        "too-large": lambda s: s.good.replace(b"</Assertion>", b" " * 262_144 + b"</Assertion>"),
        "deep": lambda s: s.good.replace(
            b"</Assertion>", b"<a>" * 5000 + b"</a>" * 5000 + b"</Assertion>"
        ),
        "cut-off": lambda s: s.good[:-20],
        "two-roots": lambda s: s.good + s.good,
        "garbage-after": lambda s: s.good + b"x",
        "empty": lambda s: b"",
        "not-xml": lambda s: b"not XML at all",
        "other-root": lambda s: b"<x/>",
        "other-namespace": lambda s: s.good.replace(SAML.encode(), b"urn:x"),
    },
)


# Content: signed by the platform, and still not the token that was asked for.


def instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


STATEMENT, AUTHENTICATED = "AttributeStatement", "AuthenticationStatement"
HOK = "urn:oasis:names:tc:SAML:1.0:cm:holder-of-key"


def value(content: str) -> str:
    return f"<AttributeValue>{content}</AttributeValue>"


VALUE_OF_SSIN = value(ALICE)
SSIN_ATTRIBUTE = (
    f'<Attribute AttributeName="{SSIN}" AttributeNamespace='
    f'"urn:be:fgov:identification-namespace">{VALUE_OF_SSIN}</Attribute>'
)


def between(scene: Scene, start: str, end: str) -> str:
    """The text of Alice's token from *start* to the end of *end*."""
    first = scene.text.index(start)
    return scene.text[first : scene.text.index(end, first) + len(end)]


def without(start: str, end: str) -> Attack:
    return lambda s: s.says((between(s, start, end), ""))


def twice(start: str, end: str) -> Attack:
    return lambda s: s.says((between(s, start, end), 2 * between(s, start, end)))


def condition(xml: str) -> Attack:
    def make(scene: Scene) -> bytes:
        conditions = between(scene, "<Conditions", "/>")
        return scene.says((conditions, f"{conditions[:-2]}>{xml}</Conditions>"))

    return make


attacks(
    "content",
    {
        "expired": lambda s: s.formed(issued_at=s.now - timedelta(hours=25)),
        "ends-this-instant": lambda s: s.formed(
            issued_at=s.now - timedelta(hours=1), life=timedelta(hours=1)
        ),
        "begins-too-late": lambda s: s.formed(not_before=s.now + timedelta(seconds=61)),
        "ends-before-it-begins": lambda s: s.formed(
            not_before=s.now, life=timedelta(hours=-1), issued_at=s.now
        ),
        "lives-too-long": lambda s: s.formed(life=timedelta(days=30)),
        "no-conditions": without("<Conditions", "/>"),
        "no-end": lambda s: s.says((f' NotOnOrAfter="{instant(s.now + DAY)}"', "")),
        "no-zone": lambda s: s.says((instant(s.now + DAY), instant(s.now + DAY)[:-1])),
        "impossible-time": lambda s: s.says((instant(s.now + DAY), "2026-13-40T25:61:61Z")),
        "audience": condition(
            "<AudienceRestrictionCondition><Audience>urn:x</Audience>"
            "</AudienceRestrictionCondition>"
        ),
        "one-use": condition("<DoNotCacheCondition/>"),
        "bearer": lambda s: s.formed(confirmation="urn:oasis:names:tc:SAML:1.0:cm:bearer"),
        "sender-vouches": lambda s: s.formed(
            confirmation="urn:oasis:names:tc:SAML:1.0:cm:sender-vouches"
        ),
        "two-confirmations": twice("<ConfirmationMethod>", "</ConfirmationMethod>"),
        "no-confirmation": without("<SubjectConfirmation>", "</SubjectConfirmation>"),
        "other-holder": lambda s: s.formed(holder=s.bob.certificate),
        "no-holder-key": without('<ds:KeyInfo xmlns:ds="', "</ds:KeyInfo>"),
        "two-holders": twice("<ds:X509Certificate>", "</ds:X509Certificate>"),
        "holder-not-base64": lambda s: s.says((der(s.alice.certificate), "????")),
        "other-person": lambda s: s.formed(attributes=BOB_ATTRIBUTES),
        "empty-ssin": lambda s: s.says((VALUE_OF_SSIN, "<AttributeValue/>")),
        "ssin-with-spaces": lambda s: s.says((VALUE_OF_SSIN, value(f" {ALICE}"))),
        "two-ssin-values": lambda s: s.says(
            (SSIN_ATTRIBUTE, SSIN_ATTRIBUTE.replace(VALUE_OF_SSIN, 2 * VALUE_OF_SSIN))
        ),
        "ssin-twice": lambda s: s.says((SSIN_ATTRIBUTE, 2 * SSIN_ATTRIBUTE)),
        "no-ssin": lambda s: s.says((SSIN_ATTRIBUTE, "")),
        "ssin-only-certified": lambda s: s.says(
            ("urn:be:fgov:identification-namespace", "urn:be:fgov:certified-namespace:ehealth")
        ),
        "holder-is-another-person": lambda s: s.formed(
            attributes={**PHYSIOTHERAPIST, HOLDER_SSIN: BOB}
        ),
        "other-issuer": lambda s: s.formed(issuer="urn:be:fgov:ehealth:sts:2_0"),
        "no-issuer": lambda s: s.says((' Issuer="urn:be:fgov:ehealth:sts:1_0"', "")),
        "version-2": lambda s: s.says(('MajorVersion="1"', 'MajorVersion="2"')),
        "version-1-0": lambda s: s.says(('MinorVersion="1"', 'MinorVersion="0"')),
        "no-authentication": without(f"<{AUTHENTICATED}", f"</{AUTHENTICATED}>"),
        "no-attributes": without(f"<{STATEMENT}", f"</{STATEMENT}>"),
        "two-authentications": twice(f"<{AUTHENTICATED}", f"</{AUTHENTICATED}>"),
        "two-attribute-statements": twice(f"<{STATEMENT}", f"</{STATEMENT}>"),
        "advice": lambda s: s.says(("<Conditions", "<Advice/><Conditions")),
        "decision": lambda s: s.says(
            ("</Assertion>", "<AuthorizationDecisionStatement/></Assertion>")
        ),
        "statement-without-subject": lambda s: s.says(
            (between(s, f"<{STATEMENT}><Subject>", "</Subject>"), f"<{STATEMENT}>")
        ),
        "other-subject": lambda s: s.says(
            (
                between(s, f"<{STATEMENT}><Subject>", "</Subject>"),
                between(s, f"<{STATEMENT}><Subject>", "</Subject>").replace("ALICE", "BOB"),
            )
        ),
        "nameless": lambda s: s.says((between(s, 'CN="', "C=BE"), "")),
        "markup-in-a-value": lambda s: s.says((VALUE_OF_SSIN, value(f"{ALICE}<x/>"))),
        "attribute-without-value": lambda s: s.says((VALUE_OF_SSIN, "")),
        "not-recognised": lambda s: s.attributes(
            **{"professional:physiotherapist:boolean": "false"}
        ),
        "no-number": lambda s: s.attributes(**{"nihii11": None}),
        "empty-number": lambda s: s.attributes(**{"nihii11": ""}),
        "short-number": lambda s: s.attributes(**{"nihii11": "54123426"}),
        "number-of-another": lambda s: s.attributes(**{"nihii11": "19733263527"}),
        "identifier-with-spaces": lambda s: s.formed(identifier="_a b"),
    },
)


def check(data: bytes, scene: Scene, environment: Environment) -> object:
    return check_assertion(
        data,
        environment=environment,
        now=scene.now,
        niss=ALICE,
        holder=scene.alice.certificate,
        inami=("54123426",),
        profession="physiotherapist",
    )


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attacked_token_is_refused(name: str, scene: Scene, environment: Environment) -> None:
    data = ATTACKS[name](scene)
    with pytest.raises(EhealthError) as refused:
        check(data, scene, environment)
    assert refused.value.code.partition(".")[0] in ("assertion", "clock")


def test_there_are_enough_attacks() -> None:
    assert len(ATTACKS) >= 66


def test_the_good_tokens_beside_them_are_accepted(scene: Scene, environment: Environment) -> None:
    for data in (scene.good, signed_by(scene.form.unsigned(), scene.pki.iam_signer)):
        assert check(data, scene, environment)


def test_a_good_token_of_an_elliptic_curve_signer_is_accepted(
    ec_pki: Pki, ec_alice: Issued, environment: Environment, tmp_path: Path
) -> None:
    scene = EcScene(ec_pki, ec_alice)
    for data in (scene.forge.token(scene.unsigned), signed_by(scene.unsigned, ec_pki.iam_signer)):
        assert scene.check(data, environment, tmp_path)


@pytest.mark.parametrize("name", ["der", "short", "rsa-named-for-ec", "zero"])
def test_an_attack_on_an_elliptic_curve_signature_is_refused(
    name: str, ec_pki: Pki, ec_alice: Issued, environment: Environment, tmp_path: Path
) -> None:
    scene = EcScene(ec_pki, ec_alice)
    key = ec_pki.iam_signer.private_key
    forge = {
        "der": replace(scene.forge, sign=ec_signer(key, raw=False)),
        "short": replace(scene.forge, sign=lambda data: ec_signer(key)(data)[:-1]),
        "rsa-named-for-ec": replace(scene.forge, method=RSA),
        "zero": replace(scene.forge, sign=lambda data: bytes(96)),
    }[name]
    with pytest.raises(EhealthError, match=r"assertion\.signature"):
        scene.check(forge.token(scene.unsigned), environment, tmp_path)


class EcScene:
    """Everything on P-384: holder and signer."""

    def __init__(self, pki: Pki, alice: Issued) -> None:
        self.pki, self.alice = pki, alice
        self.unsigned = AssertionForm(holder=alice.certificate, issued_at=pki.now).unsigned()
        self.forge = Forge(
            sign=ec_signer(pki.iam_signer.private_key),
            key_info=x509_data(pki.iam_signer.certificate),
            method=ECDSA,
        )

    def check(self, data: bytes, environment: Environment, folder: Path) -> object:
        self.pki.write_trust(folder / "ec")
        return check_assertion(
            data,
            environment=replace(environment, trust_folder=folder / "ec"),
            now=self.pki.now,
            niss=ALICE,
            holder=self.alice.certificate,
        )


def test_a_prefix_list_is_honoured(scene: Scene, environment: Environment) -> None:
    prefixes = f'<ec:InclusiveNamespaces xmlns:ec="{C14N}" PrefixList="wst SOAP-ENV"/>'
    root = etree.fromstring(scene.form.unsigned())
    inclusive = etree.tostring(
        root, method="c14n", exclusive=True, inclusive_ns_prefixes=["wst", "SOAP-ENV"]
    )
    forge = replace(
        scene.forge,
        transforms=transform(ENVELOPED) + transform(C14N, content=prefixes),
        digest=lambda data: hashlib.sha256(inclusive).digest(),
    )
    assert check(forge.token(scene.form.unsigned()), scene, environment)


def test_white_space_around_the_signature_stays_signed(
    scene: Scene, environment: Environment
) -> None:
    spaced = scene.form.unsigned().replace(b"</Assertion>", b"\n  </Assertion>")
    signed = scene.forge.token(spaced)
    assert check(signed, scene, environment)
    with pytest.raises(EhealthError, match=r"assertion\.signature"):
        check(signed.replace(b"</ds:Signature>", b"</ds:Signature> "), scene, environment)
