"""Which plugins are installed, from entry points, remembered so that a start scans nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from hilum_hookspecs import CONTRACT_VERSION, HilumError

from .folders import check_private_file, private_folder, write_atomically
from .plugins import FIRST_PARTY, GROUPS


class Entry(NamedTuple):
    """One entry point: a class of a plugin."""

    group: str
    name: str
    value: str
    """``module:attribute``."""

    distribution: str
    version: str
    contract: str = ""
    """The versions of the contract that its distribution works with, ``~=0.1.0``; empty when it
    does not say."""

    fits: bool = True
    """Whether the contract of now is one of them."""

    plugin_class: type | None = None
    """The class itself, when whoever runs the host hands it over instead of an installed one."""

    @property
    def plugin(self) -> str:
        """The plugin's name: ``ehealth_auth`` for the front ``ehealth_auth.cli``."""
        return self.name.partition(".")[0]

    def load(self) -> Any:
        """Return the class, imported now unless it was handed over."""
        if self.plugin_class is not None:
            return self.plugin_class
        from importlib import import_module

        module, _, attribute = self.value.partition(":")
        return getattr(import_module(module), attribute)


def given(plugins: Mapping[str, type]) -> tuple[Entry, ...]:
    """Return *plugins*, classes by name (``x``, ``x.cli``), as if their distributions were there.

    One with the name of a plugin of ours stands for ours.
    """
    ours = {name: distribution for distribution, name in FIRST_PARTY.items()}
    return tuple(
        Entry(
            group="hilum.cli" if name.endswith(".cli") else "hilum.plugins",
            name=name,
            value=f"{plugin.__module__}:{plugin.__qualname__}",
            distribution=ours.get(name.partition(".")[0], "given"),
            version="0",
            plugin_class=plugin,
        )
        for name, plugin in plugins.items()
    )


def installed(memory: Path, *, remember: bool = True) -> tuple[Entry, ...]:
    """Return every installed entry point of the host's groups.

    They come from the file *memory* while the folders of ``sys.path`` have not changed since it
    was written, else from a scan, which is then remembered unless *remember* is false. A memory
    that others could have written is ignored, because it names code that is imported.
    """
    key = _folder_times(sys.path)
    remembered = _remembered(memory, key)
    if remembered is not None:
        return remembered
    found = scan()
    if remember:
        _remember(memory, key, found)
    return found


def scan() -> tuple[Entry, ...]:
    """Look through the metadata of every installed distribution; takes tens of milliseconds."""
    from importlib import metadata

    from .wanted_contract import fits, wanted_contract

    found = [
        Entry(
            group=group,
            name=entry.name,
            value=entry.value,
            distribution=_normal(entry.dist.name),
            version=entry.dist.version,
            contract=wanted,
            fits=fits(wanted, CONTRACT_VERSION),
        )
        for group in GROUPS
        for entry in metadata.entry_points(group=group)
        if entry.dist is not None
        for wanted in (wanted_contract(entry.dist.requires or ()),)
    ]
    return tuple(sorted(found, key=lambda e: (e.group, e.name, e.distribution)))


def _remembered(memory: Path, key: str) -> tuple[Entry, ...] | None:
    try:
        with memory.open(encoding="utf-8") as file:
            check_private_file(memory, os.fstat(file.fileno()))
            kept_key, *lines = file.read().split("\n")
        return tuple(map(_entry, lines)) if kept_key == key else None
    except (OSError, ValueError, TypeError, HilumError):
        return None


def _entry(line: str) -> Entry:
    group, name, value, distribution, version, contract, unfit = line.split("\t")
    return Entry(group, name, value, distribution, version, contract, not unfit)


def _remember(memory: Path, key: str, entries: Sequence[Entry]) -> None:
    """Keep *entries*; what cannot be kept only costs the next start a scan.

    That is so with a folder that cannot be written to, and with a field that could end a line: the
    metadata of a distribution that is off must not say what is read back of another one.
    """
    from hilum_ehealth.errors import EhealthError

    if not all(field.isprintable() for entry in entries for field in entry[:6]):
        return
    lines = [key, *("\t".join((*entry[:6], "" if entry.fits else "unfit")) for entry in entries)]
    try:
        private_folder(memory.parent)
        write_atomically(memory, "\n".join(lines).encode())
    except (HilumError, EhealthError):
        return


def _folder_times(folders: Sequence[str]) -> str:
    """Describe, in one line, this Python, the contract and when each folder last changed."""
    times = [sys.version.replace("\n", " "), CONTRACT_VERSION]
    for folder in folders:
        with suppress(OSError):
            times.append(f"{folder}={os.stat(folder or '.').st_mtime_ns}")
    return "\t".join(times)


def _normal(distribution: str) -> str:
    return distribution.lower().replace("_", "-").replace(".", "-")
