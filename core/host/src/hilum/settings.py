"""The settings: ``config.toml`` and the environment variables ``HILUM__SECTION__KEY``.

A value from a variable wins over the file's. Unknown keys are refused with the nearest known one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeVar

from hilum_hookspecs import ConfigurationError

S = TypeVar("S")

PREFIX: Final = "HILUM__"
BUILT_IN: Final = ("production", "acceptance", "integration")
"""The environments of eHealth's own, which no setting can redefine."""


class General(NamedTuple):
    """Section ``[general]``."""

    environment: str = "production"
    """The eHealth environment, when ``--environment`` is not given."""

    language: Literal["", "fr", "nl", "de", "en"] = ""
    """``fr``, ``nl``, ``de`` or ``en``; empty follows ``LC_ALL``, ``LC_MESSAGES``, ``LANG``."""

    contact: str = ""
    """E-mail address of the practice, sent to eHealth in ``From`` as it asks; empty sends none."""

    log_level: Literal["off", "error", "warning", "info", "debug"] = "warning"
    """From which level on records are kept in the log; ``off`` keeps none."""

    log_file: Path | None = None
    """The log; ``hilum.log`` in the data folder by default."""


class Plugins(NamedTuple):
    """Section ``[plugins]``."""

    enabled: tuple[str, ...] = ()
    """Plugins of third parties that may run: they get all the program's rights."""

    disabled: tuple[str, ...] = ()
    """Plugins that do not run although they are ours or enabled."""


class StorageSettings(NamedTuple):
    """Section ``[storage]``."""

    url: str = ""
    """SQLAlchemy URL without password; empty is SQLite, ``hilum.db`` in the data folder."""


class EnvironmentSettings(NamedTuple):
    """Section ``[environments.NAME]``: an environment besides eHealth's own."""

    sts: str
    """URL of the Security Token Service, ``https://``."""

    trust: Path
    """Folder with the anchors, by purpose: ``tls/``, ``ehealth/``, ``eid/``."""

    ehbox_consultation: str = ""
    """URL of the eHealthBox consultation service, for ``hilum box sync`` and a session's probe."""

    signer_enterprise: str = "0809394427"
    """CBE number in the subject of whoever signs the assertions."""

    signer_prefix: str = "IAM"
    """How the application name of that signer starts."""

    contact: str = ""
    """E-mail address sent in ``From``; empty takes the one of ``[general]``."""


HOST_SECTIONS: Final[Mapping[str, type]] = {
    "general": General,
    "plugins": Plugins,
    "storage": StorageSettings,
}
ENVIRONMENTS: Final = "environments"


class Settings:
    """Every section as it was read; each becomes a dataclass when it is asked for."""

    def __init__(
        self,
        path: Path,
        sections: Mapping[str, Mapping[str, object]],
        variables: Iterable[str] = (),
    ) -> None:
        self.path = path
        self._sections = sections
        self._variables = tuple(variables)

    @classmethod
    def read(cls, path: Path, environ: Mapping[str, str], *, required: bool = False) -> Settings:
        """Read the file, when there is one, and the variables.

        Raises ``settings.syntax``, ``settings.unreadable`` and, for a *required* file that is not
        there, ``settings.not-found``.
        """
        sections = {
            name: dict(_table(name, value, str(path)))
            for name, value in _parsed(path, required).items()
        }
        variables = sorted(variable for variable in environ if variable.startswith(PREFIX))
        for variable in variables:
            _override(sections, variable, environ[variable])
        settings = cls(path, sections, variables)
        settings._protect()
        return settings

    def section(self, name: str, form: type[S]) -> S:
        """Return section *name* as the dataclass *form*, whose defaults fill what is not set.

        Raises ``settings.unknown-key``, ``settings.invalid-value``, ``settings.missing-value``.
        """
        return self._filled(name, form, self._sections.get(name, {}))

    def environment(self, name: str) -> EnvironmentSettings | None:
        """Return section ``[environments.NAME]``; ``None`` when there is none."""
        table = self._sections.get(ENVIRONMENTS, {}).get(name)
        if table is None:
            return None
        section = f"{ENVIRONMENTS}.{name}"
        source = self.source(section)
        return self._filled(section, EnvironmentSettings, _table(section, table, source))

    def source(self, section: str, key: str = "") -> str:
        """Say where *key*, or anything in *section*, was set: a variable, else the file."""
        wanted = f"{PREFIX}{section.replace('.', '__')}__{key}".casefold()
        for variable in self._variables:
            name = variable.casefold()
            if name == wanted or (not key and name.startswith(wanted)):
                return variable
        return str(self.path)

    def has(self, name: str, key: str = "") -> bool:
        """Tell whether *key*, or anything, is set in section *name*."""
        section = self._sections.get(name)
        return section is not None and (not key or key in section)

    def tables(self) -> Mapping[str, Mapping[str, object]]:
        """Return every section as it was read, checked by nobody."""
        return {name: dict(table) for name, table in self._sections.items()}

    @property
    def environments(self) -> tuple[str, ...]:
        """The names of the environments that the settings describe."""
        return tuple(sorted(self._sections.get(ENVIRONMENTS, {})))

    def check_sections(self, plugins: Iterable[str], *, tolerated: Collection[str] = ()) -> None:
        """Refuse a section that belongs neither to the host nor to one of *plugins*.

        Names that are *tolerated* may have a section too: that of a plugin which is gone stays
        until somebody takes it out.
        """
        known = (*HOST_SECTIONS, ENVIRONMENTS, *plugins)
        for name in self._sections:
            if name not in known and name not in tolerated:
                raise ConfigurationError(
                    "settings.unknown-section",
                    section=name,
                    nearest=_nearest(name, known),
                    source=self.source(name),
                )

    def _protect(self) -> None:
        for name in self.environments:
            if name in BUILT_IN:
                raise ConfigurationError("settings.protected", environment=name)

    def _filled(self, section: str, form: type[S], table: Mapping[str, object]) -> S:
        if not table and form is not EnvironmentSettings:
            return self._rooted(form())
        from .settings_values import InvalidValue, check_range, convert, hints, required

        known = hints(form)
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key not in known:
                raise ConfigurationError(
                    "settings.unknown-key",
                    section=section,
                    key=key,
                    nearest=_nearest(key, known),
                    source=self.source(section, key),
                )
            try:
                values[key] = convert(value, known[key], self.path.parent)
                check_range(form, key, values[key])
            except InvalidValue as error:
                raise ConfigurationError(
                    "settings.invalid-value",
                    section=section,
                    key=key,
                    expected=error.expected,
                    source=self.source(section, key),
                ) from error
        for key in required(form):
            if key not in values:
                raise ConfigurationError(
                    "settings.missing-value", section=section, key=key, source=str(self.path)
                )
        return self._rooted(form(**values))

    def _rooted(self, section: S) -> S:
        """Return *section* with its paths, those by default too, relative to the file's folder."""
        paths = {
            name: self.path.parent / value.expanduser()
            for name, declared in getattr(section, "__dataclass_fields__", {}).items()
            if declared.init and isinstance(value := getattr(section, name), Path)
        }
        if not paths:
            return section
        from dataclasses import replace

        return replace(section, **paths)  # type: ignore[type-var]  # only a dataclass has these


def _nearest(word: str, known: Iterable[str]) -> str | None:
    from .spelling import nearest

    return nearest(word, known)


def _parsed(path: Path, required: bool) -> Mapping[str, object]:
    try:
        text = path.read_bytes()
    except FileNotFoundError as error:
        if required:
            raise ConfigurationError("settings.not-found", path=str(path)) from error
        return {}
    except OSError as error:
        raise ConfigurationError(
            "settings.unreadable", path=str(path), problem=error.strerror or ""
        ) from error
    import tomllib

    try:
        return tomllib.loads(text.decode())
    except ValueError as error:
        raise ConfigurationError("settings.syntax", path=str(path), problem=str(error)) from error


def _table(name: str, value: object, source: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ConfigurationError(
            "settings.unknown-key", section="", key=name, nearest=None, source=source
        )
    return value


def _override(sections: dict[str, dict[str, object]], variable: str, value: str) -> None:
    """Put the value of ``HILUM__SECTION__KEY`` or ``HILUM__ENVIRONMENTS__NAME__KEY`` in place."""
    parts = [part.lower() for part in variable.removeprefix(PREFIX).split("__")]
    if len(parts) == 2 and all(parts) and parts[0] != ENVIRONMENTS:
        sections.setdefault(parts[0], {})[parts[1]] = value
    elif len(parts) == 3 and all(parts) and parts[0] == ENVIRONMENTS:
        environments = sections.setdefault(ENVIRONMENTS, {})
        table = environments.get(parts[1], {})
        environments[parts[1]] = {**_table(parts[1], table, variable), parts[2]: value}
    else:
        raise ConfigurationError("settings.unknown-variable", variable=variable)
