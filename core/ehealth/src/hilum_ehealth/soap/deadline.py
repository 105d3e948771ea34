"""A time limit over a whole exchange, held against peers that send one byte at a time."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class Deadline:
    """A point on the monotonic clock; everything waits at most until then."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def remaining(self) -> float:
        """Tell the seconds left; raises ``TimeoutError`` when there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    @contextmanager
    def limiting(self, connection: socket.socket) -> Iterator[None]:
        """Let one operation on *connection* take what is left."""
        connection.settimeout(self.remaining())
        yield


class DeadlineSocket:
    """What :mod:`http.client` needs of a socket, with one deadline over all its operations.

    A time limit of a socket starts anew with each read; here each read gets what is left.
    """

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def sendall(self, data: ReadableBuffer) -> None:
        """Send all of *data*."""
        with self._deadline.limiting(self._connection):
            self._connection.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Open the receiving side; *mode* is always ``rb``."""
        return io.BufferedReader(_Reader(self._connection, self._deadline))

    def close(self) -> None:
        """Do nothing: who opened the connection closes it, after the answer was read."""


class _Reader(io.RawIOBase):
    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        with self._deadline.limiting(self._connection):
            return self._connection.recv_into(buffer)
