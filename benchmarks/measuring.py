"""Measuring cases in turn, in this process and in new ones."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Case = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Times:
    """What one case took, in seconds, round by round."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of all rounds."""
        return statistics.median(self.seconds)

    def per(self, count: int) -> Times:
        """Divide by how many of something were done at once."""
        return Times(tuple(each / count for each in self.seconds))

    def ratio_to(self, floor: Times) -> Ratio:
        """Compare round by round, so that what slows both down does not count."""
        pairs = zip(self.seconds, floor.seconds, strict=True)
        ratios = [ours / theirs for ours, theirs in pairs]
        low, middle, high = statistics.quantiles(ratios, n=4)
        return Ratio(middle, (high - low) / 2)


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times longer one case took than another."""

    value: float
    noise: float
    """Half of what lies between the quartiles of all rounds."""


def in_turn(
    cases: Mapping[str, Case],
    *,
    rounds: int,
    warm_up: int = 3,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Times]:
    """Run every case once a round, each time another one first."""
    taken: dict[str, list[float]] = {name: [] for name in cases}
    names = list(cases)
    gc.collect()
    for number in range(-warm_up, rounds):
        start = number % len(names)
        for name in names[start:] + names[:start]:
            started = clock()
            cases[name]()
            if number >= 0:
                taken[name].append(clock() - started)
    return {name: Times(tuple(seconds)) for name, seconds in taken.items()}


def repeated(case: Case, times: int) -> Case:
    """Make a case that is long enough to be measured."""

    def run() -> None:
        for _ in range(times):
            case()

    return run


@dataclass(slots=True)
class Program:
    """A program that is started anew each time; a failure of it stops the measurement."""

    arguments: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)

    def __call__(self) -> None:
        """Run it to its end; nobody reads what it says."""
        process = subprocess.Popen(
            self.arguments,
            env=program_environ(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if process.wait():
            raise RuntimeError(f"exit code {process.returncode}: {' '.join(self.arguments)}")

    def peak_bytes(self) -> int:
        """Run it once more and return the most memory it had resident.

        A small process starts it, because the system counts what its parent had to it.
        """
        done = subprocess.run(
            [sys.executable, "-S", "-c", LAUNCHER, *self.arguments],
            env=program_environ(self.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        return int(done.stdout) * 1024


LAUNCHER = """
import os, sys
quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
print(os.wait4(child, 0)[2].ru_maxrss)
"""


def program_environ(more: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment as a user's: what was compiled once is kept."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**inherited, "LC_ALL": "C.UTF-8", **more}
