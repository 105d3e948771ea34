"""Documents that must not even reach the signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hilum_ehealth.xmlsec.names import SAML

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Attack


ALICE = "85073003328"
BOMB_LINES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


def in_name(text: str) -> Attack:
    """Put markup into the NameIdentifier of a token that the platform signed without it."""
    return lambda s: s.good.replace(b"ALICE EXAMPLE", f"ALICE{text} EXAMPLE".encode())


def in_ssin(text: str) -> Attack:
    return lambda s: s.good.replace(f">{ALICE}<".encode(), f">{ALICE}{text}<".encode())


def with_prologue(prologue: str) -> Attack:
    return lambda s: prologue.encode() + s.good


DOCTYPE = "<!DOCTYPE Assertion [%s]>"
ATTACKS: dict[str, Attack] = {
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
    "default-attribute": with_prologue(DOCTYPE % "<!ATTLIST Assertion AssertionID ID #IMPLIED>"),
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
}


def test_a_document_that_is_no_plain_token_is_refused(
    attack: Attack, check_refused: Callable[[Attack], None]
) -> None:
    check_refused(attack)
