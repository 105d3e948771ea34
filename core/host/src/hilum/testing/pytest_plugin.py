"""Fixtures for plugin authors, loaded by pytest wherever ``hilum`` is installed.

The host is imported inside the fixtures: pytest loads this module at its start, before coverage
measures anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from hilum_ehealth.testing.people import Person
    from hilum_hookspecs import AuthRequest, EhealthSession, PluginContext

    from hilum.host import Host

    from .calls import CallRecord
    from .cli import CliRunner
    from .fakes import FakePrompter, StillClock

    MakeContext = Callable[..., PluginContext[Any]]


pytest.register_assert_rewrite("hilum.testing.contracts")


@pytest.fixture
def hilum_calls() -> CallRecord:
    """Keep every hook call of ``hilum_host``: hook, plugin, names of the arguments; no values."""
    from .calls import CallRecord

    return CallRecord()


@pytest.fixture
def hilum_host(hilum_calls: CallRecord) -> Host:
    """Make a strict host with all specifications and no plugin: register yours on it.

    The first failure of a plugin raises ``hilum.host.StrictFailure``.
    """
    from hilum.host import Host

    return Host(strict=True, around=hilum_calls.around)


@pytest.fixture
def hilum_clock() -> StillClock:
    """Make a clock that stands still (2030-01-02 09:00 UTC) until the test moves it."""
    from .fakes import StillClock

    return StillClock()


@pytest.fixture
def hilum_secrets() -> FakePrompter:
    """Make a prompter without answers: ``hilum_secrets.give("eid-pin", "1234")``.

    A question without an answer left raises ``SecretMissing``; ``asked`` keeps all questions.
    """
    from .fakes import FakePrompter

    return FakePrompter()


@pytest.fixture
def hilum_context(
    tmp_path: Path, hilum_clock: StillClock, hilum_secrets: FakePrompter
) -> Iterator[MakeContext]:
    """Make a context: ``hilum_context(Plugin, settings={"reader": "A"}, tables=metadata)``.

    The context holds fakes of ``hilum.testing.fakes``; each port can be given by its name
    (``providers=FakeProviders([record])``). *tables* is a function that makes the plugin's
    ``MetaData``, for a database in memory.
    """
    from .contexts import ContextMaker

    maker = ContextMaker(tmp_path, hilum_clock, hilum_secrets)
    yield maker
    maker.close()


@pytest.fixture
def hilum_cli(tmp_path: Path, hilum_clock: StillClock) -> CliRunner:
    """Run ``hilum`` with a data folder of its own and only the plugins that the test names.

    ``hilum_cli("provider", "list", plugins={"provider_records": Plugin})`` returns a
    ``CommandResult`` with ``exit_code``, ``output`` and ``errors``; see ``hilum.testing.cli``.
    """
    from .cli import CliRunner

    return CliRunner(tmp_path / "hilum", hilum_clock)


@pytest.fixture(scope="session")
def _hilum_alice(tmp_path_factory: pytest.TempPathFactory) -> Person:
    from .people import make_alice

    return make_alice(tmp_path_factory.mktemp("alice"))


@pytest.fixture
def hilum_alice(_hilum_alice: Person, tmp_path: Path) -> Person:
    """Make a person with a keystore and a card in a file (``hilum_ehealth.testing.people``)."""
    from .people import with_own_card

    return with_own_card(_hilum_alice, tmp_path)


@pytest.fixture
def hilum_request(
    hilum_alice: Person, hilum_context: MakeContext, hilum_secrets: FakePrompter
) -> AuthRequest:
    """Make the request to open a session for Alice; the prompter knows her password and PIN."""
    from .people import request_of

    return request_of(hilum_alice, hilum_context(), hilum_secrets)


@pytest.fixture
def hilum_session(hilum_request: AuthRequest, hilum_context: MakeContext) -> EhealthSession:
    """Make an open session of Alice's with its key; no platform signed its assertion."""
    from .people import session_of

    return session_of(hilum_request, hilum_context())
