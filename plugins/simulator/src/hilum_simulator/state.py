"""The state folder: authorities, registry and switches, from one start to the next.

``pki/`` holds the keys of the simulated authorities (0600), ``trust/`` the anchors for clients,
``registry.json`` and ``switches.json`` what a running simulator reads again when they change,
``settings.toml`` the settings that lead to it, ``card.json`` the software card, and ``lock`` is
held while a simulator runs.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import ConfigurationError, StorageError

from .lock import is_locked
from .registry import EXAMPLE, Registry
from .switches import Switches
from .words import _

if TYPE_CHECKING:
    from datetime import datetime

    from hilum_ehealth.testing.authority import Pki

_REGISTRY: Final = "registry.json"


@dataclass(frozen=True, slots=True)
class State:
    """The parts of a simulator that last."""

    folder: Path

    @classmethod
    def open(cls, folder: Path, *, make: bool = True) -> State:
        """Open *folder*, made 0700 with the example provider when it is new.

        Without *make* a folder that is no simulator's is left alone and refused
        (``simulator.no-state``, ``state``). Raises ``storage.unsafe-mode`` for a folder that others
        can look into or own, and ``storage.write-failed``.
        """
        try:
            if make:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            elif not cls(folder).is_made():
                raise _no_state(folder)
            _check(folder)
        except OSError as error:
            problem = os.strerror(error.errno or 0)
            raise StorageError("storage.write-failed", path=str(folder), problem=problem) from error
        state = cls(folder)
        if not state.is_made():
            state.registry().add(EXAMPLE)
        return state

    def is_made(self) -> bool:
        """Tell whether the folder is a simulator's already."""
        return (self.folder / _REGISTRY).is_file()

    def is_running(self) -> bool:
        """Tell whether a simulator runs on this state."""
        return is_locked(self.folder)

    def pki(self, now: datetime) -> Pki:
        """Return the authorities, made *now* when there are none; *now* dates what they issue."""
        from hilum_ehealth.testing.authority import Pki

        folder = self.folder / "pki"
        try:
            return Pki.load(folder, now=now)
        except FileNotFoundError:
            pki = Pki.create(now)
            pki.save(folder)
            return pki

    def registry(self) -> Registry:
        """Return who the platform knows."""
        return Registry(self.folder / _REGISTRY)

    def switches(self) -> Switches:
        """Return the switches."""
        return Switches(self.folder / "switches.json")

    @property
    def card(self) -> Path:
        """Where the software card is put by default."""
        return self.folder / "card.json"

    @property
    def settings(self) -> Path:
        """The settings file that leads to the simulator."""
        return self.folder / "settings.toml"


def _no_state(folder: Path) -> ConfigurationError:
    return ConfigurationError(
        "simulator.no-state",
        message=_.message("{state} is no state folder of a simulator.", state=str(folder)),
        remedy=_.message("`hilum simulator start` makes one; give both commands the same --state."),
        state=str(folder),
    )


def _check(folder: Path) -> None:
    if os.name != "posix":
        return
    status = folder.stat()
    ours = status.st_uid == os.getuid()
    if ours and not any(folder.iterdir()):
        folder.chmod(0o700)
    elif not ours or status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        raise StorageError("storage.unsafe-mode", path=str(folder), mode=mode)
