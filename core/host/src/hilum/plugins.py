"""Finding plugins, deciding which are on, and making them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hilum_hookspecs import CONTRACT_VERSION, HilumError, NoSettings

from .calls import PluginCall
from .host import Host, Stage
from .settings import ENVIRONMENTS, HOST_SECTIONS

if TYPE_CHECKING:
    from hilum_hookspecs import PluginContext

    from .discovery import Entry

FIRST_PARTY: Final[Mapping[str, str]] = {
    "hilum-provider-records": "provider_records",
    "hilum-cert-manager": "cert_manager",
    "hilum-ehealth-auth": "ehealth_auth",
    "hilum-fallback-login": "fallback_login",
    "hilum-session-liveness": "session_liveness",
    "hilum-ehealthbox": "ehealthbox",
    "hilum-simulator": "simulator",
}
"""Our own distributions and the plugin that each brings; every other one is a third party's."""

DOMAIN: Final = "hilum.plugins"
FRONT: Final = "hilum.cli"
GROUPS: Final = (DOMAIN, FRONT)
"""The entry point groups of the command line."""

RESERVED: Final = frozenset(
    {*HOST_SECTIONS, ENVIRONMENTS, "hilum", "audit", "sessions", "trust", "locks"}
)
"""Names that no plugin can have: the host's sections of the settings and its folders."""

HOST_PREFIX: Final = "hilum_"
"""How the names of the host's tables begin, and so no plugin's."""


class State(Enum):
    """Whether a plugin takes part."""

    ON = "on"
    OFF = "off"
    """A third party's, not enabled: listed, never imported."""

    DISABLED = "disabled"
    """Switched off in the settings."""

    WITHOUT = "without"
    """Left out for this run."""

    INCOMPATIBLE = "incompatible"
    """Written for another version of the contract; never imported."""

    REFUSED = "refused"
    """Uses the name of one of ours, of another plugin or of a part of the host; never imported."""


class Choice(NamedTuple):
    """What the settings and the command line say about plugins."""

    enabled: Collection[str] = ()
    disabled: Collection[str] = ()
    without: Collection[str] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """Every name that is said, whether such a plugin is installed or not."""
        return (*self.enabled, *self.disabled, *self.without)


class FoundPlugin(NamedTuple):
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

    @property
    def contract(self) -> str:
        """The versions of the contract that it works with; empty when it does not say."""
        return self.entries[0].contract

    @property
    def refusal(self) -> HilumError | None:
        """Why the plugin is never imported, whatever the settings say; ``None`` when it may be."""
        if self.state is State.INCOMPATIBLE:
            return HilumError(
                "plugin.incompatible",
                plugin=self.name,
                distribution=self.distribution,
                wants=self.contract,
                contract=CONTRACT_VERSION,
            )
        if self.state is State.REFUSED:
            broken = "reserved" if self.name in RESERVED else "invalid"
            reason = "taken" if may_be_named(self.name) else broken
            return HilumError(
                "plugin.refused", plugin=self.name, distribution=self.distribution, reason=reason
            )
        return None


def may_be_named(name: str) -> bool:
    """Tell whether a plugin can have *name*: small letters, digits and ``_``, not reserved."""
    plain = name.isascii() and name.isidentifier() and name == name.lower()
    return plain and not name.startswith("_") and not is_reserved(name)


def is_reserved(name: str) -> bool:
    """Tell whether a section, a folder or a table of the host has *name* or may come to have it."""
    return name in RESERVED or name.startswith(HOST_PREFIX)


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
            state=_state(members[0], names.count(name), choice),
            entries=tuple(sorted(members, key=lambda e: (GROUPS.index(e.group), e.name))),
        )
        for (name, distribution), members in sorted(grouped.items())
    )


def _state(entry: Entry, bearers: int, choice: Choice) -> State:
    name = entry.plugin
    first_party = FIRST_PARTY.get(entry.distribution) == name
    taken = name in FIRST_PARTY.values() or bearers > 1
    if not first_party and (taken or not may_be_named(name)):
        return State.REFUSED
    if name in choice.without:
        return State.WITHOUT
    if name in choice.disabled:
        return State.DISABLED
    if not entry.fits:
        return State.INCOMPATIBLE
    return State.ON if first_party or name in choice.enabled else State.OFF


Prepare = Callable[["FoundPlugin", bool], "PluginContext[Any]"]
"""Makes the context of a plugin, for its domain part or for a front."""


def load(host: Host, plugins: Sequence[FoundPlugin], group: str, prepare: Prepare) -> None:
    """Import, make and register the classes of *group* of the plugins that are on.

    A broken plugin costs only itself: its failure is recorded under its name.
    """
    for plugin in plugins:
        entries = [entry for entry in plugin.entries if entry.group == group]
        if plugin.state is State.ON and entries:
            _load_one(host, plugin, entries, prepare)


def settings_class(plugin: FoundPlugin) -> type:
    """Return the dataclass of the plugin's section: the attribute ``Settings`` of its class."""
    classes = (entry.load() for entry in plugin.entries)
    return next((each.Settings for each in classes if hasattr(each, "Settings")), NoSettings)


def _load_one(host: Host, plugin: FoundPlugin, entries: Sequence[Entry], prepare: Prepare) -> None:
    stage = Stage.LOAD
    try:
        with host.around(PluginCall(entries[0].name, stage.value, {})):
            classes = [(entry.name, entry.load()) for entry in entries]
            stage = Stage.SETTINGS
            context = prepare(plugin, entries[0].group == DOMAIN)
            stage = Stage.LOAD
            made = [(name, plugin_class(context)) for name, plugin_class in classes]
    except (Exception, SystemExit) as error:  # noqa: BLE001  # it must cost only itself
        host.failed(plugin.name, stage, None, error)
        return
    for name, instance in made:
        host.register(instance, name)


PORTS: Final = ("hilum.cli.output",)
"""Modules of ours that plugins call and that refuse wrong arguments."""


def blamed_plugin(host: Host, error: BaseException) -> str | None:
    """Return the plugin in whose code *error* arose; ``None`` when it arose in ours."""
    packages = plugin_packages(host)
    blamed: str | None = None
    trace = error.__traceback__
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        package = module.partition(".")[0]
        if module in PORTS:
            pass  # whoever called it wrongly is to blame
        elif package == __name__.partition(".")[0]:
            blamed = None
        elif package in packages:
            blamed = packages[package]
        trace = trace.tb_next
    return blamed


def plugin_packages(host: Host) -> dict[str, str]:
    """Return the plugin by the package that its class is of."""
    return {
        type(plugin).__module__.partition(".")[0]: name.partition(".")[0]
        for name, plugin in host.plugins().items()
    }
