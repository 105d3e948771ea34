"""Opening a session: keystore, request signed by the card, challenge, token checked.

The card itself is left out, the network is loopback. Run as a program it opens once, in a fresh
process.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from .measuring import Program, in_turn
from .rows import Row, ratio_row
from .stage import INAMI, NISS, PASSWORD, PROFESSION, Stage, platform, set_up

ROUNDS = 25
WARM, FRESH = 1.3, 1.5


def rows(folder: Path) -> list[Row]:
    """Measure an opening in this process and in new ones, beside the bare libraries."""
    from . import floor

    with platform(set_up(folder)) as stage:
        times = in_turn(
            {"ours": lambda: open_session(stage), "floor": lambda: floor.open_session(stage)},
            rounds=ROUNDS,
        )
        warm = ratio_row(
            "open a session, warm",
            times["ours"],
            times["floor"],
            beside="lxml and cryptography alone",
            most=WARM,
        )
        cases = {
            name: Program([sys.executable, "-m", f"benchmarks.{name}", str(folder), stage.url])
            for name in ("opening", "floor")
        }
        times = in_turn(cases, rounds=ROUNDS)
    fresh = ratio_row(
        "open a session, fresh process",
        times["opening"],
        times["floor"],
        beside="lxml and cryptography alone",
        most=FRESH,
    )
    return [warm, fresh]


def open_session(stage: Stage) -> bytes:
    """Open a session on *stage* with the kit, as the plugin for the card does."""
    from hilum_ehealth.credentials import Credential, keystore_credential
    from hilum_ehealth.environments import STS, Environment
    from hilum_ehealth.opening import open_token

    now = stage.now
    holder = keystore_credential(
        stage.keystore, PASSWORD, niss=NISS, expected=stage.certificate("holder")
    )
    return open_token(
        environment=Environment(
            name="bench", endpoints={STS: f"{stage.url}/sts"}, trust_folder=stage.trust
        ),
        header=Credential(*stage.card()),
        holder=holder,
        niss=NISS,
        profession=PROFESSION,
        inami=INAMI,
        duration=timedelta(hours=24),
        clock=lambda: now,
    ).data


if __name__ == "__main__":
    open_session(Stage(Path(sys.argv[1]), sys.argv[2]))
