"""What a plugin is made with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from hilum_ehealth.environments import Environment

    from .ports import (
        Audit,
        Certificates,
        Clock,
        CommandLine,
        Output,
        Progress,
        Prompter,
        Providers,
        Sessions,
        Storage,
    )

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class NoSettings:
    """The settings of a plugin that has none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PluginContext(Generic[S]):
    """What the host hands to a plugin when it makes it; a test passes fakes.

    A plugin class names its settings with the class attribute ``Settings``: a frozen dataclass
    whose fields all have defaults and are ``str``, ``int``, ``float``, ``bool``, ``Path``,
    ``tuple[str, ...]``, or one of these or ``None``. The host fills it from the section of the
    settings file with the plugin's name and rejects unknown keys, and numbers outside the range of
    ``field(default=15, metadata={"min": 1, "max": 240})``.

    Two contexts are equal only when they are one, and none is shown with what it holds.
    """

    name: str
    """The plugin's name, also of its fronts: ``ehealth_auth``."""

    data_folder: Path
    """A folder of the plugin's own, 0700; made when first used by :meth:`folder`."""

    settings: S
    """The plugin's section, as its ``Settings``; ``NoSettings()`` for a plugin that has none."""

    clock: Clock
    environment: Environment
    """The eHealth environment chosen for this run."""

    prompter: Prompter
    progress: Progress
    output: Output
    storage: Storage
    audit: Audit
    providers: Providers
    certificates: Certificates
    sessions: Sessions
    command_line: CommandLine

    def folder(self) -> Path:
        """Return the data folder, made on first use."""
        for folder in (self.data_folder.parent, self.data_folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.data_folder
