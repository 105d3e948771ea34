"""Everything that one run of the command line is made of, each part made when it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hilum_hookspecs import ConfigurationError, HilumError, PluginContext
from hilum_hookspecs.words import set_language

from hilum.clock import SystemClock
from hilum.context import Deferred
from hilum.discovery import given, installed
from hilum.environments import choose_environment
from hilum.folders import choose_data_folder, private_folder
from hilum.host import Host
from hilum.plugins import Choice, FoundPlugin, State, known_names, load, survey
from hilum.settings import General, Plugins, Settings, StorageSettings, database_url

from .options import GlobalOptions, chosen_language
from .output import CliOutput
from .progress import CliProgress
from .prompter import CliPrompter
from .secrets import GivenSecrets

if TYPE_CHECKING:
    from hilum_ehealth.environments import Environment
    from hilum_hookspecs.ports import Clock


class App:
    """The host, the ports and the services of one run.

    Settings that are wrong are kept in :attr:`problem` and raised by :meth:`prepare`, so that
    ``--help`` and ``hilum plugins`` work whatever the settings say.
    """

    def __init__(
        self,
        options: GlobalOptions,
        *,
        environ: MutableMapping[str, str],
        output: CliOutput,
        secrets: GivenSecrets,
        interactive: bool,
        clock: Clock | None = None,
        on_step: Callable[[str], None] | None = None,
        plugins: Mapping[str, type] | None = None,
    ) -> None:
        self.options = options
        self._plugins = plugins
        self.environ = environ
        self.output = output
        self.clock: Clock = clock or SystemClock()
        self.interactive = interactive
        self.prompter = CliPrompter(secrets, interactive=interactive)
        self.progress = CliProgress(on_step or self._say_step)
        self.problem: HilumError | None = None
        self.data_folder: Path = choose_data_folder(options.data_dir, environ)
        self.settings = self._read_settings()
        self._choose_language()

    def prepare(self) -> None:
        """Make ready for a command: raise what is wrong with the settings, own the data folder."""
        _ = self.host
        if self.problem is not None:
            raise self.problem
        if not self.environment.built_in or self.environment.name != "production":
            self.output.environment = self.environment.name
        private_folder(self.data_folder)

    @cached_property
    def environment(self) -> Environment:
        """The eHealth environment of this run."""
        return choose_environment(self.options.environment, self.settings, self.data_folder)

    @cached_property
    def found(self) -> tuple[FoundPlugin, ...]:
        """Every plugin that is installed, with what the settings say about it."""
        if self._plugins is not None:
            return survey(given(self._plugins), self._plugin_choice(enabled=self._plugins))
        return survey(installed(self.data_folder / "plugins.json"), self._plugin_choice())

    @cached_property
    def host(self) -> Host:
        """The host with its plugins; without any when the settings cannot be used."""
        host = Host()
        try:
            if self.problem is None:
                self.settings.check_sections(known_names(self.found))
                _ = self.environment
                load(host, self.found, self._context)
                self._first_settings_failure(host)
        except HilumError as error:
            self.problem = self.problem or error
        return host

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL of the common database."""
        return database_url(self.settings.section("storage", StorageSettings), self.data_folder)

    def why_off(self, plugin: str) -> HilumError:
        """Say why *plugin*, whose command was asked for, takes no part."""
        found = next((each for each in self.found if each.name == plugin), None)
        if found is None:
            return ConfigurationError("plugin.not-installed", plugin=plugin)
        if found.state is State.ON:
            return HilumError("plugin.failed", plugin=plugin)
        return ConfigurationError("plugin.disabled", plugin=plugin, state=found.state.value)

    def close(self) -> None:
        """Let go of what was opened."""

    def _context(self, name: str, settings: type) -> PluginContext[Any]:
        """Make what the plugin *name* is made with."""
        return PluginContext(
            name=name,
            data_folder=self.data_folder / name,
            settings=self.settings.section(name, settings),
            clock=self.clock,
            environment=self.environment,
            prompter=self.prompter,
            progress=self.progress,
            output=self.output,
            storage=cast(Any, Deferred(lambda: self.database)),
            audit=cast(Any, Deferred(lambda: self.audit)),
            providers=cast(Any, Deferred(lambda: self.providers)),
            certificates=cast(Any, Deferred(lambda: self.certificates)),
            sessions=cast(Any, Deferred(lambda: self.sessions)),
            command_line=cast(Any, Deferred(lambda: self.command_line)),
        )

    @cached_property
    def command_line(self) -> object:
        """Our own command line, inside this process."""
        from .inside import InsideCommandLine

        return InsideCommandLine(self.environ)

    def _read_settings(self) -> Settings:
        path = self.options.config or self.environ.get("HILUM_CONFIG")
        file = Path(path).expanduser().absolute() if path else self.data_folder / "config.toml"
        try:
            return Settings.read(file, self.environ, required=bool(path))
        except HilumError as error:
            self.problem = error
            return Settings(file, {})

    def _choose_language(self) -> None:
        setting = ""
        try:
            setting = self.settings.section("general", General).language
        except HilumError as error:
            self.problem = self.problem or error
        set_language(chosen_language(self.options.lang, setting, self.environ))

    def _plugin_choice(self, enabled: Iterable[str] = ()) -> Choice:
        without = self.environ.get("HILUM_WITHOUT", "").replace(",", " ").split()
        said = Plugins()
        try:
            said = self.settings.section("plugins", Plugins)
        except HilumError as error:
            self.problem = self.problem or error
        return Choice(
            enabled=(*said.enabled, *enabled),
            disabled=said.disabled,
            without=(*self.options.without, *without),
        )

    def _first_settings_failure(self, host: Host) -> None:
        """Take the first plugin's wrong section for a problem of the settings."""
        for failure in host.failures:
            if isinstance(failure.error, ConfigurationError):
                self.problem = failure.error
                return

    def _say_step(self, text: str) -> None:
        if not self.options.as_json or self.options.verbose:
            self.output.note(text)
