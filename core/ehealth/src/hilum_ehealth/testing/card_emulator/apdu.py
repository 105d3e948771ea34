"""Commands to a card and its answers (ISO 7816-4, short form), as far as the eID has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Self


class Instruction(Enum):
    """The second octet of a command."""

    VERIFY = 0x20
    MANAGE_SECURITY_ENVIRONMENT = 0x22
    PERFORM_SECURITY_OPERATION = 0x2A
    INTERNAL_AUTHENTICATE = 0x88
    SELECT = 0xA4
    READ_BINARY = 0xB0
    GET_RESPONSE = 0xC0
    GET_CARD_DATA = 0xE4
    LOG_OFF = 0xE6


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command."""

    instruction: Instruction
    p1: int
    p2: int
    p3: int
    """Length of the data, or without data the length expected; 0 is 256 there."""

    data: bytes = field(default=b"", repr=False)

    @classmethod
    def parse(cls, received: bytes) -> Self:
        """Read a command; ``ValueError`` for one that the eID does not have."""
        _class, code, p1, p2, *rest = received
        return cls(
            instruction=Instruction(code),
            p1=p1,
            p2=p2,
            p3=rest[0] if rest else 0,
            data=bytes(rest[1 : 1 + rest[0]]) if rest else b"",
        )

    @property
    def expected(self) -> int:
        """How many bytes of answer are wanted."""
        return self.p3 or 256


class Refused(Exception):
    """The card's answer is a status word other than 9000."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:04X}")
        self.status = status


OK = 0x9000
MORE = 0x6100
"""So many bytes wait for GET RESPONSE."""

EXACTLY = 0x6C00
"""Ask again for so many bytes."""

WRONG_PIN = 0x63C0
"""So many tries are left."""

WRONG_LENGTH = 0x6700
NOT_ALLOWED = 0x6982
BLOCKED = 0x6983
WRONG_CONDITIONS = 0x6985
WRONG_DATA = 0x6A80
NO_FILE = 0x6A82
WRONG_PARAMETERS = 0x6A86
NO_REFERENCE = 0x6A88
PAST_THE_END = 0x6B00
UNKNOWN_INSTRUCTION = 0x6D00
