from __future__ import annotations

from dataclasses import replace

import pytest
from hilum.testing.contracts import AuthMethodContract
from hilum_ehealth.testing.people import PlayedPlatform
from hilum_fallback_login.authenticate import FallbackLogin
from hilum_fallback_login.plugin import Plugin
from hilum_hookspecs import AuthMethod, ConfigurationError


@pytest.fixture
def platform():
    return PlayedPlatform()


@pytest.fixture
def context(hilum_context):
    return hilum_context(Plugin)


@pytest.fixture
def login(context, platform):
    return FallbackLogin(context, open_token=platform)


@pytest.fixture
def hilum_request(hilum_request):
    return replace(hilum_request, reason="forgotten")


@pytest.fixture
def method(context, hilum_host, login):
    hilum_host.register(Plugin(context), "fallback_login")
    (method,) = hilum_host.collect("hilum_auth_methods")
    assert isinstance(method, AuthMethod)
    return replace(method, authenticate=login.open)


class TestFallback(AuthMethodContract):
    pass


def test_only_the_keystores_password_is_asked(login, hilum_request, hilum_secrets):
    login.open(hilum_request)
    assert hilum_secrets.asked == ["keystore-password"]


def test_the_keystore_signs_both_as_caller_and_as_holder(login, hilum_request, platform):
    login.open(hilum_request)
    (asked,) = platform.asked
    assert asked["header"] is asked["holder"]


def test_a_shorter_session_is_asked_for(login, hilum_request, platform):
    login.open(hilum_request)
    assert platform.asked[0]["duration"].total_seconds() == 12 * 3600


def test_the_reason_is_audited(login, hilum_request, context):
    login.open(hilum_request)
    ((_at, action, provider, data),) = context.audit.entries
    assert (action, provider, data) == ("fallback.used", "alice", {"reason": "forgotten"})


def test_a_reason_that_was_not_given_is_asked(login, hilum_request, hilum_secrets, monkeypatch):
    offered = []
    monkeypatch.setattr(
        hilum_secrets,
        "choose",
        lambda name, label, choices: offered.extend(c.name for c in choices) or "reader",
    )
    login.open(replace(hilum_request, reason=None))
    assert offered == ["forgotten", "damaged", "reader", "other"]


def test_an_unknown_reason_is_refused_before_any_question(login, hilum_request, hilum_secrets):
    with pytest.raises(ConfigurationError) as caught:
        login.open(replace(hilum_request, reason="lazy"))
    assert caught.value.code == "usage.unknown-reason"
    assert hilum_secrets.asked == []


def test_the_rule_is_said_from_the_third_use_in_thirty_days(login, hilum_request, context):
    for _ in range(2):
        login.open(hilum_request)
    assert context.output.notes == []
    login.open(hilum_request)
    assert "3 times" in context.output.notes[0]


def test_uses_of_more_than_thirty_days_ago_do_not_count(login, hilum_request, context, hilum_clock):
    for _ in range(2):
        login.open(hilum_request)
    hilum_clock.advance(days=31)
    login.open(hilum_request)
    assert context.output.notes == []
