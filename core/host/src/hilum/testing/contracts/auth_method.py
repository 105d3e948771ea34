# ruff: noqa: S101, D102  # these are tests: asserts, and names that are sentences
"""What every way to open a session must do."""

from __future__ import annotations

import pytest
from hilum_hookspecs import AuthMethod, AuthRequest, EhealthSession
from hilum_hookspecs.words import show

from hilum.contributions import check_value

from .common import SLUG, is_free, shows_in_every_language


class AuthMethodContract:
    """For ``hilum_auth_methods``. Define the fixture ``method``.

    Its card and platform are fakes or the simulator's. ``request_to_open`` is a request that the
    method can fulfil, its prompter a ``FakePrompter`` with the right answers: by default
    ``hilum_request``.
    """

    @pytest.fixture
    def request_to_open(self, hilum_request: AuthRequest) -> AuthRequest:
        """Return a request that succeeds."""
        return hilum_request

    def test_the_name_is_a_slug_and_free(self, method: AuthMethod) -> None:
        is_free(method, "hilum_auth_methods")

    def test_the_label_shows_in_every_language(self, method: AuthMethod) -> None:
        shows_in_every_language(method.label)

    def test_needs_are_named_with_slugs(self, method: AuthMethod) -> None:
        assert all(SLUG.fullmatch(need) for need in method.needs)

    def test_availability_is_told_without_asking_anybody(
        self, method: AuthMethod, request_to_open: AuthRequest
    ) -> None:
        reason = method.available(request_to_open.provider)

        assert reason is None or show(reason)
        assert getattr(request_to_open.prompter, "asked", []) == []

    def test_the_session_is_the_one_that_was_asked_for(
        self, method: AuthMethod, request_to_open: AuthRequest
    ) -> None:
        session = method.authenticate(request_to_open)

        check_value(session, EhealthSession)
        assert session.method == method.name
        assert session.provider_id == request_to_open.provider.id
        assert session.niss == request_to_open.provider.niss
        assert session.environment == request_to_open.environment.name
        assert session.profession == request_to_open.profession

    def test_the_session_has_an_end_and_its_key(
        self, method: AuthMethod, request_to_open: AuthRequest
    ) -> None:
        session = method.authenticate(request_to_open)

        assert session.opened_at.tzinfo is not None
        assert session.not_before < session.expires_at
        assert session.private_key is not None

    def test_only_secrets_that_are_announced_are_asked(
        self, method: AuthMethod, request_to_open: AuthRequest
    ) -> None:
        method.authenticate(request_to_open)

        asked = set(getattr(request_to_open.prompter, "asked", []))
        assert {name for name in asked if name.endswith(("password", "pin"))} <= set(method.needs)

    def test_the_session_hides_what_is_personal(
        self, method: AuthMethod, request_to_open: AuthRequest
    ) -> None:
        session = method.authenticate(request_to_open)

        assert session.niss not in repr(session)
        assert repr(session.assertion) not in repr(session)
