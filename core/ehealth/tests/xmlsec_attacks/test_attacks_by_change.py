"""A good token of Alice's to which something was done afterwards."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hilum_ehealth.xmlsec.names import DS, SAML
from lxml import etree

if TYPE_CHECKING:
    from .conftest import Attack, Scene


BOB = "79051103172"


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

Change = Callable[[etree._Element], None]
SHAPES: dict[str, Change] = {
    "no-signature": no_signature,
    "two-signatures": second_signature,
    "signature-first": signature_first,
    "signature-has-the-token's-identifier": same_identifier_on_signature,
    "object-in-signature": insert("", 3, OBJECT),
    "conditions-twice": insert(".", 0, f'<Conditions xmlns="{SAML}"/>'),
    "xml-id": on_root("{http://www.w3.org/XML/1998/namespace}id", "x"),
    "foreign-id": on_root("{urn:x}Id", "x"),
    "plain-id": on_root("ID", "x"),
    "unknown-attribute": on_root("Recipient", "x"),
}
VALUES: dict[str, Change] = {
    "second-signedinfo-fake-first": second_signed_info,
    "other-person": other_person,
    "attribute-twice": extra_attribute,
    "issue-instant": on_root("IssueInstant", "2026-11-23T11:00:00.000Z"),
    "digest-flipped": flip(DIGEST),
    "digest-shortened": shorten(DIGEST),
    "digest-empty": set_text(DIGEST, ""),
    "digest-not-base64": set_text(DIGEST, "%%%"),
    "digest-behind-an-element": nested_text,
    "value-flipped": flip(VALUE),
    "value-shortened": shorten(VALUE),
    "value-empty": set_text(VALUE, ""),
    "value-missing": drop(VALUE),
}
KEYS: dict[str, Change] = {
    "key-info-missing": drop("ds:KeyInfo"),
    "certificate-missing": drop(CERTIFICATE),
    "certificate-garbage": set_text(CERTIFICATE, "AAAA"),
    "second-x509-data": insert("ds:KeyInfo", 1, EMPTY_DS % "X509Data"),
    "key-value-first": insert("ds:KeyInfo", 0, EMPTY_DS % "KeyValue"),
    "retrieval-method": insert(
        "ds:KeyInfo", 0, f'<ds:RetrievalMethod xmlns:ds="{DS}" URI="http://127.0.0.1:9/"/>'
    ),
}
REFERENCES: dict[str, Change] = {
    "second-reference": insert(SIGNED_INFO, 2, EMPTY_DS % "Reference"),
    "reference-missing": drop(REFERENCE),
}
ATTACKS: dict[str, Attack] = {
    name: lambda s, c=each: changed(s, c)
    for name, each in {**SHAPES, **VALUES, **KEYS, **REFERENCES}.items()
}


@pytest.mark.attack("A1")
@pytest.mark.parametrize("name", SHAPES)
def test_a_token_of_another_shape_is_refused(
    name: str, check_refused: Callable[[Attack], None]
) -> None:
    check_refused(ATTACKS[name])


@pytest.mark.attack("A2")
@pytest.mark.parametrize("name", VALUES)
def test_a_token_with_other_contents_or_values_is_refused(
    name: str, check_refused: Callable[[Attack], None]
) -> None:
    check_refused(ATTACKS[name])


@pytest.mark.attack("A3")
@pytest.mark.parametrize("name", KEYS)
def test_a_token_with_another_key_information_is_refused(
    name: str, check_refused: Callable[[Attack], None]
) -> None:
    check_refused(ATTACKS[name])


@pytest.mark.attack("A4")
@pytest.mark.parametrize("name", REFERENCES)
def test_a_token_without_exactly_one_reference_is_refused(
    name: str, check_refused: Callable[[Attack], None]
) -> None:
    check_refused(ATTACKS[name])
