"""One slot of the virtual reader: a card that comes, goes, hesitates and is counted."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from contextlib import suppress
from typing import Final

from .apdu import Instruction
from .applet import Applet, ForeignCard

PORTS: Final = (0x8C7B, 0x8C7C)
"""Where ``vpcd`` waits for a card, per slot."""

_RESET: Final = (b"\x00", b"\x01", b"\x02")
_ASK_ATR: Final = b"\x04"
_RETRY: Final = 0.05
"""Seconds until a service that is not there is looked for again."""

_NOTICED: Final = 10.0
"""Seconds within which a running service notices a new card; it looks twice a second."""


class Slot:
    """Keeps a card in one slot of the reader, whether its service runs or not."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._thread: threading.Thread | None = None
        self._out = threading.Event()
        self._released = threading.Event()
        self._greeted = threading.Event()
        self._connection: socket.socket | None = None
        self.heard: Counter[str] = Counter()
        """How often each instruction arrived, since the slot was made."""

        self.pull_at: Instruction | None = None
        """The card leaves when this arrives, and answers no more."""

        self.hold_at: Instruction | None = None
        """This is answered only when :meth:`release` was called."""

    def insert(self, card: Applet | ForeignCard) -> None:
        """Put a card in, in place of what is there."""
        self.remove()
        self._out = threading.Event()
        self._released = threading.Event()
        self._greeted = threading.Event()
        self.pull_at = self.hold_at = None
        self._thread = threading.Thread(target=self._stay, args=(card,), daemon=True)
        self._thread.start()

    def wait_until_noticed(self) -> None:
        """Wait until the service asked the card how it introduces itself."""
        if not self._greeted.wait(_NOTICED):
            raise TimeoutError("the service does not notice the card")

    def remove(self) -> None:
        """Take the card out."""
        thread, self._thread = self._thread, None
        self._pull()
        if thread:
            thread.join()

    def release(self) -> None:
        """Answer what is held, and hold nothing any more."""
        self.hold_at = None
        self._released.set()

    def _pull(self) -> None:
        self._out.set()
        self._released.set()
        if self._connection:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    def _stay(self, card: Applet | ForeignCard) -> None:
        """Be in the reader until taken out; a service that ends is waited for."""
        while not self._out.is_set():
            with (
                suppress(OSError),
                socket.create_connection(("127.0.0.1", self._port)) as connection,
            ):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._connection = connection
                self._serve(connection, card)
            self._connection = None
            card.reset()
            self._out.wait(_RETRY)

    def _serve(self, connection: socket.socket, card: Applet | ForeignCard) -> None:
        while not self._out.is_set() and (message := _receive(connection)) is not None:
            if message == _ASK_ATR:
                _send(connection, card.atr)
                self._greeted.set()
            elif message in _RESET:
                card.reset()
            elif (answer := self._answer(card, message)) is not None:
                _send(connection, answer)

    def _answer(self, card: Applet | ForeignCard, message: bytes) -> bytes | None:
        """Let the card answer; None when it was pulled instead."""
        instruction = _instruction(message)
        if instruction:
            self.heard[instruction.name] += 1
        if instruction and instruction is self.pull_at:
            self._pull()
        if instruction and instruction is self.hold_at:
            self._released.wait()
        return None if self._out.is_set() else card.answer(message)


def _instruction(message: bytes) -> Instruction | None:
    try:
        return Instruction(message[1])
    except (IndexError, ValueError):
        return None


def _receive(connection: socket.socket) -> bytes | None:
    """Read two octets of length (big-endian) and so many more; None when the service left.

    The kernel is told each time to acknowledge at once: the reader writes the length and the
    command apart, and would wait 40 ms in between.
    """
    _acknowledge_at_once(connection)
    length = int.from_bytes(_exactly(connection, 2), "big")
    _acknowledge_at_once(connection)
    return _exactly(connection, length) or None


def _acknowledge_at_once(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _exactly(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        piece = connection.recv(count - len(received))
        if not piece:
            return b""
        received += piece
    return received


def _send(connection: socket.socket, message: bytes) -> None:
    connection.sendall(len(message).to_bytes(2, "big") + message)
