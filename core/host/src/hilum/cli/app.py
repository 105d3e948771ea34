"""Everything that one run of the command line is made of, each part made when it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from contextlib import AbstractContextManager, ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from hilum_hookspecs import ConfigurationError, HilumError, NoSettings
from hilum_hookspecs.words import set_language

from hilum.calls import PluginCall, unwatched
from hilum.clock import SystemClock
from hilum.context import Deferred
from hilum.discovery import given, installed
from hilum.folders import choose_data_folder, private_folder
from hilum.host import Host, Stage
from hilum.plugins import (
    DOMAIN,
    FIRST_PARTY,
    FRONT,
    Choice,
    FoundPlugin,
    State,
    known_names,
    load,
    settings_class,
    survey,
)
from hilum.settings import (
    ENVIRONMENTS,
    HOST_SECTIONS,
    General,
    Plugins,
    Settings,
    StorageSettings,
)
from hilum.words import _

from .options import GlobalOptions, chosen_language
from .output import CliOutput
from .progress import CliProgress
from .secrets import GivenSecrets

if TYPE_CHECKING:
    from hilum_ehealth.environments import Environment
    from hilum_hookspecs import PluginContext, StorageSpec
    from hilum_hookspecs.ports import Clock

    from hilum.failures import PluginFailure
    from hilum.redaction import Redactor
    from hilum.services.audit import AuditLog
    from hilum.services.certificates import CertificateService
    from hilum.services.database_care import DatabaseCare
    from hilum.services.health.service import HealthService
    from hilum.services.login_files import LoginFiles
    from hilum.services.logins import LoginService
    from hilum.services.providers import ProviderService
    from hilum.services.sessions import SessionService
    from hilum.services.token_files import TokenFiles
    from hilum.services.user_passwords import UserPasswords
    from hilum.services.users import UserService
    from hilum.storage.database import Database, UncheckedStorage
    from hilum.watching import Watch

    from .prompter import CliPrompter

DATABASE_PASSWORD: Final = _.message("Password of the database")


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
        secrets: Mapping[str, str] | None = None,
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
        self.progress = CliProgress(on_step or self._say_step)
        self.problem: HilumError | None = None
        self._said: set[tuple[str, ...]] = set()
        self._log: ExitStack | None = None
        self.data_folder: Path = choose_data_folder(options.data_dir, environ)
        self.settings = self._read_settings()
        self._choose_language()
        self._secrets = self._given(secrets)

    def check(self) -> None:
        """Raise what is wrong with the settings, the environment or a plugin's section."""
        if self.problem is None:
            try:
                self._check()
            except HilumError as error:
                self.problem = error
        if self.problem is not None:
            raise self.problem

    def prepare(self) -> None:
        """Make ready for a command: :meth:`check`, and the data folder is ours."""
        self.check()
        self.name_environment()
        if self.lasting:
            private_folder(self.data_folder)
        self._note_unknown_plugins()
        self._note_refused_plugins()

    def name_environment(self) -> None:
        """Have an environment other than production named in every result."""
        if self.environment.name != "production":
            self.output.environment = self.environment.name

    @cached_property
    def prompter(self) -> CliPrompter:
        """What asks for secrets and choices."""
        from .prompter import CliPrompter

        return CliPrompter(
            self._secrets, interactive=self.interactive, heard=lambda it: self.redactor.hide(it)
        )

    @cached_property
    def redactor(self) -> Redactor:
        """What takes secrets and persons out of the log; knows every secret of this run."""
        from hilum.redaction import Redactor

        return Redactor()

    @property
    def log_path(self) -> Path:
        """Where the log stands."""
        return self._general.log_file or self.data_folder / "hilum.log"

    @property
    def log_level(self) -> str:
        """From which level on something is kept; the demonstration keeps nothing."""
        return self._general.log_level if self.lasting else "off"

    def start_log(self) -> None:
        """Keep the log from now on: called where work begins, or goes wrong, and never before."""
        if self._log is None:
            from .logs import kept_log

            self._log = ExitStack()
            self._log.enter_context(kept_log(self))

    @property
    def keeps_log(self) -> bool:
        """Whether the log was started."""
        return self._log is not None

    @cached_property
    def environment(self) -> Environment:
        """The eHealth environment of this run."""
        from hilum.environments import choose_environment

        return choose_environment(self.options.environment, self.settings, self.data_folder)

    @cached_property
    def found(self) -> tuple[FoundPlugin, ...]:
        """Every plugin that is installed, with what the settings say about it."""
        if self._plugins is not None:
            entries = given(self._plugins)
            enabled = (*self._choice.enabled, *(entry.plugin for entry in entries))
            return survey(entries, self._choice._replace(enabled=enabled))
        memory = self.data_folder / "installed-plugins"
        return survey(installed(memory, remember=self.lasting), self._choice)

    @property
    def third_parties(self) -> list[str]:
        """The plugins of others that take part: whoever enabled them let them see secrets."""
        return [
            plugin.name
            for plugin in self.found
            if plugin.state is State.ON and not plugin.first_party
        ]

    @property
    def lasting(self) -> bool:
        """Whether this run may leave something in the data folder; the demonstration may not."""
        return self.options.command != "demo"

    @cached_property
    def host(self) -> Host:
        """The host with the plugins' commands; their domain parts are loaded at the first use."""
        ours = frozenset(FIRST_PARTY.values())
        host = Host(
            load_domain=self._load_domain,
            ours=ours,
            on_failure=self._note_failure,
            around=self._around,
            redact=lambda text: self.redactor(text),
        )
        load(host, self.found, FRONT, self._context)
        return host

    @cached_property
    def database(self) -> Database:
        """The common database."""
        return self.database_at(self.settings.section("storage", StorageSettings).url)

    def database_at(self, url: str) -> Database:
        """Return the database at *url*, with the tables of the plugins that are on."""
        from hilum.storage.database import Database
        from hilum.storage.urls import database_url

        return Database(
            database_url(url, self.data_folder),
            self._tables,
            self.data_folder,
            excuse=self._excuse_tables,
            password=lambda: self.prompter.secret("database-password", DATABASE_PASSWORD),
        )

    @cached_property
    def audit(self) -> AuditLog:
        """Who did what."""
        return self._audit_on(self.database, self.database)

    @cached_property
    def database_care(self) -> DatabaseCare:
        """The use cases that look after the database."""
        from hilum.services.database_care import DatabaseCare

        return DatabaseCare(
            self.database,
            audit_on=lambda database: self._audit_on(database, database.unchecked()),
            clock=self.clock,
        )

    def _audit_on(self, database: Database, storage: Database | UncheckedStorage) -> AuditLog:
        from hilum.services.audit import AuditLog
        from hilum.services.audit_files import audit_folder

        return AuditLog(
            storage,
            clock=self.clock,
            environment=self.environment.name,
            folder=audit_folder(self.data_folder, database.place),
        )

    @cached_property
    def providers(self) -> ProviderService:
        """Provider records and their checks."""
        from hilum.services.providers import ProviderService

        return ProviderService(self.host)

    @cached_property
    def certificates(self) -> CertificateService:
        """Certificates of every source."""
        from hilum.services.certificates import CertificateService

        return CertificateService(self.host, self.environment)

    @cached_property
    def token_files(self) -> TokenFiles:
        """Where open sessions are kept."""
        from hilum.services.token_files import TokenFiles

        return TokenFiles(self.data_folder / "sessions", self.environment.name)

    @cached_property
    def sessions(self) -> SessionService:
        """The use cases of sessions."""
        from hilum.services.sessions import SessionService

        return SessionService(
            host=self.host,
            environment=self.environment,
            clock=self.clock,
            files=self.token_files,
            providers=_later(lambda: self.providers),
            certificates=_later(lambda: self.certificates),
            audit=_later(lambda: self.audit),
            prompter=self.prompter,
            progress=self.progress,
        )

    @cached_property
    def passwords(self) -> UserPasswords:
        """The passwords of users."""
        from hilum.services.local_logins import LocalLogins
        from hilum.services.user_passwords import UserPasswords

        logins = LocalLogins(self.host, self.prompter, self.progress)
        return UserPasswords(
            logins=logins,
            clock=self.clock,
            audit=_later(lambda: self.audit),
            progress=self.progress,
        )

    @cached_property
    def users(self) -> UserService:
        """The use cases of users."""
        from hilum.services.ehealth_conditions import EhealthConditions
        from hilum.services.users import UserService

        return UserService(
            database=self.database,
            clock=self.clock,
            audit=self.audit,
            providers=self.providers,
            conditions=EhealthConditions(self.providers, self.certificates, self.clock),
            passwords=self.passwords,
            prompter=self.prompter,
            login=self.login_files.login,
        )

    @cached_property
    def login_files(self) -> LoginFiles:
        """Who is logged in."""
        from hilum.services.login_files import LoginFiles

        return LoginFiles(self.data_folder, self.environment.name)

    @cached_property
    def logins(self) -> LoginService:
        """The use cases of logging in and out."""
        from hilum.services.logins import LoginService

        return LoginService(
            files=self.login_files,
            users=_later(lambda: self.users),
            passwords=_later(lambda: self.passwords),
            sessions=_later(lambda: self.sessions),
            clock=self.clock,
            audit=_later(lambda: self.audit),
            prompter=self.prompter,
        )

    @cached_property
    def health(self) -> HealthService:
        """The doctor; works with settings that cannot be used."""
        from hilum.services.health.own import Surroundings, own_checks
        from hilum.services.health.service import HealthService

        surroundings = Surroundings(
            host=self.host,
            found=self.found,
            named_plugins=self.named_plugins,
            environ=self.environ,
            data_folder=self.data_folder,
            clock=self.clock,
            settings=self.settings,
            check=self.check,
            environment=lambda: self.environment,
            database=lambda: self.database,
            providers=lambda: self.providers,
        )
        return HealthService(self.host, lambda: own_checks(surroundings))

    def why_off(self, plugin: str) -> HilumError:
        """Say why *plugin*, whose command was asked for, takes no part."""
        found = next((each for each in self.found if each.name == plugin), None)
        if found is None:
            return ConfigurationError("plugin.not-installed", plugin=plugin)
        if found.state is State.ON:
            return HilumError("plugin.failed", plugin=plugin)
        if found.refusal is not None:
            return found.refusal
        return ConfigurationError("plugin.disabled", plugin=plugin, state=found.state.value)

    def is_off(self, plugin: str) -> bool:
        """Tell whether *plugin* is installed, under this very name, and takes no part."""
        off = (State.OFF, State.DISABLED, State.WITHOUT, State.INCOMPATIBLE)
        return any(each.name == plugin and each.state in off for each in self.found)

    @property
    def named_plugins(self) -> tuple[str, ...]:
        """The names of the plugins that are to be on, or left out, also of those not there."""
        named = dict.fromkeys((*self._choice.enabled, *self._choice.without))
        return tuple(name for name in named if name not in self._choice.disabled)

    def names_in_settings(self, plugin: str) -> bool:
        """Tell whether the settings name *plugin*, installed or not, or have a section for it."""
        section = plugin not in (*HOST_SECTIONS, ENVIRONMENTS) and self.settings.has(plugin)
        return section or plugin in self._choice.named

    def close(self) -> None:
        """Let go of what was opened."""
        if "database" in self.__dict__:
            self.database.close()
        if "_watch" in self.__dict__:
            self._note_threads_left()
        if self._log is not None:
            self._log.close()

    def _around(self, call: PluginCall) -> AbstractContextManager[Any]:
        """Watch what third parties do, and everything when it is traced."""
        if not self._traced and call.plugin.partition(".")[0] in FIRST_PARTY.values():
            return unwatched(call)
        return self._watch.around(call)

    @cached_property
    def _traced(self) -> bool:
        return self.environ.get("HILUM_TRACE", "") not in ("", "0")

    @cached_property
    def _watch(self) -> Watch:
        from hilum.watching import Watch

        from .notes import plugin_is_slow, plugin_printed

        return Watch(
            lambda plugin, place: self.output.note(plugin_is_slow(plugin, place)),
            lambda plugin, text: self.output.note(plugin_printed(plugin, text, self.redactor)),
            trace=self.output.trace if self._traced else None,
        )

    def _check(self) -> None:
        self.settings.check_sections(known_names(self.found), tolerated=self._choice.named)
        _ = self.environment
        for plugin in self.found:
            if plugin.state is State.ON and self.settings.has(plugin.name):
                self._check_section(plugin)

    def _check_section(self, plugin: FoundPlugin) -> None:
        """Refuse a value that does not fit; what else is wrong will be the plugin's failure."""
        try:
            with self._around(PluginCall(plugin.name, Stage.LOAD.value, {})):  # it may import
                form = _settings_form(plugin)
        except (Exception, SystemExit):  # noqa: BLE001  # it fails again, and is recorded, as it is loaded
            return
        self.settings.section(plugin.name, form)

    def _load_domain(self, host: Host) -> None:
        self.start_log()
        if self.problem is None:
            load(host, self.found, DOMAIN, self._context)

    def _tables(self) -> list[tuple[str, StorageSpec]]:
        specs = self.host.collect_with_source("hilum_storage")
        return cast("list[tuple[str, StorageSpec]]", specs)

    def _excuse_tables(self, plugin: str, error: Exception) -> bool:
        """Record that a plugin's tables cannot be used; ours cannot be done without."""
        if plugin not in known_names(self.found) or self.host.ours(plugin):
            return False
        self.host.failed(plugin, Stage.STORAGE, None, error)
        return True

    def _plugin_settings(self, plugin: FoundPlugin) -> object:
        return self.settings.section(plugin.name, _settings_form(plugin))

    def _context(self, plugin: FoundPlugin, domain: bool) -> PluginContext[Any]:
        """Make what *plugin* is made with; a front has its settings read when it asks for them."""
        from hilum.context import LaterContext

        makers: dict[str, Callable[[], Any]] = {
            "settings": lambda: self._plugin_settings(plugin),
            "environment": lambda: self.environment,
            "prompter": lambda: self.prompter,
        }
        context = LaterContext(
            name=plugin.name,
            data_folder=self.data_folder / plugin.name,
            settings=None,
            clock=self.clock,
            environment=cast("Environment", None),
            prompter=cast("CliPrompter", None),
            progress=self.progress,
            output=self.output,
            storage=_later(lambda: self.database.of(plugin.name)),
            audit=_later(lambda: self.audit),
            providers=_later(lambda: self.providers),
            certificates=_later(lambda: self.certificates),
            sessions=_later(lambda: self.sessions),
            command_line=_later(lambda: self.command_line),
        )
        return context.later(makers, now=domain)

    @cached_property
    def command_line(self) -> object:
        """Our own command line, inside this process."""
        from .inside import InsideCommandLine

        return InsideCommandLine(self.environ)

    def _given(self, secrets: Mapping[str, str] | None) -> GivenSecrets:
        if secrets is not None:
            return GivenSecrets(secrets)
        return GivenSecrets.parse(self.options.secret, self.environ)

    def _read_settings(self) -> Settings:
        path = self.options.config or self.environ.get("HILUM_CONFIG")
        file = Path(path).expanduser().absolute() if path else self.data_folder / "config.toml"
        try:
            return Settings.read(file, self.environ, required=bool(path))
        except HilumError as error:
            self.problem = error
            return Settings(file, {})

    @cached_property
    def _general(self) -> General:
        try:
            return self.settings.section("general", General)
        except HilumError as error:
            self.problem = self.problem or error
            return General()

    def _choose_language(self) -> None:
        setting = self._general.language
        set_language(chosen_language(self.options.lang, setting, self.environ))

    @cached_property
    def _choice(self) -> Choice:
        without = self.environ.get("HILUM_WITHOUT", "").replace(",", " ").split()
        said = Plugins()
        try:
            said = self.settings.section("plugins", Plugins)
        except HilumError as error:
            self.problem = self.problem or error
        return Choice(
            enabled=said.enabled,
            disabled=said.disabled,
            without=(*self.options.without, *without),
        )

    def _note_unknown_plugins(self) -> None:
        """Say which plugins are named to be on, or left out, and are not there."""
        known = known_names(self.found)
        for name in self.named_plugins:
            if name not in known:
                from .notes import unknown_plugin

                self.output.note(unknown_plugin(name, known))

    def _note_refused_plugins(self) -> None:
        """Say which plugins should be on and can never be."""
        for plugin in self.found:
            wanted = plugin.first_party or plugin.name in self._choice.enabled
            if wanted and plugin.refusal is not None:
                from .notes import plugin_refused

                self.output.note(plugin_refused(plugin.refusal))

    def _note_threads_left(self) -> None:
        from hilum.plugins import plugin_packages

        from .notes import thread_left

        # A loading that was interrupted made no host, and asking for it would load again.
        packages = plugin_packages(self.host) if "host" in self.__dict__ else {}
        for plugin in self._watch.left_behind(packages):
            self.output.note(thread_left(plugin))

    def _note_failure(self, failure: PluginFailure) -> None:
        """Say that a plugin failed, once for each place; ``hilum plugins`` says it in full."""
        self.start_log()
        said = (failure.plugin, failure.place, failure.problem)
        if said not in self._said and self.options.command not in ("plugins", "doctor"):
            from .notes import plugin_failed

            self._said.add(said)
            self.output.note(plugin_failed(failure))

    def _say_step(self, text: str) -> None:
        if not self.options.as_json or self.options.verbose:
            self.output.note(text)


def _settings_form(plugin: FoundPlugin) -> type:
    """Return the dataclass of the plugin's section; raises what is wrong with a third party's."""
    form = settings_class(plugin)
    if form is not NoSettings and not plugin.first_party:
        from hilum.settings_values import check_form

        check_form(form)
    return form


def _later(make: Callable[[], object]) -> Any:
    return Deferred(make)
