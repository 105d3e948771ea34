"""What an installation keeps of its audit outside the database: its name and its newest entry."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from hilum.folders import private_folder, write_atomically

WRITER: Final = "installation-id"
HEAD: Final = "audit-head.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest entry of a writer, as far as the file knows: a crash may leave it behind."""

    writer: str
    sequence: int
    hash: str


class AuditFiles:
    """Two small files in the data folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def writer(self) -> str:
        """Return the name of this installation, chosen at random when it is first asked for."""
        path = self._folder / WRITER
        known = _read(path).strip()
        if known:
            return known[:32]
        import secrets

        private_folder(self._folder)
        chosen = secrets.token_hex(16)
        write_atomically(path, f"{chosen}\n".encode())
        return chosen

    def note_head(self, head: Head) -> None:
        """Keep *head*."""
        write_atomically(self._folder / HEAD, json.dumps(asdict(head)).encode())

    def head(self) -> Head | None:
        """Return the head that was noted last; ``None`` when there is none to be read."""
        try:
            return Head(**json.loads(_read(self._folder / HEAD)))
        except (ValueError, TypeError):
            return None


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
