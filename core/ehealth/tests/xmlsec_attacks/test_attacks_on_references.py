"""Forged signatures: transforms and references of the attacker's own choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hilum_ehealth.xmlsec.names import DS, ENVELOPED
from hilum_ehealth.xmlsec.names import EXCLUSIVE_C14N as C14N

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Attack


def forged(**parts: object) -> Attack:
    return lambda s: s.forged(**parts)


def transform(*algorithms: str, content: str = "") -> str:
    return "".join(f'<ds:Transform Algorithm="{a}">{content}</ds:Transform>' for a in algorithms)


XPATH = "<ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath>"
XSLT = (
    '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0">'
    '<xsl:template match="/"><x/></xsl:template></xsl:stylesheet>'
)
KEEP = f'<ec:InclusiveNamespaces xmlns:ec="{C14N}" PrefixList="wst"><x/></ec:InclusiveNamespaces>'
OLD_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"


TRANSFORMS: dict[str, Attack] = {
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
    "content-in-c14n": forged(transforms=transform(ENVELOPED) + transform(C14N, content="<x/>")),
    "content-in-prefixes": forged(transforms=transform(ENVELOPED) + transform(C14N, content=KEEP)),
    "old-canonicalization": forged(
        canonicalization=f'<ds:CanonicalizationMethod Algorithm="{OLD_C14N}"/>'
    ),
}
REFERENCES: dict[str, Attack] = {
    "whole-document": forged(uri=""),
    "other": forged(uri="#other"),
    "external": forged(uri="http://127.0.0.1:9/token"),
    "file": forged(uri="file:///etc/passwd"),
    "xpointer-root": forged(uri="#xpointer(/)"),
    "without-hash": lambda s: forged(uri=s.form.identifier)(s),
    "with-type": forged(reference_attributes=f' Type="{DS}Object"'),
    "with-id": forged(reference_attributes=' Id="r"'),
    "signedinfo-with-id": forged(info_attributes=' Id="s"'),
}
ATTACKS = {
    **{f"transform-{name}": each for name, each in TRANSFORMS.items()},
    **{f"reference-{name}": each for name, each in REFERENCES.items()},
}


@pytest.mark.attack("A4")
def test_a_token_with_another_reference_is_refused(
    attack: Attack, check_refused: Callable[[Attack], None]
) -> None:
    check_refused(attack)
