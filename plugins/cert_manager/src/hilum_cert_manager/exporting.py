"""The export of a keystore for another computer or program."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.files import storage_error, write_atomically
from hilum_ehealth.keystore import (
    Form,
    check_file_mode,
    glance,
    open_keystore,
    write_keystore,
)
from hilum_ehealth.keystore.files import read_bytes
from hilum_hookspecs import ConfigurationError

from .words import _

if TYPE_CHECKING:
    from hilum_ehealth.keystore import Glance


def export(source: Path, target: Path, password: str, *, compatible: bool) -> None:
    """Copy the keystore *source* to the new file *target*, written anew when *compatible* asks.

    The copy is 0600 and was opened with *password*. Raises ``usage.file-exists``, what opening
    raises, and ``storage.*``.
    """
    check_file_mode(source)
    data = read_bytes(source)
    keystore = open_keystore(data, password)
    _reserve(target)
    try:
        if compatible and not is_old_form(glance(data)):
            write_keystore(target, keystore, password, form=Form.COMPATIBLE)
        else:
            write_atomically(target, data)
            open_keystore(read_bytes(target), password, validate_keys=False)
    except EhealthError:
        with suppress(OSError):
            target.unlink()
        raise


def is_old_form(seen: Glance) -> bool:
    """Tell whether the keys are protected as programs of the years before 2020 need it."""
    return any(key.algorithm.startswith("pbe-sha1") for key in seen.keys)


def _reserve(target: Path) -> None:
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise ConfigurationError(
            "usage.file-exists",
            message=_.message("{path} exists already.", path=str(target)),
            remedy=_.message("Choose another name, or remove that file first."),
            path=str(target),
        ) from None
    except OSError as error:
        raise storage_error(error, target) from error
