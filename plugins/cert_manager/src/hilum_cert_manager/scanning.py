"""Looking through a folder for keystores, by content."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.keystore import Stage, glance, open_keystore
from hilum_ehealth.keystore.files import read_bytes
from hilum_hookspecs import KeystoreFile, Provider, StorageError

from .file_names import SUFFIXES, read_name
from .problems import problem

if TYPE_CHECKING:
    from hilum_ehealth.environments import Environment

MOST_FILES: Final = 500
UNKNOWN: Final = "unknown"
"""The stage when only the password could tell it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A keystore file, and the code of what stands in its way."""

    file: KeystoreFile
    code: str | None = None
    opened: bool = False

    @property
    def is_candidate(self) -> bool:
        """Tell whether it may be the one to import."""
        return self.code is None and self.file.belongs is not False


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a scan may open files with."""

    password: str
    environment: Environment
    now: datetime

    def __repr__(self) -> str:
        return "Key()"


def scan(folder: Path, record: Provider | None = None, key: Key | None = None) -> tuple[Found, ...]:
    """List the keystores in *folder*, newest first (by the name's date, else the file's).

    Without *key* nothing is opened: stage and holder are then what the names tell. With *record*
    each file says whether it belongs to that provider. A folder that is not there has none.
    Raises ``storage.read-failed`` for one that cannot be read.
    """
    files = sorted(_files(folder), key=lambda each: each[0], reverse=True)[:MOST_FILES]
    found = (_look(path, record, key) for _when, path in files)
    return tuple(each for each in found if each is not None)


def _files(folder: Path) -> Iterator[tuple[datetime, Path]]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        problem = os.strerror(error.errno or 0)
        raise StorageError("storage.read-failed", path=str(folder), problem=problem) from error
    for entry in entries:
        try:
            status = entry.stat()
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode) and not entry.name.startswith("."):
            made = datetime.fromtimestamp(status.st_mtime, UTC)
            yield read_name(entry.name).requested_at or made, Path(entry.path)


def _look(path: Path, record: Provider | None, key: Key | None) -> Found | None:
    """Look at one file; one that neither is nor calls itself a keystore is passed over."""
    named = read_name(path.name)
    file = KeystoreFile(
        path=path, stage=UNKNOWN, holder=named.holder, environment=named.environment
    )
    try:
        data = read_bytes(path)
        stage = glance(data).stage
    except EhealthError as error:
        return _refused(file, error) if path.name.lower().endswith(SUFFIXES) else None
    file = replace(file, stage=stage.value if stage else UNKNOWN)
    if stage is Stage.NOT_EHEALTH:
        return _refused(file, EhealthError("keystore.not-ehealth"))
    if key is None:
        return Found(file=_compared(file, record))
    try:
        return Found(file=_compared(_opened(file, data, key), record), opened=True)
    except EhealthError as error:
        return _refused(_compared(file, record), error)


def _opened(file: KeystoreFile, data: bytes, key: Key) -> KeystoreFile:
    from .content import environment_name, read_content

    content = read_content(open_keystore(data, key.password, validate_keys=False))
    return replace(
        file,
        stage=content.stage,
        holder=content.holder,
        not_after=content.not_after,
        environment=environment_name(content, key.environment),
    )


def _compared(file: KeystoreFile, record: Provider | None) -> KeystoreFile:
    """Say whether the file belongs to *record*, as far as its holder is known."""
    if record is None or not record.niss or not file.holder:
        return file
    return replace(file, belongs=file.holder == f"SSIN={record.niss}")


def _refused(file: KeystoreFile, error: EhealthError) -> Found:
    stage = Stage.INCOMPLETE.value if error.code == "keystore.incomplete" else file.stage
    opened = error.code in ("keystore.incomplete", "certificate.no-holder")
    refused = replace(file, stage=stage, problem=problem(error.code))
    return Found(file=refused, code=error.code, opened=opened)
