"""Finding plugins, deciding which are on, and making them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from hilum_hookspecs import NoSettings, PluginContext

from .host import Host, Stage

if TYPE_CHECKING:
    from .discovery import Entry

FIRST_PARTY: Final[Mapping[str, str]] = {
    "hilum-provider-records": "provider_records",
    "hilum-cert-manager": "cert_manager",
    "hilum-ehealth-auth": "ehealth_auth",
    "hilum-fallback-login": "fallback_login",
    "hilum-session-liveness": "session_liveness",
    "hilum-simulator": "simulator",
}
"""Our own distributions and the plugin that each brings; every other one is a third party's."""

GROUPS: Final = ("hilum.plugins", "hilum.cli")
"""The entry point groups of the command line, in the order in which they are loaded."""


class State(Enum):
    """Whether a plugin takes part."""

    ON = "on"
    OFF = "off"
    """A third party's, not enabled: listed, never imported."""

    DISABLED = "disabled"
    """Switched off in the settings."""

    WITHOUT = "without"
    """Left out for this run."""

    REFUSED = "refused"
    """Uses the name of one of ours, or of another plugin; never imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the settings and the command line say about plugins."""

    enabled: Collection[str] = ()
    disabled: Collection[str] = ()
    without: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPlugin:
    """A plugin that is installed here."""

    name: str
    distribution: str
    version: str
    state: State
    entries: tuple[Entry, ...]

    @property
    def first_party(self) -> bool:
        """Tell whether the plugin is one of ours."""
        return FIRST_PARTY.get(self.distribution) == self.name


def known_names(plugins: Iterable[FoundPlugin]) -> tuple[str, ...]:
    """Return the names of every plugin that is installed or ours."""
    return tuple(sorted({*FIRST_PARTY.values(), *(plugin.name for plugin in plugins)}))


def survey(entries: Iterable[Entry], choice: Choice) -> tuple[FoundPlugin, ...]:
    """Sort installed *entries* into plugins, by name, and decide which take part."""
    grouped: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        grouped.setdefault((entry.plugin, entry.distribution), []).append(entry)
    names = [name for name, _ in grouped]
    return tuple(
        FoundPlugin(
            name=name,
            distribution=distribution,
            version=members[0].version,
            state=_state(name, distribution, names.count(name), choice),
            entries=tuple(sorted(members, key=lambda e: (GROUPS.index(e.group), e.name))),
        )
        for (name, distribution), members in sorted(grouped.items())
    )


def _state(name: str, distribution: str, bearers: int, choice: Choice) -> State:
    first_party = FIRST_PARTY.get(distribution) == name
    if not first_party and (name in FIRST_PARTY.values() or bearers > 1):
        return State.REFUSED
    if name in choice.without:
        return State.WITHOUT
    if name in choice.disabled:
        return State.DISABLED
    return State.ON if first_party or name in choice.enabled else State.OFF


Prepare = Callable[[str, type], "PluginContext[Any]"]
"""Makes the context of a plugin from its name and the class of its settings."""


def load(host: Host, plugins: Sequence[FoundPlugin], prepare: Prepare) -> None:
    """Import, make and register the plugins that are on; a broken one costs only itself."""
    for plugin in plugins:
        if plugin.state is State.ON:
            _load_one(host, plugin, prepare)


def _load_one(host: Host, plugin: FoundPlugin, prepare: Prepare) -> None:
    stage, name = Stage.LOAD, plugin.name
    try:
        classes = [(entry.name, entry.load()) for entry in plugin.entries]
        settings = next((c.Settings for _, c in classes if hasattr(c, "Settings")), NoSettings)
        stage = Stage.SETTINGS
        context = prepare(plugin.name, settings)
        stage = Stage.LOAD
        made = [(name, plugin_class(context)) for name, plugin_class in classes]
    except (Exception, SystemExit) as error:  # noqa: BLE001  # it must cost only itself
        host.failed(name, stage, None, error)
        return
    for name, instance in made:
        host.register(instance, name)


def blamed_plugin(host: Host, error: BaseException) -> str | None:
    """Return the plugin in whose code *error* arose; ``None`` when it arose in ours."""
    packages = {_package(plugin): name for name, plugin in host.plugins().items()}
    blamed: str | None = None
    trace = error.__traceback__
    while trace is not None:
        package = str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        if package == __name__.partition(".")[0]:
            blamed = None
        elif package in packages:
            blamed = packages[package].partition(".")[0]
        trace = trace.tb_next
    return blamed


def _package(plugin: object) -> str:
    return type(plugin).__module__.partition(".")[0]
