"""Reading BER and writing DER, as far as PKCS#12 needs it (X.690).

Old eHealth keystores have indefinite lengths and octet strings cut into pieces. Input is hostile:
depth and number of elements are bounded, and whatever does not fit raises :class:`Malformed`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

INTEGER: Final = 0x02
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OBJECT_IDENTIFIER: Final = 0x06
BMP_STRING: Final = 0x1E
SEQUENCE: Final = 0x30
SET: Final = 0x31
CONTEXT_0: Final = 0xA0
PRIMITIVE_CONTEXT_0: Final = 0x80

_CONSTRUCTED: Final = 0x20
_END: Final = 0x00
_MAX_DEPTH: Final = 32
_MAX_ELEMENTS: Final = 50_000


class Malformed(ValueError):
    """The bytes are not what the structure says should stand there."""


@dataclass(frozen=True, slots=True)
class Element:
    """One value: its identifier octet, and either content octets or the values inside."""

    tag: int
    content: bytes = b""
    children: tuple[Element, ...] = ()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.left = _MAX_ELEMENTS

    def element(self, at: int, end: int, depth: int = 0) -> tuple[Element, int]:
        """Read the value at *at*, which may not reach past *end*; return it and where it ends."""
        self.left -= 1
        if depth > _MAX_DEPTH or self.left < 0:
            raise Malformed("nested too deeply or too many parts")
        if at + 2 > end:
            raise Malformed("cut off")
        tag = self.data[at]
        if tag & 0x1F == 0x1F or tag == _END:
            raise Malformed("a tag that PKCS#12 does not have")
        length, start = self._length(at + 1, end)
        if length is None:
            return self._indefinite(tag, start, end, depth)
        stop = start + length
        if stop > end:
            raise Malformed("cut off")
        if not tag & _CONSTRUCTED:
            return Element(tag, self.data[start:stop]), stop
        return Element(tag, b"", self._children(start, stop, depth)), stop

    def _length(self, at: int, end: int) -> tuple[int | None, int]:
        first = self.data[at]
        if first < 0x80:
            return first, at + 1
        if first == 0x80:
            return None, at + 1
        size = first & 0x7F
        if size > 4 or at + 1 + size > end:
            raise Malformed("an impossible length")
        return int.from_bytes(self.data[at + 1 : at + 1 + size], "big"), at + 1 + size

    def _children(self, at: int, end: int, depth: int) -> tuple[Element, ...]:
        found = []
        while at < end:
            child, at = self.element(at, end, depth + 1)
            found.append(child)
        return tuple(found)

    def _indefinite(self, tag: int, at: int, end: int, depth: int) -> tuple[Element, int]:
        if not tag & _CONSTRUCTED:
            raise Malformed("content without end")
        found = []
        while self.data[at : at + 2] != b"\0\0" or at + 2 > end:
            child, at = self.element(at, end, depth + 1)
            found.append(child)
        return Element(tag, b"", tuple(found)), at + 2


def parse(data: bytes) -> Element:
    """Read *data*, which must be exactly one value; raises :class:`Malformed`."""
    element, end = _Reader(data).element(0, len(data))
    if end != len(data):
        raise Malformed("something follows the end")
    return element


def sequence(element: Element, *, at_least: int = 0, tag: int = SEQUENCE) -> tuple[Element, ...]:
    """Return what is inside *element*, which must be a sequence with so many parts."""
    if element.tag != tag or len(element.children) < at_least:
        raise Malformed("a sequence was expected")
    return element.children


def only(element: Element, tag: int = CONTEXT_0) -> Element:
    """Return the single value inside *element*."""
    if element.tag != tag or len(element.children) != 1:
        raise Malformed("a single value was expected")
    return element.children[0]


def integer(element: Element) -> int:
    """Return a number that is not negative."""
    if element.tag != INTEGER or not element.content or element.content[0] & 0x80:
        raise Malformed("a number was expected")
    return int.from_bytes(element.content, "big")


def octets(element: Element, tag: int = OCTET_STRING) -> bytes:
    """Return the bytes of an octet string, joining the pieces when it was cut."""
    if element.tag == tag:
        return element.content
    if element.tag != tag | _CONSTRUCTED:
        raise Malformed("bytes were expected")
    return b"".join(octets(piece) for piece in element.children)


def identifier(element: Element) -> str:
    """Return an object identifier in its dotted form."""
    content = element.content
    if element.tag != OBJECT_IDENTIFIER or not content or content[-1] & 0x80 or len(content) > 64:
        raise Malformed("an object identifier was expected")
    arcs, value = [], 0
    for octet in content:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def text(element: Element) -> str:
    """Return a BMPString."""
    if element.tag != BMP_STRING:
        raise Malformed("a text was expected")
    try:
        return element.content.decode("utf-16-be")
    except UnicodeDecodeError as error:
        raise Malformed("a text was expected") from error


def to_der(element: Element) -> bytes:
    """Write a value that was read as BER in definite lengths, octet strings in one piece."""
    if element.tag == OCTET_STRING | _CONSTRUCTED:
        return encode(OCTET_STRING, octets(element))
    if element.children or element.tag & _CONSTRUCTED:
        return encode(element.tag, *map(to_der, element.children))
    return encode(element.tag, element.content)


def encode(tag: int, *contents: bytes) -> bytes:
    """Write one value with *contents* inside, in DER."""
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def encode_integer(value: int) -> bytes:
    """Write a number that is not negative."""
    return encode(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def encode_identifier(dotted: str) -> bytes:
    """Write an object identifier given in its dotted form."""
    first, second, *rest = map(int, dotted.split("."))
    return encode(OBJECT_IDENTIFIER, *map(_base_128, (40 * first + second, *rest)))


def encode_text(value: str) -> bytes:
    """Write a BMPString."""
    return encode(BMP_STRING, value.encode("utf-16-be"))


def encode_set(values: Iterable[bytes]) -> bytes:
    """Write a SET OF, in the order that DER asks for."""
    return encode(SET, *sorted(values))


def _base_128(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))
