"""Another password for a keystore file of the user's own, outside our folder."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hilum_ehealth.files import write_atomically
from hilum_hookspecs import ConfigurationError

if TYPE_CHECKING:
    from hilum_ehealth.keystore import Form


def check_readable(path: Path) -> None:
    """Refuse a file or folder that the user named and that cannot be read.

    Raises ``usage.file-unreadable`` (``path``, ``problem``).
    """
    try:
        if path.is_dir():
            os.scandir(path).close()
        else:
            path.open("rb").close()
    except OSError as error:
        problem = os.strerror(error.errno or 0)
        raise ConfigurationError(
            "usage.file-unreadable", path=str(path), problem=problem
        ) from error


def change_password_of(path: Path, old: str, new: str, form: Form, now: datetime) -> Path:
    """Rewrite *path* under the password *new*; returns the copy of the file as it was.

    Raises what opening and writing raise; the file is then as it was.
    """
    from hilum_ehealth.keystore import open_keystore, write_keystore
    from hilum_ehealth.keystore.files import read_bytes

    data = read_bytes(path)
    keystore = open_keystore(data, old)
    copy = path.with_name(f"{path.name}.before-{now:%Y%m%d-%H%M%S}")
    write_atomically(copy, data)
    write_keystore(path, keystore, new, form=form)
    return copy
