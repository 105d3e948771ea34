"""Making the folder of a new plugin: a distribution that installs and passes its tests."""

from __future__ import annotations

import keyword
from collections.abc import Collection, Iterator
from pathlib import Path
from string import Template
from typing import Final

from hilum_hookspecs import CONTRACT_VERSION, ConfigurationError, StorageError

from .plugins import RESERVED, may_be_named

KINDS: Final = (
    "validator",
    "auth-method",
    "certificate-source",
    "directory",
    "probe",
    "status-indicator",
)
"""What a new plugin can contribute; ``templates/KIND`` has its module and its test."""

_SPEAKING: Final = ("auth-method", "probe")
"""Kinds whose module imports the protocol kit."""

_TEMPLATES: Final = Path(__file__).parent / "templates"
_LONGEST: Final = 40
"""Letters of a name: tables and files bear it."""

_PLACES: Final = {
    "pyproject.toml": "common/pyproject.toml",
    "README.md": "common/README.md",
    "src/{package}/__init__.py": "common/init.py",
    "src/{package}/plugin.py": "{kind}/plugin.py",
    "src/{package}/py.typed": "common/py.typed",
    "tests/test_{name}.py": "{kind}/test.py",
}


def check_name(name: str, taken: Collection[str]) -> None:
    """Raise ``plugin.name-invalid`` unless a new plugin can be called *name*."""
    reason = ""
    if name in taken:
        reason = "taken"
    elif name in RESERVED:
        reason = "reserved"
    elif not may_be_named(name) or keyword.iskeyword(name) or len(name) > _LONGEST:
        reason = "malformed"
    if reason:
        raise ConfigurationError("plugin.name-invalid", plugin=name, reason=reason)


def new_plugin(name: str, kind: str, parent: Path, *, dry_run: bool = False) -> tuple[Path, ...]:
    """Make the folder ``NAME-hilum`` in *parent* and return its files, the folder first.

    With *dry_run* nothing is made. Raises ``plugin.folder-exists`` and, when the disk refuses,
    ``storage.not-writable``.
    """
    folder = parent / f"{name.replace('_', '-')}-hilum"
    if folder.exists() or folder.is_symlink():
        raise ConfigurationError("plugin.folder-exists", path=str(folder))
    files = dict(_filled(name, kind))
    if not dry_run:
        try:
            folder.mkdir(parents=True)
            for place, text in files.items():
                (folder / place).parent.mkdir(parents=True, exist_ok=True)
                (folder / place).write_text(text, encoding="utf-8")
        except OSError as error:
            raise StorageError(
                "storage.not-writable", path=str(folder), problem=error.strerror or ""
            ) from error
    return (folder, *(folder / place for place in files))


def _filled(name: str, kind: str) -> Iterator[tuple[str, str]]:
    """Yield each file's place in the folder and its text."""
    package = f"{name}_hilum"
    requirements = [f"hilum-hookspecs~={CONTRACT_VERSION}"]
    if kind in _SPEAKING:
        requirements.append("hilum-ehealth")
    words = {
        "name": name,
        "slug": name.replace("_", "-"),
        "package": package,
        "distribution": package.replace("_", "-"),
        "requirements": ", ".join(f'"{each}"' for each in requirements),
        "kind": kind,
    }
    for place, template in _PLACES.items():
        source = _TEMPLATES / f"{template.format(kind=kind)}.template"
        text = source.read_text(encoding="utf-8")
        yield place.format(name=name, package=package), Template(text).substitute(words)
