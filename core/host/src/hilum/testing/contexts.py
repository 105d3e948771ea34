"""Making plugin contexts of fakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hilum_ehealth.environments import EHBOX_CONSULTATION, STS, Environment
from hilum_hookspecs import ConfigurationError, NoSettings, PluginContext

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
        """Make the context of *plugin*: its ``Settings`` with *settings*, fakes for the rest.

        The settings are read as the host reads those of the file: ``settings.unknown-key`` and
        ``settings.invalid-value`` say what does not fit, ``TypeError`` what is wrong with
        ``Settings`` itself.
        """
        form: type = getattr(plugin, "Settings", NoSettings)
        name = name or _name(plugin)
        defaults: dict[str, Any] = {
            "name": name,
            "data_folder": self._folder / name,
            "settings": _read(name, form, settings or {}, self._folder),
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


def _read(name: str, form: type, given: Mapping[str, object], folder: Path) -> object:
    """Read *given*, and before it the defaults, which nobody reads when a section is empty."""
    from hilum.settings import Settings
    from hilum.settings_values import check_form, hints

    check_form(form)
    defaults = {key: getattr(form(), key) for key in hints(form)}
    file = folder / "config.toml"
    try:
        Settings(file, {name: _written(defaults, defaults)}).section(name, form)
    except ConfigurationError as error:
        raise TypeError(f"{form.__name__}: a default does not fit. {_sentence(error)}") from error
    try:
        return Settings(file, {name: _written(given, defaults)}).section(name, form)
    except ConfigurationError as error:
        error.add_note(_sentence(error))
        raise


def _written(given: Mapping[str, object], defaults: Mapping[str, object]) -> dict[str, object]:
    """Return *given* as TOML has it: paths are texts, tuples lists, ``None`` is not there."""
    kept = {k: v for k, v in given.items() if v is not None or defaults.get(k, "") is not None}
    return {key: _in_toml(value) for key, value in kept.items()}


def _in_toml(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _sentence(error: ConfigurationError) -> str:
    from hilum.catalogue import words_for

    words = words_for(error)
    return f"{words.message} {words.remedy}"


def _name(plugin: type | None) -> str:
    package = plugin.__module__.partition(".")[0] if plugin is not None else "test"
    return package.removeprefix("hilum_")
