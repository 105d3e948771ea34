"""Another password for a keystore file of the user's own, outside our folder."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hilum_ehealth.files import write_atomically

if TYPE_CHECKING:
    from hilum_ehealth.keystore import Form


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
