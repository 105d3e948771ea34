"""One process at a time: a lock on a file, which the system lets go of when its holder dies."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from hilum_ehealth import files

from .folders import check_private_file


def exclusive(path: Path) -> AbstractContextManager[None]:
    """Hold the lock on the file *path*, see :func:`hilum_ehealth.files.exclusive`.

    Raises ``storage.write-failed`` and what :func:`~hilum.folders.check_private_file` raises.
    """
    return files.exclusive(path, check=check_private_file)
