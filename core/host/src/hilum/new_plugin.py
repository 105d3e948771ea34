"""Making the folder of a new plugin: a distribution that installs and passes its tests."""

from __future__ import annotations

import keyword
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Final

from hilum_ehealth.files import storage_error
from hilum_hookspecs import CONTRACT_VERSION, ConfigurationError

from .names_of_ours import NAMES
from .plugins import is_reserved, may_be_named

_HOOKS: Final[Mapping[str, str]] = {
    "validator": "hilum_record_validators",
    "auth-method": "hilum_auth_methods",
    "certificate-source": "hilum_certificate_sources",
    "command": "hilum_cli_commands",
    "directory": "hilum_provider_directories",
    "probe": "hilum_session_probes",
    "status-indicator": "hilum_status_indicators",
}
KINDS: Final = tuple(_HOOKS)
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


def check_name(name: str, kind: str, taken: Collection[str], commands: Collection[str]) -> None:
    """Raise ``plugin.name-invalid`` unless a new plugin of *kind* can be called *name*.

    *taken* are the plugins there are, *commands* those of Hilum. What the plugin offers bears its
    name too: that of Hilum's own would be used instead.
    """
    reason = ""
    offered = commands if kind == "command" else NAMES[_HOOKS[kind]]
    if name in taken:
        reason = "taken"
    elif is_reserved(name) or _slug(name) in offered:
        reason = "reserved"
    elif not may_be_named(name) or keyword.iskeyword(name) or len(name) > _LONGEST:
        reason = "malformed"
    if reason:
        raise ConfigurationError("plugin.name-invalid", plugin=name, reason=reason)


def new_plugin(name: str, kind: str, parent: Path, *, dry_run: bool = False) -> tuple[Path, ...]:
    """Make the folder ``NAME-hilum`` in *parent* and return its files, the folder first.

    With *dry_run* nothing is made. Raises ``plugin.folder-exists`` and, when the disk refuses,
    ``storage.disk-full`` and ``storage.write-failed``.
    """
    folder = parent / f"{_slug(name)}-hilum"
    if folder.exists() or folder.is_symlink():
        raise ConfigurationError("plugin.folder-exists", path=str(folder))
    files = dict(_filled(name, kind))
    if not dry_run:
        try:
            _write(folder, files)
        except OSError as error:
            raise storage_error(error, folder) from error
    return (folder, *(folder / place for place in files))


def _slug(name: str) -> str:
    return name.replace("_", "-")


def _write(folder: Path, files: Mapping[str, str]) -> None:
    """Make *folder* with all *files*, or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".", dir=folder.parent) as workshop:
        made = Path(workshop) / folder.name
        for place, text in files.items():
            (made / place).parent.mkdir(parents=True, exist_ok=True)
            (made / place).write_text(text, encoding="utf-8")
        made.rename(folder)


def _filled(name: str, kind: str) -> Iterator[tuple[str, str]]:
    """Yield each file's place in the folder and its text."""
    package = f"{name}_hilum"
    requirements = [f"hilum-hookspecs~={CONTRACT_VERSION}"]
    if kind in _SPEAKING:
        requirements.append("hilum-ehealth")
    words = {
        "name": name,
        "slug": _slug(name),
        "package": package,
        "distribution": package.replace("_", "-"),
        "requirements": ", ".join(f'"{each}"' for each in requirements),
        "kind": kind,
        "a_kind": f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}",
        "group": "hilum.cli" if kind == "command" else "hilum.plugins",
        "entry": f'"{name}.cli"' if kind == "command" else name,
    }
    for place, template in _PLACES.items():
        source = _TEMPLATES / f"{template.format(kind=kind)}.template"
        text = source.read_text(encoding="utf-8")
        yield place.format(name=name, package=package), Template(text).substitute(words)
