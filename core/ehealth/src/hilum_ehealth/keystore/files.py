"""Keystores as files: read, written so that nothing is ever lost, and given another password."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.files import write_atomically
from hilum_ehealth.keys import same_public_key

from .model import Form, KeyEntry, Keystore, PendingKey
from .reader import open_keystore
from .session_key import open_authentication
from .structure import MAX_SIZE
from .writer import encode_keystore


def read_keystore(path: Path, password: str, *, validate_keys: bool = True) -> Keystore:
    """Open the keystore at *path*, as :func:`open_keystore` does.

    Raises :class:`EhealthError` as that does, and ``storage.not-found`` or ``storage.read-failed``
    with the path.
    """
    return open_keystore(read_bytes(path), password, validate_keys=validate_keys)


def read_authentication(path: Path, password: str) -> KeyEntry:
    """Open the key that signs sessions in the keystore at *path*, as :func:`open_authentication`.

    Raises :class:`EhealthError` as that does, and ``storage.not-found`` or ``storage.read-failed``
    with the path.
    """
    return open_authentication(read_bytes(path), password)


def read_bytes(path: Path) -> bytes:
    """Read a file that should be a keystore, and never more of it than a keystore can have.

    Raises :class:`EhealthError` ``storage.not-found`` or ``storage.read-failed`` with the path.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_SIZE + 1)
    except FileNotFoundError as error:
        raise EhealthError("storage.not-found", path=str(path)) from error
    except OSError as error:
        problem = os.strerror(error.errno or 0)
        raise EhealthError("storage.read-failed", path=str(path), problem=problem) from error


def check_file_mode(path: Path) -> None:
    """Refuse a keystore that others may read or change, that is a link, or is another user's.

    Does nothing where there are no such modes (Windows). Raises :class:`EhealthError`
    ``storage.file-mode`` (path, mode, owned), ``storage.not-a-file`` (path) for a link or what is
    no file, ``storage.not-found`` or ``storage.read-failed``.
    """
    if os.name == "nt":
        return
    try:
        found = path.lstat()
    except FileNotFoundError as error:
        raise EhealthError("storage.not-found", path=str(path)) from error
    except OSError as error:
        problem = os.strerror(error.errno or 0)
        raise EhealthError("storage.read-failed", path=str(path), problem=problem) from error
    if not stat.S_ISREG(found.st_mode):
        raise EhealthError("storage.not-a-file", path=str(path))
    mode, owned = stat.S_IMODE(found.st_mode), found.st_uid == os.geteuid()
    if mode & 0o077 or not owned:
        raise EhealthError("storage.file-mode", path=str(path), mode=f"{mode:04o}", owned=owned)


def write_keystore(
    path: Path, keystore: Keystore, password: str, *, form: Form = Form.MODERN
) -> None:
    """Write *keystore* to *path*, 0600, whole or not at all.

    The new file is flushed to disk, opened again with *password* and compared before it takes the
    place of the old one. Raises :class:`EhealthError` as :func:`check_new_password`, and
    ``storage.disk-full`` or ``storage.write-failed`` with the path; the old file is then intact.
    """
    data = encode_keystore(
        keystore.entries + keystore.pending, password, form, trusted=keystore.trusted or None
    )

    def compare(written: Path) -> None:
        if not _reads_back(written, data, keystore, password):
            problem = "the file reads back differently"
            raise EhealthError("storage.write-failed", path=str(path), problem=problem)

    write_atomically(path, data, check=compare)


def _reads_back(path: Path, data: bytes, keystore: Keystore, password: str) -> bool:
    try:
        found = read_bytes(path)
        return found == data and same_content(open_keystore(found, password), keystore)
    except EhealthError:
        return False


def change_password(path: Path, old: str, new: str, form: Form = Form.MODERN) -> None:
    """Write the keystore at *path* again under another password, with every key it had.

    Raises :class:`EhealthError` as :func:`read_keystore` and :func:`write_keystore`.
    """
    write_keystore(path, read_keystore(path, old), new, form=form)


def same_content(a: Keystore, b: Keystore) -> bool:
    """Tell whether two keystores hold the same keys and certificates under the same names."""
    return (
        len(a.entries) == len(b.entries)
        and len(a.pending) == len(b.pending)
        and all(map(_same_entry, a.entries, b.entries))
        and all(map(_same_pending, a.pending, b.pending))
        and set(a.certificates) == set(b.certificates)
    )


def _same_entry(a: KeyEntry, b: KeyEntry) -> bool:
    return (
        a.alias == b.alias
        and a.certificate == b.certificate
        and a.chain == b.chain
        and same_public_key(a.private_key.public_key(), b.private_key.public_key())
    )


def _same_pending(a: PendingKey, b: PendingKey) -> bool:
    return (
        a.alias == b.alias
        and a.placeholder == b.placeholder
        and same_public_key(a.private_key.public_key(), b.private_key.public_key())
    )
