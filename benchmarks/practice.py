"""A practice whose session is open already: asking for it again, and looking at it."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .measuring import Program, in_turn
from .rows import Row, duration, ratio_row
from .stage import INAMI, NISS, PASSWORD, PROFESSION
from .startup import BIN

if TYPE_CHECKING:
    from hilum.cli.app import App

ROUNDS = 60
PROGRAM_ROUNDS = 15
MOST_SECONDS = 0.005
"""For a second opening, which asks nobody."""

ENVIRONMENT = "bench"
CONNECTING = ("socket.connect", "socket.getaddrinfo")


def rows(folder: Path) -> list[Row]:
    """Open a session at the simulator, stop that, and use the session."""
    data = folder / "data"
    _open_at_the_simulator(folder, data)
    return [_second_opening(data), *_programs(data)]


def _open_at_the_simulator(folder: Path, data: Path) -> None:
    from hilum.clock import SystemClock
    from hilum.testing.cli import CliRunner
    from hilum_ehealth.testing.authority import Pki
    from hilum_simulator.materials import Person, make_holder, write_keystore
    from hilum_simulator.simulator import Simulator

    clock = SystemClock()
    pki = Pki.create(clock.now())
    person = Person(niss=NISS, given_names=("Alice",), surname="Example")
    keystore = write_keystore(
        folder, person, make_holder(pki, person), password=PASSWORD, at=clock.now()
    )
    hilum = CliRunner(data, clock)
    hilum.plugins = None
    with Simulator(pki=pki, clock=clock, folder=folder) as simulator:
        environment = simulator.environment
        hilum.configure(
            f'[general]\nenvironment = "{ENVIRONMENT}"\n[environments.{ENVIRONMENT}]\n'
            f'sts = "{environment.endpoints["sts"]}"\ntrust = "{environment.trust_folder}"\n'
            f'signer_prefix = "{environment.signer.application_prefix}"\n'
        )
        for arguments in (
            [
                *("provider", "add", "--id", "alice", "--niss", NISS),
                *("--last-name", "Example", "--first-names", "Alice"),
                *("--inami", f"{PROFESSION}:{INAMI}"),
            ],
            ["certificate", "import", str(keystore), "--provider", "alice"],
            ["session", "open", "--provider", "alice", "--method", "fallback", "--reason", "other"],
        ):
            result = hilum("--no-input", *arguments, secrets={"keystore-password": PASSWORD})
            if result.exit_code:
                raise RuntimeError(f"{arguments}: {result.errors}")


def _second_opening(data: Path) -> Row:
    from hilum.services.openings import Order

    app = _app(data)
    order = Order(provider="alice")
    connections: list[str] = []

    def hear(event: str, _arguments: tuple[Any, ...]) -> None:
        if event in CONNECTING:
            connections.append(event)

    def again() -> None:
        if not app.sessions.open(order).reused:
            raise RuntimeError("another session was opened")

    sys.addaudithook(hear)
    try:
        taken = in_turn({"again": again}, rounds=ROUNDS, clock=time.process_time)["again"].median
    finally:
        app.close()
    return Row(
        what="open a session that is open",
        beside=f"processor time, {len(connections)} connections",
        takes=duration(taken),
        budget=f"< {duration(MOST_SECONDS)}, no network",
        is_met=taken < MOST_SECONDS and not connections,
    )


def _app(data: Path) -> App:
    from hilum.cli.app import App
    from hilum.cli.options import read_ahead
    from hilum.cli.output import CliOutput

    app = App(
        read_ahead(["--data-dir", str(data), "--no-input", "session"]),
        environ={},
        output=CliOutput(stdout=io.StringIO(), stderr=io.StringIO()),
        secrets={},
        interactive=False,
    )
    app.prepare()
    return app


def _programs(data: Path) -> list[Row]:
    environ = {"HILUM_DATA_DIR": str(data)}
    commands = {
        "session status, one is open": "session status",
        "session open, it is open": "session open --provider alice",
    }
    cases = {
        what: Program([str(BIN / "hilum"), *command.split()], environ)
        for what, command in commands.items()
    }
    times = in_turn(
        {"pass": Program([sys.executable, "-c", "pass"]), **cases}, rounds=PROGRAM_ROUNDS
    )
    return [
        ratio_row(f"hilum {what}", times[what], times["pass"], beside="python -c pass")
        for what in commands
    ]
