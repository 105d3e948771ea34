"""Fixtures for tests: eHealth on loopback.

pytest loads this module before anything is measured, so all imports stand inside the fixtures.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .clock import MovableClock
    from .simulator import Simulator


@pytest.fixture(scope="session")
def hilum_simulator_clock() -> MovableClock:
    """Return the simulator's clock: it stands at one moment until a test moves it."""
    from datetime import UTC, datetime

    from .clock import MovableClock

    return MovableClock(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def _hilum_simulator_server(
    hilum_simulator_clock: MovableClock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Simulator]:
    from hilum_ehealth.testing.authority import Pki

    from .simulator import Simulator

    pki = Pki.create(hilum_simulator_clock.now())
    folder = tmp_path_factory.mktemp("simulator")
    with Simulator(pki=pki, clock=hilum_simulator_clock, folder=folder) as simulator:
        yield simulator


@pytest.fixture
def hilum_simulator(
    _hilum_simulator_server: Simulator, hilum_simulator_clock: MovableClock
) -> Iterator[Simulator]:
    """Return the running platform: one server for all tests, put back to its start before each.

    Its registry, switches and clock (``hilum_simulator_clock``) may be changed at will.
    """
    from datetime import UTC, datetime

    from .registry import EXAMPLE

    start = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

    def put_back() -> None:
        hilum_simulator_clock.set(start)
        _hilum_simulator_server.reset()
        registry = _hilum_simulator_server.registry
        for provider in registry.all():
            registry.remove(provider.niss)
        registry.add(EXAMPLE)

    put_back()
    yield _hilum_simulator_server
    put_back()
