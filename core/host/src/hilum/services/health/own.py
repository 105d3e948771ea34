"""The host's own checks, from what a run of the program is made of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import HealthAnswer, HealthCheck, HilumError

from hilum.settings import BUILT_IN, General, StorageSettings
from hilum.words import _

from .answers import ok, single

if TYPE_CHECKING:
    from hilum_ehealth.environments import Environment
    from hilum_hookspecs.ports import Clock, Providers

    from hilum.host import Host
    from hilum.plugins import FoundPlugin
    from hilum.settings import Settings
    from hilum.storage.database import Database

SETTINGS_RANK: Final = 50
SETTINGS: Final = "settings"
"""Name of the check without which most others are not made: they depend on the settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a run of the program is made of; what settings that are wrong prevent is made later."""

    host: Host
    found: Sequence[FoundPlugin]
    """Every plugin that is installed."""

    named_plugins: Sequence[str]
    """Every plugin that the settings or the command line name."""

    environ: Mapping[str, str]
    data_folder: Path
    clock: Clock
    settings: Settings
    check: Callable[[], None]
    """Raises what is wrong with the settings."""

    environment: Callable[[], Environment]
    database: Callable[[], Database]
    providers: Callable[[], Providers]


def own_checks(surroundings: Surroundings) -> Iterator[HealthCheck]:
    """Yield the host's checks; with settings that cannot be used those that need none."""
    from .computer import ComputerHealth
    from .data_folder import DataFolderHealth
    from .plugin_check import PluginHealth

    yield single(SETTINGS, _.message("Settings"), SETTINGS_RANK, lambda: _settings(surroundings))
    if _usable(surroundings):
        yield from _checks_with_settings(surroundings)
    names = [each.name for each in surroundings.found]
    files = _files_in_data_folder(surroundings)
    yield DataFolderHealth(surroundings.data_folder, names, surroundings.clock, files=files).check()
    yield PluginHealth(surroundings.host, surroundings.found, surroundings.named_plugins).check()
    yield ComputerHealth(surroundings.environ).check()


def _checks_with_settings(surroundings: Surroundings) -> Iterator[HealthCheck]:
    from .database import DatabaseHealth
    from .network import REFERENCE, Network
    from .providers import ProviderHealth
    from .trust import Trust

    environment = surroundings.environment()
    reference = REFERENCE if environment.name in BUILT_IN else None  # else it is not eHealth's own
    yield from Network(environment, surroundings.clock, reference=reference).checks()
    yield from Trust(environment, surroundings.clock).checks()

    def file() -> Path | None:
        return _database_file(surroundings)

    yield DatabaseHealth(surroundings.database, file).check()
    yield ProviderHealth(surroundings.providers, surroundings.database, file).check()


def _settings(surroundings: Surroundings) -> HealthAnswer:
    surroundings.check()
    path, name = surroundings.settings.path, surroundings.environment().name
    data = {"path": str(path), "there": path.exists(), "environment": name}
    if path.exists():
        return ok(
            _.message("Read from {path}; environment {name}.", path=str(path), name=name), **data
        )
    return ok(
        _.message("There are none: the defaults hold; environment {name}.", name=name), **data
    )


def _usable(surroundings: Surroundings) -> bool:
    try:
        surroundings.check()
    except HilumError:
        return False
    return True


def _database_file(surroundings: Surroundings) -> Path | None:
    from hilum.storage.urls import database_url, sqlite_file

    storage = surroundings.settings.section("storage", StorageSettings)
    return sqlite_file(database_url(storage.url, surroundings.data_folder))


def _files_in_data_folder(surroundings: Surroundings) -> Collection[str]:
    """Name database and log as far as they stand there; also those that the settings would name."""
    from .data_folder import FILES

    folder, named = surroundings.data_folder, set(FILES)
    with suppress(HilumError):  # the check of the settings says it
        general = surroundings.settings.section("general", General)
        for file in (general.log_file, _database_file(surroundings)):
            if file is not None and file.parent == folder:
                named.add(file.name)
    return named
