"""The gate in front of the parser: what is refused before and while XML from outside is read."""

from __future__ import annotations

from typing import Final

from lxml import etree

from hilum_ehealth.errors import EhealthError

MAX_BYTES: Final = 256 * 1024
"""The largest message that is looked at."""

_PARSER: Final = etree.XMLParser(
    encoding="utf-8",
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    attribute_defaults=False,
    huge_tree=False,
    strip_cdata=False,
    collect_ids=False,
)


def parse_document(data: bytes, code: str) -> etree._Element:
    """Parse a whole XML document in UTF-8; DTDs, entities and other encodings are refused.

    Comments and CDATA stay visible in the tree, so that a reader can refuse them where they
    matter. Raises :class:`EhealthError` with *code* and ``problem``.
    """
    _check(data, code)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise EhealthError(code, problem="doctype")
    return _parsed(data, code)


def parse_element(data: bytes, code: str) -> etree._Element:
    """Parse one element that stands alone: no comment, CDATA, instruction or declaration at all.

    Inside an element every ``<!`` and ``<?`` is one of these, because a ``<`` of text or of an
    attribute must be written as an entity. Raises :class:`EhealthError` with *code*, ``problem``.
    """
    _check(data, code)
    if not data.startswith(b"<"):
        raise EhealthError(code, problem="not-an-element")
    if b"<!" in data or b"<?" in data:
        raise EhealthError(code, problem="markup")
    return _parsed(data, code)


def _check(data: bytes, code: str) -> None:
    if len(data) > MAX_BYTES:
        raise EhealthError(code, problem="too-large")
    if b"\0" in data:
        raise EhealthError(code, problem="nul")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise EhealthError(code, problem="encoding") from None


def _parsed(data: bytes, code: str) -> etree._Element:
    try:
        root = etree.fromstring(data, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        raise EhealthError(code, problem="not-well-formed") from None
    if root is None:
        raise EhealthError(code, problem="not-well-formed")
    return root
