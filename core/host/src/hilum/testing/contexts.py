"""Making plugin contexts of fakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hilum_ehealth.environments import EHBOX_CONSULTATION, STS, Environment
from hilum_hookspecs import NoSettings, PluginContext

from .fakes import (
    FakeAudit,
    FakeCertificates,
    FakeCommandLine,
    FakeProgress,
    FakePrompter,
    FakeProviders,
    FakeSessions,
    FakeStorage,
    MemoryOutput,
    StillClock,
)

if TYPE_CHECKING:
    from sqlalchemy import MetaData


def test_environment(folder: Path) -> Environment:
    """Return an environment whose endpoints lead nowhere; its anchors stand in *folder*."""
    return Environment(
        name="test",
        endpoints={STS: "https://127.0.0.1:9/sts", EHBOX_CONSULTATION: "https://127.0.0.1:9/box"},
        trust_folder=folder / "trust",
    )


test_environment.__test__ = False  # type: ignore[attr-defined]  # pytest must not collect it


class ContextMaker:
    """Makes contexts in one temporary folder with one clock and one prompter."""

    def __init__(self, folder: Path, clock: StillClock, prompter: FakePrompter) -> None:
        self._folder = folder
        self._clock = clock
        self._prompter = prompter
        self._storages: list[FakeStorage] = []

    def __call__(
        self,
        plugin: type | None = None,
        *,
        name: str = "",
        settings: Mapping[str, object] | None = None,
        tables: Callable[[], MetaData] | None = None,
        **ports: Any,
    ) -> PluginContext[Any]:
        """Make the context of *plugin*: its ``Settings`` with *settings*, fakes for the rest."""
        form: type = getattr(plugin, "Settings", NoSettings)
        name = name or _name(plugin)
        defaults: dict[str, Any] = {
            "name": name,
            "data_folder": self._folder / name,
            "settings": form(**(settings or {})),
            "clock": self._clock,
            "environment": test_environment(self._folder),
            "prompter": self._prompter,
            "progress": FakeProgress(),
            "output": MemoryOutput(),
            "audit": FakeAudit(self._clock),
            "providers": FakeProviders(),
            "certificates": FakeCertificates(),
            "sessions": FakeSessions(clock=self._clock),
            "command_line": FakeCommandLine(),
        }
        if "storage" not in ports:
            ports["storage"] = self._storage(tables)
        return PluginContext(**{**defaults, **ports})

    def close(self) -> None:
        """Let go of the databases."""
        for storage in self._storages:
            storage.close()

    def _storage(self, tables: Callable[[], MetaData] | None) -> FakeStorage | None:
        if tables is None:
            return None
        storage = FakeStorage(tables)
        self._storages.append(storage)
        return storage


def _name(plugin: type | None) -> str:
    package = plugin.__module__.partition(".")[0] if plugin is not None else "test"
    return package.removeprefix("hilum_")
