"""A JSON file that another process may replace while this one uses what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class LiveFile:
    """Reads a JSON object again when its file changed, and replaces it in one step.

    Without a path it keeps the object in memory only. Writers replace the file atomically, so a
    reader sees the old or the new object and never a part.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._content: dict[str, Any] = {}

    def read(self) -> tuple[dict[str, Any], bool]:
        """Return the object, and whether it was read anew; an absent file is an empty object."""
        if self._path is None:
            return self._content, False
        try:
            status = self._path.stat()
        except FileNotFoundError:
            changed = bool(self._content)
            self._seen, self._content = None, {}
            return self._content, changed
        seen = (status.st_ino, status.st_mtime_ns, status.st_size)
        if seen == self._seen:
            return self._content, False
        content = json.loads(self._path.read_text(encoding="utf-8"))
        self._seen, self._content = seen, content if isinstance(content, dict) else {}
        return self._content, True

    def write(self, content: dict[str, Any]) -> None:
        """Put *content* in the place of what was there, 0600."""
        from hilum_ehealth.files import write_atomically

        self._content = content
        if self._path is not None:
            write_atomically(self._path, json.dumps(content, indent=1).encode())
            status = self._path.stat()
            self._seen = (status.st_ino, status.st_mtime_ns, status.st_size)
