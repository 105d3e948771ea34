"""A bundle for whoever helps: what is installed and how it is, without secrets and persons."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from hilum_hookspecs import ConfigurationError

from hilum.failures import PluginFailure, is_ours
from hilum.folders import write_atomically
from hilum.plain import jsonable

if TYPE_CHECKING:
    from hilum_hookspecs import SessionView

    from hilum.plugins import FoundPlugin
    from hilum.settings import Settings

    from .database_care import Checked
    from .health.reports import CheckReport

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
"""The hash at the head of an audit: made by us, names nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What the parts of a bundle are made from, each asked for when its part is made."""

    redact: Callable[[str], str]
    problem: Callable[[], str | None]
    """The code of what is wrong with the settings."""

    environment: Callable[[], str]
    settings: Settings = field(repr=False)
    plugins: Callable[[], Sequence[FoundPlugin]]
    failures: Callable[[], Sequence[PluginFailure]]
    sessions: Callable[[], Sequence[SessionView]]
    database: Callable[[], Checked]
    doctor: Callable[[], Sequence[CheckReport]]
    log: Path
    data_folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportFile:
    """One file of a bundle."""

    name: str
    text: str = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.text.encode())


Part = Callable[[Sources], object]
"""Makes one file: a text, or data that become JSON."""


def bundle(sources: Sources, parts: Mapping[str, Part]) -> tuple[SupportFile, ...]:
    """Make the files of *parts*, by name, redacted; a part that fails costs only itself."""
    return tuple(
        SupportFile(name=name, text=_text(_made(part, sources), sources))
        for name, part in parts.items()
    )


def write(path: Path, files: Iterable[SupportFile], now: datetime) -> None:
    """Write *files* to the new archive *path* (zip, 0600).

    Raises ``usage.file-exists`` and ``storage.*``.
    """
    refuse_existing(path)
    moment = now.astimezone(ZoneInfo("Europe/Brussels"))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in files:
            entry = zipfile.ZipInfo(each.name, moment.timetuple()[:6])
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, each.text, zipfile.ZIP_DEFLATED)
    write_atomically(path, data.getvalue())


def refuse_existing(path: Path) -> None:
    """Refuse to take the place of a file; raises ``usage.file-exists``."""
    if os.path.lexists(path):
        raise ConfigurationError("usage.file-exists", path=str(path))


def _made(part: Part, sources: Sources) -> object:
    try:
        return part(sources)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # what is broken is why somebody asks for help
        return {"problem": error.code if is_ours(error) else type(error).__name__}


def _text(made: object, sources: Sources) -> str:
    if isinstance(made, str):
        return _anonymous(made, sources)
    return json.dumps(_clean(made, sources), indent=1, ensure_ascii=False) + "\n"


def _clean(value: object, sources: Sources) -> object:
    value = jsonable(value, _plain)
    if isinstance(value, dict):
        return {_anonymous(key, sources): _clean(each, sources) for key, each in value.items()}
    if isinstance(value, list):
        return [_clean(each, sources) for each in value]
    if isinstance(value, str) and not _DIGEST.fullmatch(value):
        return _anonymous(value, sources)
    return value


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _anonymous(text: str, sources: Sources) -> str:
    """Return *text* redacted, and with the folders that tell whose computer it is by name only."""
    for folder, name in ((sources.data_folder, "DATA"), (Path.home(), "~")):
        if len(folder.parts) > 1:
            text = text.replace(str(folder), name)
    return sources.redact(text)
