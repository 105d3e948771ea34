"""Signature wrapping: Bob's signed token beside, above or below what says Alice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hilum_ehealth.xmlsec.names import DS, SAML
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Attack, Scene


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


def wrapped_in_another_root(scene: Scene) -> bytes:
    return b"<Wrapper>" + scene.form.unsigned() + scene.good + b"</Wrapper>"


def signature_moved_to_other_words(scene: Scene) -> bytes:
    root = etree.fromstring(scene.form.unsigned())
    root.append(etree.fromstring(scene.bobs)[-1])
    return etree.tostring(root)


def signature_moved_with_its_identifier(scene: Scene) -> bytes:
    bobs = etree.fromstring(scene.bobs)
    root = etree.fromstring(scene.form.unsigned())
    root.set("AssertionID", str(bobs.get("AssertionID")))
    root.append(bobs[-1])
    return etree.tostring(root)


ATTACKS: dict[str, Attack] = {
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
    "13-wrapped-in-another-root": wrapped_in_another_root,
    "signature-moved-to-other-words": signature_moved_to_other_words,
    "signature-moved-with-its-identifier": signature_moved_with_its_identifier,
}


@pytest.mark.attack("A1")
def test_a_wrapped_token_is_refused(
    attack: Attack, check_refused: Callable[[Attack], None]
) -> None:
    check_refused(attack)
