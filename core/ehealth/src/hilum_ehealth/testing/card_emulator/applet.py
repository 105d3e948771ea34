"""The eID's applet 1.7: what the card answers to each command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from hilum_ehealth.card.port import AUTHENTICATION, SIGNATURE
from hilum_ehealth.card.software import SoftwareCard, open_software_card
from hilum_ehealth.errors import EhealthError

from . import apdu
from .apdu import Command, Instruction, Refused
from .files import KEY_REFERENCES, PIN_REFERENCE, card_files, chip_number

_APPLET_1_7: Final = bytes.fromhex("A50301 0101 17 0000 00 01 00 0F")
"""The end of the card data; its sixth octet is the applet's version."""


class Applet:
    """One card in a reader: a software card with RSA keys, behind the applet's commands.

    The PIN counter is the software card's file's, so it outlives the reader. Raises ``ValueError``
    for keys of another family.
    """

    atr: Final = bytes.fromhex("3B9813400AA503010101AD1311")
    """How the card introduces itself: applet 1.1 to 1.7, protocol T=0."""

    def __init__(self, file: Path) -> None:
        self._card: SoftwareCard = open_software_card(file).open()
        if not isinstance(self._card.key(AUTHENTICATION).public_key(), RSAPublicKey):
            raise ValueError("applet 1.7 has RSA keys")
        self._files = card_files(self._card.identity)
        self._do: Mapping[Instruction, Callable[[Command], bytes]] = {
            Instruction.SELECT: self._select,
            Instruction.READ_BINARY: self._read,
            Instruction.VERIFY: self._verify,
            Instruction.MANAGE_SECURITY_ENVIRONMENT: self._choose_key,
            Instruction.PERFORM_SECURITY_OPERATION: self._sign,
            Instruction.INTERNAL_AUTHENTICATE: self._authenticate,
            Instruction.GET_CARD_DATA: self._card_data,
            Instruction.LOG_OFF: self._log_off,
            Instruction.GET_RESPONSE: self._rest,
        }
        self.reset()

    def reset(self) -> None:
        """Forget PIN, file and key, as a card without power does."""
        self._card.close()
        self._file = b""
        self._label: str | None = None
        self._verified = False
        self._waiting = b""

    def answer(self, received: bytes) -> bytes:
        """Answer one command with data and the two octets of the status word."""
        try:
            command = Command.parse(received)
        except ValueError:
            return apdu.UNKNOWN_INSTRUCTION.to_bytes(2, "big")
        try:
            data, status = self._do[command.instruction](command), apdu.OK
        except Refused as refusal:
            data, status = b"", refusal.status
        if command.instruction is not Instruction.VERIFY:
            self._verified &= command.instruction in _BETWEEN
        return data + status.to_bytes(2, "big")

    def _select(self, command: Command) -> bytes:
        """Choose a file by its path or by its own two octets; an application is always chosen."""
        if command.p1 == _BY_NAME:
            return b""
        for path, content in self._files.items():
            if path.endswith(command.data) or path[2:] == command.data:
                self._file = content
                return b""
        if any(path.startswith(command.data) for path in self._files):
            return b""
        raise Refused(apdu.NO_FILE)

    def _read(self, command: Command) -> bytes:
        start = command.p1 << 8 | command.p2
        left = len(self._file) - start
        if left <= 0:
            raise Refused(apdu.PAST_THE_END)
        if command.expected > left:
            raise Refused(apdu.EXACTLY | left)
        return self._file[start : start + command.expected]

    def _verify(self, command: Command) -> bytes:
        """Compare the PIN; the software card counts."""
        if command.p2 != PIN_REFERENCE:
            raise Refused(apdu.NO_REFERENCE)
        try:
            self._card.login(_pin(command.data))
        except EhealthError as error:
            raise Refused(_refusal(error)) from error
        self._verified = True
        return b""

    def _choose_key(self, command: Command) -> bytes:
        """Take the key whose reference ends the data: 04 80 algorithm 84 key."""
        label = KEY_REFERENCES.get(command.data[-1]) if command.data else None
        if label not in self._card.identity.certificates:
            raise Refused(apdu.NO_REFERENCE)
        self._label = label
        return b""

    def _sign(self, command: Command) -> bytes:
        if (command.p1, command.p2) != _COMPUTE_SIGNATURE:
            raise Refused(apdu.WRONG_PARAMETERS)
        if self._label == SIGNATURE and not self._verified:
            raise Refused(apdu.NOT_ALLOWED)
        return self._signed(command)

    def _authenticate(self, command: Command) -> bytes:
        if self._label != AUTHENTICATION:
            raise Refused(apdu.WRONG_CONDITIONS)
        return self._signed(command)

    def _signed(self, command: Command) -> bytes:
        """Sign; the answer waits to be fetched, as protocol T=0 has it."""
        if self._label is None:
            raise Refused(apdu.WRONG_CONDITIONS)
        try:
            self._waiting = self._card.sign_digest_info(self._label, command.data)
        except EhealthError as error:
            raise Refused(apdu.NOT_ALLOWED) from error
        except ValueError as error:
            raise Refused(apdu.WRONG_DATA) from error
        raise Refused(apdu.MORE | len(self._waiting) & 0xFF)

    def _card_data(self, command: Command) -> bytes:
        data = chip_number(self._card.identity.serial) + _APPLET_1_7
        if command.expected != len(data):
            raise Refused(apdu.EXACTLY | len(data))
        return data

    def _log_off(self, _command: Command) -> bytes:
        self._card.close()
        return b""

    def _rest(self, command: Command) -> bytes:
        waiting, self._waiting = self._waiting, b""
        if not waiting:
            raise Refused(apdu.WRONG_CONDITIONS)
        return waiting[: command.expected]


class ForeignCard:
    """Some other card, which understands nothing that an eID does."""

    atr: Final = bytes.fromhex("3B00")

    def reset(self) -> None:
        """Remember nothing."""

    def answer(self, _received: bytes) -> bytes:
        """Refuse."""
        return apdu.UNKNOWN_INSTRUCTION.to_bytes(2, "big")


_BY_NAME: Final = 0x04
_COMPUTE_SIGNATURE: Final = (0x9E, 0x9A)
_BETWEEN: Final = (Instruction.MANAGE_SECURITY_ENVIRONMENT, Instruction.GET_RESPONSE)
"""What may stand between the PIN and a legal signature."""


def _pin(block: bytes) -> str:
    """Read a PIN block: 2, the number of digits, the digits, filled up with F."""
    digits = block.hex()
    length = int(digits[1:2] or "0", 16)
    if len(block) != 8 or digits[0] != "2" or digits[2 + length :].strip("f"):
        raise Refused(apdu.WRONG_DATA)
    return digits[2 : 2 + length]


def _refusal(error: EhealthError) -> int:
    """Translate what the software card says of a PIN."""
    if error.code == "card.pin-rejected":
        left = error.details["attempts_left"]
        return apdu.WRONG_PIN | (left if isinstance(left, int) else 0)
    if error.code == "card.pin-blocked":
        return apdu.BLOCKED
    return apdu.WRONG_DATA
