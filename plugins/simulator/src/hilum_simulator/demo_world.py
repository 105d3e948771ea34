"""Where the demonstration takes place: a platform, a clock and a command line of its own."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from hilum_hookspecs import UserCancelled

from .clock import MovableClock
from .settings_file import settings_text
from .state import State

if TYPE_CHECKING:
    from types import TracebackType

    from hilum_hookspecs import CommandResult, PluginContext

    from .simulator import Simulator

_CANCELLED: Final = 130
"""Exit code of a command that was interrupted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A command line that was run, and what it gave."""

    arguments: tuple[str, ...]
    answered: tuple[str, ...]
    """Names of the secrets that were given."""

    said: tuple[str, ...]
    """The steps it told while it worked."""

    result: CommandResult

    @property
    def document(self) -> dict[str, Any]:
        """What it said as JSON."""
        import json

        document: dict[str, Any] = json.loads(self.result.output)
        return document


class World:
    """A running platform, and ``hilum`` set up to talk to it, all in *folder*."""

    def __init__(self, folder: Path, context: PluginContext[Any]) -> None:
        self._command_line = context.command_line
        self.clock = MovableClock(context.clock.now().replace(microsecond=0))
        self.state = State.open(folder / "platform")
        self.data = folder / "data"
        self.simulator = self._start()
        self._pin = f"{secrets.randbelow(10_000):04d}"
        self._password = secrets.token_urlsafe(12)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.simulator.stop()

    @property
    def options(self) -> tuple[str, ...]:
        """What every command line begins with."""
        return ("--quiet", "--data-dir", str(self.data), "--config", str(self._settings))

    @property
    def _settings(self) -> Path:
        return self.data / "config.toml"

    def run(self, *arguments: str, secret: tuple[str, ...] = ()) -> Run:
        """Run ``hilum ARGUMENTS`` as a person would; *secret* names what is answered."""
        return self._run(arguments, secret, ())

    def ask(self, *arguments: str, secret: tuple[str, ...] = ()) -> Run:
        """Run ``hilum --json ARGUMENTS``, to look behind what was shown."""
        return self._run(arguments, secret, ("--json",))

    def _run(
        self, arguments: tuple[str, ...], secret: tuple[str, ...], more: tuple[str, ...]
    ) -> Run:
        said: list[str] = []
        answers = self._answers()
        result = self._command_line.run(
            [*self.options, *more, *arguments],
            secrets={name: answers[name] for name in secret},
            clock=self.clock,
            on_step=said.append,
        )
        if result.exit_code == _CANCELLED:
            raise UserCancelled
        return Run(arguments=arguments, answered=secret, said=tuple(said), result=result)

    def _answers(self) -> Mapping[str, str]:
        return {
            "eid-pin": self._pin,
            "keystore-password": self._password,
            "new-keystore-password": self._password,
        }

    def _start(self) -> Simulator:
        from hilum_ehealth.testing.authority import Pki

        from .simulator import Simulator

        # The elliptic family: its keys are made at once.
        Pki.create(self.clock.now(), key="ec").save(self.state.folder / "pki")
        simulator = Simulator(
            pki=self.state.pki(self.clock.now()),
            clock=self.clock,
            folder=self.state.folder,
            registry=self.state.registry(),
            switches=self.state.switches(),
        )
        self.data.mkdir(mode=0o700)
        text = settings_text(simulator.environment, software_card=self.state.card)
        self._settings.write_text(text, encoding="utf-8")
        return simulator


def instant(text: object) -> datetime:
    """Read an instant from a document."""
    return datetime.fromisoformat(str(text))
