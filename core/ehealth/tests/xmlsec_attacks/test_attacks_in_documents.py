"""Documents that must not even reach the signature."""

from __future__ import annotations

import resource
import socket
import sys
import time
from typing import TYPE_CHECKING

import pytest
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.xmlsec.names import SAML

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Attack, Scene


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
MARKUP: dict[str, Attack] = {
    "comment-in-name": in_name("<!--x-->"),
    "instruction-in-name": in_name("<?x y?>"),
    "cdata-in-name": in_name("<![CDATA[]]>"),
    "comment-in-ssin": in_ssin("<!---->9"),
    "instruction-in-ssin": in_ssin("<?x?>9"),
    "comment-before": with_prologue("<!-- x -->"),
    "instruction-before": with_prologue("<?xml-stylesheet href='x'?>"),
    "declaration": with_prologue('<?xml version="1.0"?>'),
    "comment-after": lambda s: s.good + b"<!-- x -->",
}
BOMBS: dict[str, Attack] = {
    "entity-in-name": in_name("&x;"),
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
ATTACKS: dict[str, Attack] = {**MARKUP, **BOMBS}


@pytest.mark.attack("A5")
@pytest.mark.parametrize("name", MARKUP)
def test_markup_inside_or_around_a_token_is_refused(
    name: str, check_refused: Callable[[Attack], None]
) -> None:
    check_refused(MARKUP[name])


@pytest.mark.attack("A6")
@pytest.mark.parametrize("name", BOMBS)
def test_a_document_that_is_no_plain_token_is_refused(
    name: str, check_refused: Callable[[Attack], None]
) -> None:
    check_refused(BOMBS[name])


@pytest.fixture(scope="module")
def opened() -> list[str]:
    """Every file and connection that this process opens from now on, the newest last."""
    events: list[str] = []

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("open", "socket.connect", "socket.getaddrinfo", "urllib.Request"):
            events.append(f"{event} {arguments[:1]}")

    sys.addaudithook(hear)  # cannot be taken back; once for all tests of this module
    return events


@pytest.mark.attack("A6")
@pytest.mark.parametrize("name", BOMBS)
def test_a_document_costs_less_than_50_ms_and_50_mib_and_opens_nothing(
    name: str, scene: Scene, check: Callable[[bytes], object], opened: list[str]
) -> None:
    data = BOMBS[name](scene)
    seconds = []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(3):
        opened.clear()
        started = time.process_time()  # the least of three: other programs do not count
        with pytest.raises(EhealthError):
            check(data)
        seconds.append(time.process_time() - started)
        assert opened == []
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    assert min(seconds) < 0.05
    assert grown < 50 * 1024


@pytest.mark.attack("A6")
@pytest.mark.parametrize(
    "prologue",
    [
        '<!DOCTYPE Assertion SYSTEM "http://127.0.0.1:{port}/x.dtd">',
        '<!DOCTYPE Assertion [<!ENTITY % x SYSTEM "http://127.0.0.1:{port}/x"> %x;]>',
        '<!DOCTYPE Assertion [<!ENTITY x SYSTEM "http://127.0.0.1:{port}/x">]>',
    ],
)
def test_a_server_named_by_a_document_hears_nothing(
    prologue: str, scene: Scene, check: Callable[[bytes], object]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(EhealthError):
            check(prologue.format(port=port).encode() + in_name("&x;")(scene))

        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
