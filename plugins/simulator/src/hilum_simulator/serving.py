"""Running a simulator in the foreground until somebody stops it."""

from __future__ import annotations

import json
import os
import shlex
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event, current_thread, main_thread
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import ConfigurationError

from .lock import locked
from .registry import EXAMPLE
from .settings_file import write_settings
from .words import _

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Clock, Output

    from .identities import Mode
    from .simulator import Simulator
    from .state import State

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOptions:
    """How a simulator is started."""

    port: int = 0
    eid_hours: float | None = None
    fallback_hours: float | None = None
    pkcs11_module: Path | None = None
    software_card: Path | None = None

    def caps(self) -> Mapping[Mode, timedelta]:
        """Return the longest lives of tokens that were given."""
        from .identities import Mode

        given = {Mode.EID: self.eid_hours, Mode.FALLBACK: self.fallback_hours}
        return {mode: timedelta(hours=hours) for mode, hours in given.items() if hours}


def serve(
    state: State,
    options: StartOptions,
    *,
    clock: Clock,
    output: Output,
    stopped: Event | None = None,
    person: bool = False,
) -> None:
    """Start, print one JSON line that says where, and serve until a signal or *stopped*.

    A *person* is told beside it what comes next. Raises ``simulator.port-in-use`` (``port``),
    ``simulator.already-running`` (``state``), ``settings.syntax``.
    """
    from .simulator import Simulator

    end = stopped or Event()
    with _stop_signals(end.set), locked(state.folder):
        try:
            simulator = Simulator(
                pki=state.pki(clock.now()),
                clock=clock,
                folder=state.folder,
                registry=state.registry(),
                switches=state.switches(),
                caps=options.caps(),
                port=options.port,
            )
        except OSError as error:
            raise _port_in_use(options.port) from error
        with simulator:
            document = _described(state, simulator, options)
            output.stream(document, json.dumps(document, ensure_ascii=False))
            if person:
                _tell_what_is_next(state, output)
            # In turns, because a bare wait keeps Windows from hearing Ctrl-C.
            while not end.wait(1):
                pass


def _described(state: State, simulator: Simulator, options: StartOptions) -> dict[str, object]:
    """Bring the settings file up to date and say where everything is."""
    write_settings(
        state.settings,
        simulator.environment,
        pkcs11_module=options.pkcs11_module,
        software_card=options.software_card,
        card_hint=state.card,
    )
    ((profession, inami),) = EXAMPLE.professions.items()
    return {
        "environment": simulator.environment.name,
        "url": simulator.url,
        "endpoints": dict(simulator.environment.endpoints),
        "trust": str(simulator.trust_folder),
        "settings": str(state.settings),
        "state": str(state.folder),
        "provider": {
            "niss": EXAMPLE.niss,
            "last_name": EXAMPLE.surname,
            "first_names": " ".join(EXAMPLE.given_names),
            "profession": profession,
            "inami": inami,
        },
    }


def _tell_what_is_next(state: State, output: Output) -> None:
    command = f"export HILUM_CONFIG={shlex.quote(str(state.settings))}"
    if os.name == "nt":
        command = f'set "HILUM_CONFIG={state.settings}"'
    output.note(
        _("Type this in a second terminal, and `hilum` talks to it: {command}", command=command)
    )
    output.note(_("Ctrl-C stops it."))


@contextmanager
def _stop_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call *stop* at SIGTERM and Ctrl-C; only a main thread can hear them."""
    if current_thread() is not main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: stop()) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _port_in_use(port: int) -> ConfigurationError:
    return ConfigurationError(
        "simulator.port-in-use",
        message=_.message("Port {port} cannot be used.", port=port),
        remedy=_.message("Leave --port out: a free one is taken."),
        port=port,
    )
