# ruff: noqa: S101, D102  # these are tests: asserts, and names that are sentences
"""What every question about an open session must do."""

from __future__ import annotations

import pytest
from hilum_ehealth.environments import Environment
from hilum_hookspecs import AuthRequest, EhealthSession, SessionProbe

from hilum.failures import is_ours

from .common import CODE, is_free


class SessionProbeContract:
    """For ``hilum_session_probes``. Define ``probe``.

    ``session`` and ``environment`` are what it is asked about: by default ``hilum_session``, which
    no platform signed, in an environment whose endpoints lead nowhere.
    """

    @pytest.fixture
    def session(self, hilum_session: EhealthSession) -> EhealthSession:
        """Return the session to ask about."""
        return hilum_session

    @pytest.fixture
    def environment(self, hilum_request: AuthRequest) -> Environment:
        """Return the environment to ask in."""
        return hilum_request.environment

    def test_the_name_is_a_slug_and_free(self, probe: SessionProbe) -> None:
        is_free(probe, "hilum_session_probes")

    def test_the_answer_is_nothing_or_an_error_of_ours(
        self, probe: SessionProbe, session: EhealthSession, environment: Environment
    ) -> None:
        code = _refusal(probe, session, environment)

        assert code is None or CODE.fullmatch(code)

    def test_asking_again_has_the_same_answer(
        self, probe: SessionProbe, session: EhealthSession, environment: Environment
    ) -> None:
        first = _refusal(probe, session, environment)

        assert _refusal(probe, session, environment) == first


def _refusal(probe: SessionProbe, session: EhealthSession, environment: Environment) -> str | None:
    """Ask, and return the code of the error of ours that was raised."""
    try:
        probe.ask(session, environment)
    except Exception as error:
        if not is_ours(error):
            raise
        return error.code
    return None
