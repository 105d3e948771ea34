"""The folder of keystores that we keep: ``keystores/<provider>/<n>.p12``, nothing ever replaced."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.files import storage_error, write_atomically

_USABLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_NUMBERED: Final = re.compile(r"([0-9]{1,9})\.p12")


class KeystoreFolder:
    """Places new versions; folders 0700, files 0600, a number is never used twice."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, file: str) -> Path:
        """Return the path of a kept file."""
        return self._root / file

    def keep(self, provider_id: str, data: bytes) -> str:
        """Write *data* as the provider's next version; returns its path below the folder.

        It is on the disk when this returns. Raises ``storage.disk-full`` or
        ``storage.write-failed``.
        """
        return self.keep_by(provider_id, lambda path: write_atomically(path, data))

    def keep_by(self, provider_id: str, write: Callable[[Path], None]) -> str:
        """Let *write* write the provider's next version, at a path that is reserved for it."""
        folder = self._root / folder_name(provider_id)
        try:
            for made in (self._root.parent, self._root, folder):
                made.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = _reserved(folder)
        except OSError as error:
            raise storage_error(error, folder) from error
        try:
            write(path)
        except EhealthError:
            with suppress(OSError):
                path.unlink()  # reserved and empty: nothing was written
            raise
        return f"{folder.name}/{path.name}"


def folder_name(provider_id: str) -> str:
    """Name the folder of a provider; an identifier that is no plain name is hashed."""
    if _USABLE.fullmatch(provider_id):
        return provider_id
    return "id-" + sha256(provider_id.encode()).hexdigest()[:32]


def _reserved(folder: Path) -> Path:
    """Take the next free number, against every other process."""
    found = (_NUMBERED.fullmatch(entry.name) for entry in folder.iterdir())
    number = max((int(match[1]) for match in found if match), default=0)
    while True:
        number += 1
        path = folder / f"{number}.p12"
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            continue
        return path
