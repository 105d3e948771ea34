"""Registering and calling plugins so that one plugin's failure stays its own."""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, ParamSpec, TypeVar

import hilum_hookspecs
import pluggy
from hilum_hookspecs import PROJECT_NAME, ConfigurationError, HilumError
from hilum_hookspecs.cli import CliCommand, CliSpecs
from hilum_hookspecs.specs import DomainSpecs

from .calls import Around, PluginCall, contribution_call, unwatched
from .contributions import called, check_contribution, read_to_the_end
from .failures import (
    CodedError,
    ContractError,
    PluginFailure,
    Redact,
    Stage,
    StrictFailure,
    is_ours,
    log,
)

if TYPE_CHECKING:
    from pluggy import HookImpl

__all__ = [
    "COMMANDS",
    "CONTRIBUTIONS",
    "CodedError",
    "Host",
    "PluginFailure",
    "Stage",
    "StrictFailure",
    "Survey",
    "is_ours",
]

P = ParamSpec("P")
T = TypeVar("T")

COMMANDS: Final = "hilum_cli_commands"
"""The hook of the command line; all others belong to the domain."""

CONTRIBUTIONS: Final = {
    "hilum_auth_methods": "AuthMethod",
    "hilum_local_logins": "LocalLogin",
    "hilum_certificate_sources": "CertificateSource",
    "hilum_record_validators": "RecordValidator",
    "hilum_status_indicators": "StatusIndicator",
    "hilum_provider_directories": "ProviderDirectory",
    "hilum_session_probes": "SessionProbe",
    "hilum_health_checks": "HealthCheck",
    "hilum_storage": "StorageSpec",
    COMMANDS: "CliCommand",
}
"""The class of the contract that each collecting hook must yield."""


def _redacted(text: str) -> str:
    from .redaction import redact

    return redact(text)


class Survey(NamedTuple):
    """What the plugins contribute to one hook, each value with its plugin's name."""

    found: tuple[tuple[str, object], ...]
    conflicts: dict[str, tuple[str, ...]]
    """Names offered more than once, with the plugins that offer them; none of them is found."""

    failed: tuple[str, ...]
    """Plugins that take part in the hook and whose contributions are not all among the found."""


class _Manager(pluggy.PluginManager):
    """Leaves out the names that every object has: none is a hook, and each costs each start."""

    def parse_hookspec_opts(
        self, module_or_class: types.ModuleType | type, name: str
    ) -> pluggy.HookspecOpts | None:
        return None if name.startswith("__") else super().parse_hookspec_opts(module_or_class, name)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        return None if name.startswith("__") else super().parse_hookimpl_opts(plugin, name)


class Host:
    """The plugin manager and the record of what went wrong in it.

    Plugins are called one by one in the order of their names. What a plugin raises, other than
    ``KeyboardInterrupt``, is recorded in :attr:`failures` under its name; a *strict* host raises
    :class:`StrictFailure` instead.

    *load_domain* is called once, before the first hook besides the command line's: a run that
    only shows help imports none of the plugins' domain parts. *ours* are the plugins that win when
    another one offers the same name. *on_failure* hears each failure as it happens; *around* is
    entered for each call of a plugin's code. *redact* is for what the errors of others say in the
    log.
    """

    def __init__(
        self,
        *,
        strict: bool = False,
        load_domain: Callable[[Host], None] | None = None,
        ours: Collection[str] = (),
        on_failure: Callable[[PluginFailure], None] = lambda failure: None,
        around: Around = unwatched,
        redact: Redact = _redacted,
    ) -> None:
        self.around = around
        self.failures: list[PluginFailure] = []
        self._strict = strict
        self._load_domain = load_domain
        self._ours = ours
        self._on_failure = on_failure
        self._redact = redact
        self._refused: list[tuple[str, object]] = []
        self._manager: pluggy.PluginManager = _Manager(PROJECT_NAME)
        for specs in (DomainSpecs, CliSpecs):
            self._manager.add_hookspecs(specs)

    def plugins(self) -> dict[str, object]:
        """Return the registered plugins by name."""
        return dict(sorted(self._manager.list_name_plugin()))

    def complete(self) -> None:
        """Load what was left for later; raises what its loading refuses, each time."""
        if self._load_domain is not None:
            self._load_domain(self)
            self._load_domain = None

    def ours(self, plugin: str) -> bool:
        """Tell whether *plugin* is one of ours."""
        return plugin in self._ours

    def register(self, plugin: object, name: str) -> None:
        """Register *plugin*, an object; one that offers something unknown leaves nothing behind.

        Raises ``TypeError`` for what cannot be a plugin or its name.
        """
        if not isinstance(name, str) or isinstance(plugin, str):
            raise TypeError("register(plugin, name): an object with hooks, and its name")
        try:
            _check_names(plugin, self._manager)
            self._manager.register(plugin, name)
            _check_wrappers(plugin, self._manager)
        except Exception as error:  # noqa: BLE001  # pluggy inspects foreign objects
            if self._manager.has_plugin(name):
                self._manager.unregister(name=name)
            self._refused.append((_plugin(name), plugin))
            self.failed(name, Stage.REGISTER, None, error)

    def collect(self, hook: str, **arguments: object) -> list[object]:
        """Return what every plugin yields for *hook*, in the order of the plugins' names.

        Raises ``plugin.conflict`` when two contributions have one name.
        """
        return [value for _, value in self.collect_with_source(hook, **arguments)]

    def collect_with_source(self, hook: str, **arguments: object) -> list[tuple[str, object]]:
        """Return (plugin name, contribution) pairs; see :meth:`collect`."""
        return list(self.unambiguous(hook, **arguments).found)

    def unambiguous(self, hook: str, **arguments: object) -> Survey:
        """Return the contributions to *hook*; raises ``plugin.conflict``."""
        survey = self.survey(hook, **arguments)
        for name, plugins in survey.conflicts.items():
            raise conflict(hook, name, plugins)
        return survey

    def survey(self, hook: str, **arguments: object) -> Survey:
        """Return the contributions to *hook*, which names collide, and who could not be asked.

        Between one of our plugins and another one that offers the same name, ours wins and the
        other one failed; so did a plugin that offers one name twice.
        """
        before = len(self.failures)
        found = [
            (plugin, value)
            for plugin, values in self._answers(hook, arguments)
            for value in self._of_type(hook, plugin, values)
        ]
        owners: dict[str, list[str]] = {}
        for plugin, value in found:
            owners.setdefault(_key(value, plugin), []).append(plugin)
        winners = {name: self._winner(hook, name, each) for name, each in owners.items()}
        failed = {each.plugin for each in self.failures[before:] if each.hook == hook}
        failed.update(name for name, plugin in self._refused if hasattr(type(plugin), hook))
        return Survey(
            found=tuple(each for each in found if winners[_key(each[1], each[0])] == each[0]),
            conflicts={
                name: tuple(owners[name]) for name, winner in winners.items() if winner is None
            },
            failed=tuple(sorted(failed)),
        )

    def notify(self, hook: str, **arguments: object) -> None:
        """Tell every plugin of an event; nobody can veto, and an answer is a mistake."""
        for plugin, answer in self._answers(hook, arguments):
            problem = ContractError(f"{hook} returns nothing, not {type(answer).__name__}")
            self.failed(plugin, Stage.CALL, hook, problem)

    def first(self, hook: str, **arguments: object) -> object:
        """Return the first answer that is not ``None``; a plugin that fails is passed over."""
        return next((answer for _, answer in self._answers(hook, arguments)), None)

    def call(
        self, plugin: str, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call *function*, a contribution of *plugin*, now that its hook is long over.

        What it yields is read to the end here. Our errors pass through; anything else that it
        raises is the plugin's defect and becomes ``plugin.failed``.
        """
        call = contribution_call(plugin, function, args, kwargs)
        return self._called(call, function, *args, **kwargs)

    def call_quick(
        self, plugin: str, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do as :meth:`call` for what must answer soon: a plugin that does not is named."""
        call = contribution_call(plugin, function, args, kwargs, quick=True)
        return self._called(call, function, *args, **kwargs)

    def _called(
        self, call: PluginCall, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        plugin = call.plugin
        try:
            with self.around(call):
                result = called(function, *args, **kwargs)
                if isinstance(result, Iterator):
                    return tuple(result)  # type: ignore[return-value]  # reads like the iterable it was
        except (Exception, SystemExit) as error:
            if is_ours(error):
                raise
            self.failed(plugin, Stage.CALL, None, error)
            raise failed_in_call(_plugin(plugin), error) from error
        return result

    def failed(self, plugin: str, stage: Stage, hook: str | None, error: BaseException) -> None:
        """Record a failure of *plugin*; a strict host raises it."""
        failure = PluginFailure(plugin=_plugin(plugin), stage=stage, hook=hook, error=error)
        if self._strict:
            raise StrictFailure(failure) from error
        self.failures.append(failure)
        self._on_failure(failure)
        log(failure, None if self.ours(failure.plugin) else self._redact)

    def _answers(self, hook: str, arguments: dict[str, object]) -> Iterator[tuple[str, object]]:
        """Call *hook* one plugin at a time; a failure is recorded and the next one asked."""
        if hook != COMMANDS:
            self.complete()
        implementations: list[HookImpl] = getattr(self._manager.hook, hook).get_hookimpls()
        for implementation in sorted(implementations, key=lambda each: each.plugin_name):
            try:
                given = {name: arguments[name] for name in implementation.argnames}
                with self.around(PluginCall(implementation.plugin_name, hook, given)):
                    answer: Any = implementation.function(*given.values())
                    if hook in CONTRIBUTIONS:
                        answer = read_to_the_end(answer or (), hook, _wanted(hook))
            except (Exception, SystemExit) as error:  # noqa: BLE001  # it must cost only itself
                self.failed(implementation.plugin_name, Stage.CALL, hook, error)
            else:
                if answer is not None:
                    yield _plugin(implementation.plugin_name), answer

    def _of_type(self, hook: str, plugin: str, values: Any) -> Iterator[object]:
        wanted = _wanted(hook)
        for value in values:
            try:
                check_contribution(value, wanted)
            except Exception as error:  # noqa: BLE001  # looking at a foreign object runs its code
                self.failed(plugin, Stage.CALL, hook, error)
            else:
                yield value

    def _winner(self, hook: str, name: str, plugins: list[str]) -> str | None:
        """Return whose contribution *name* counts: ``None`` in a conflict, empty for nobody's."""
        if len(plugins) == 1:
            return plugins[0]
        bearers = set(plugins)
        ours = [plugin for plugin in bearers if self.ours(plugin)]
        if len(bearers) > 1 and len(ours) != 1:
            return None
        winner = ours[0] if len(bearers) > 1 else ""
        for loser in sorted(bearers - {winner}):
            self.failed(loser, Stage.CALL, hook, conflict(hook, name, plugins))
        return winner


def failed_in_call(plugin: str, error: BaseException) -> HilumError:
    """Make ``plugin.failed`` of what *plugin* raised when it was asked to do something.

    Details: ``plugin``, ``type``, and ``problem`` for what breaks the contract.
    """
    made = HilumError("plugin.failed", plugin=plugin, type=type(error).__name__)
    if isinstance(error, ContractError):
        made.details["problem"] = str(error)
    return made


def _plugin(name: str) -> str:
    """Return the plugin's name for that of one of its fronts, which users need not know."""
    return name.partition(".")[0]


def conflict(hook: str, name: str, plugins: Sequence[str]) -> ConfigurationError:
    """Make ``plugin.conflict``: *plugins* all offer *name*."""
    return ConfigurationError("plugin.conflict", hook=hook, name=name, plugins=list(plugins))


def _wanted(hook: str) -> type:
    """Return what *hook* must yield, imported when it is first asked for."""
    return CliCommand if hook == COMMANDS else getattr(hilum_hookspecs, CONTRIBUTIONS[hook])


def _key(value: object, plugin: str) -> str:
    """Name a contribution: commands may have one name in two groups, tables have none."""
    if isinstance(value, CliCommand) and value.under:
        return f"{value.under} {value.name}"
    return str(getattr(value, "name", f"{plugin} {id(value)}"))


def _check_names(plugin: object, manager: pluggy.PluginManager) -> None:
    """Refuse a method that looks like a hook and is none: misspelt, or without its marker."""
    for name in dir(plugin):
        if not name.startswith("hilum_"):
            continue
        method = getattr(type(plugin), name, None)
        if not isinstance(method, types.FunctionType):
            continue
        if not hasattr(manager.hook, name):
            raise pluggy.PluginValidationError(plugin, f"unknown hook {name!r}")
        if manager.parse_hookimpl_opts(plugin, name) is None:
            raise pluggy.PluginValidationError(plugin, f"{name!r} is not marked with @hookimpl")


def _check_wrappers(plugin: object, manager: pluggy.PluginManager) -> None:
    for caller in manager.get_hookcallers(plugin) or ():
        if not caller.has_spec():
            raise pluggy.PluginValidationError(plugin, f"unknown hook {caller.name!r}")
        for each in caller.get_hookimpls():
            if each.plugin is plugin and (each.wrapper or each.hookwrapper):
                raise pluggy.PluginValidationError(plugin, f"{caller.name} takes no wrappers")
