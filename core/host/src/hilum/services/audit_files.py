"""What an installation keeps of its audit outside the database: its name and its newest entry."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from hilum.folders import private_folder, write_atomically
from hilum.locks import exclusive
from hilum.storage.urls import FILE

AUDIT: Final = "audit"
"""The name in the data folder of the folder for the files."""

WRITER: Final = "installation-id"
HEAD: Final = "audit-head.json"
LOCK: Final = "audit.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest entry of a writer, as far as the file knows: a crash may leave it behind.

    Before the first entry the sequence is 0.
    """

    writer: str
    sequence: int
    hash: str


def audit_folder(data_folder: Path, place: str) -> Path:
    """Return where the files stand of the audit in the database at *place*.

    Each database has its own: one that was tried and left must not look shortened.
    """
    from hashlib import sha256

    if place == str(data_folder / FILE):
        return data_folder / AUDIT
    return data_folder / AUDIT / sha256(place.encode()).hexdigest()[:16]


class AuditFiles:
    """Two small files in *folder*.

    A head is noted before the name is chosen, and only ever replaced: a name without a head means
    that the head was taken away.
    """

    def __init__(self, folder: Path, genesis: str) -> None:
        self._folder = folder
        self._genesis = genesis

    def writer(self) -> str:
        """Return the name of this installation, chosen at random when it is first asked for."""
        known = self.known_writer()
        if known is not None:
            return known
        import secrets

        private_folder(self._folder)
        with exclusive(self._folder / LOCK):
            known = self.known_writer()
            if known is not None:
                return known
            chosen = secrets.token_hex(16)
            self._write_head(Head(writer=chosen, sequence=0, hash=self._genesis))
            write_atomically(self._folder / WRITER, f"{chosen}\n".encode())
            return chosen

    def known_writer(self) -> str | None:
        """Return the name of this installation; ``None`` when it has none yet.

        When the name was taken away, the head still tells it.
        """
        known = _read(self._folder / WRITER).strip()[:32]
        if known:
            return known
        head = self.head()
        return head.writer if head is not None else None

    def adopt(self, writer: str, head: Head | None) -> None:
        """Go on as *writer* after *head*, whatever was noted here before."""
        private_folder(self._folder)
        with exclusive(self._folder / LOCK):
            self._write_head(head or Head(writer=writer, sequence=0, hash=self._genesis))
            write_atomically(self._folder / WRITER, f"{writer}\n".encode())

    def note_head(self, head: Head) -> None:
        """Keep *head*, unless another process noted a newer one meanwhile."""
        with exclusive(self._folder / LOCK):
            noted = self.head()
            if noted is None or noted.writer != head.writer or noted.sequence < head.sequence:
                self._write_head(head)

    def head(self) -> Head | None:
        """Return the head that was noted last; ``None`` when there is none to be read."""
        try:
            head = Head(**json.loads(_read(self._folder / HEAD)))
        except (ValueError, TypeError):
            return None
        texts = isinstance(head.writer, str) and isinstance(head.hash, str)
        return head if texts and isinstance(head.sequence, int) else None

    def _write_head(self, head: Head) -> None:
        write_atomically(self._folder / HEAD, json.dumps(asdict(head)).encode())


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
