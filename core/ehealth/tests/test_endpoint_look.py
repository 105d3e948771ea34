"""Looking at an endpoint: each step, and each way in which it fails."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hilum_ehealth.environments import Environment
from hilum_ehealth.soap.endpoint_look import look_at_endpoint
from hilum_ehealth.testing.authority import Pki
from hilum_ehealth.testing.server import HttpsServer, Reply, Request

DATE = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


def test_an_endpoint_that_answers_shows_every_step(pki: Pki, environment: Environment) -> None:
    received: list[Request] = []

    def answer(request: Request) -> Reply:
        received.append(request)
        return Reply(status=405, date=DATE)

    with HttpsServer(pki.tls_server, answer) as server:
        look = look_at_endpoint(f"{server.url}/IAM/SecurityTokenService/v1", environment)

    assert look.error is None
    assert list(look.milliseconds) == ["dns", "tcp", "tls", "http"]
    assert (look.status, look.server_date, look.address) == (405, DATE, "127.0.0.1")
    assert look.issuer == "SIMULATOR TLS CA"
    assert look.not_after is not None
    (request,) = received
    assert (request.path, request.body) == ("/IAM/SecurityTokenService/v1", b"")
    assert "From" not in request.headers


@pytest.mark.parametrize("status", [200, 404, 405, 415, 500])
def test_whatever_the_service_answers_it_is_there(
    status: int, pki: Pki, environment: Environment
) -> None:
    with HttpsServer(pki.tls_server, lambda request: Reply(status=status)) as server:
        assert look_at_endpoint(server.url, environment).error is None


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_without_its_service_is_an_outage(
    status: int, pki: Pki, environment: Environment
) -> None:
    with HttpsServer(pki.tls_server, lambda request: Reply(status=status)) as server:
        look = look_at_endpoint(server.url, environment)

    assert look.error is not None
    assert (look.error.code, look.error.details["status"]) == ("ehealth.unavailable", status)


@pytest.mark.attack("F2")
def test_a_page_that_asks_for_a_login_is_no_platform(pki: Pki, environment: Environment) -> None:
    reply = Reply(status=302, headers={"Location": "https://login.example/"})
    with HttpsServer(pki.tls_server, lambda request: reply) as server:
        look = look_at_endpoint(server.url, environment)

    assert look.error is not None
    assert look.error.code == "network.redirect"


def test_a_port_where_nobody_listens_fails_at_the_connection(environment: Environment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    look = look_at_endpoint(f"https://127.0.0.1:{port}/", environment)

    assert look.error is not None
    assert (look.error.code, look.error.details["cause"]) == ("network.unreachable", "refused")
    assert list(look.milliseconds) == ["dns", "tcp"]


def test_an_unknown_name_fails_at_the_name(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    look = look_at_endpoint("https://unknown.example.invalid/", environment)

    assert look.error is not None
    assert look.error.details["cause"] == "dns"
    assert list(look.milliseconds) == ["dns"]


@pytest.mark.attack("F1")
def test_another_authority_fails_at_tls_and_nothing_is_asked(
    pki: Pki, ec_pki: Pki, environment: Environment
) -> None:
    received: list[Request] = []

    def answer(request: Request) -> Reply:
        received.append(request)
        return Reply()

    with HttpsServer(ec_pki.tls_server, answer) as server:
        look = look_at_endpoint(server.url, environment)

    assert look.error is not None
    assert (look.error.code, look.error.details["problem"]) == ("network.tls", "untrusted")
    assert list(look.milliseconds) == ["dns", "tcp", "tls"]
    assert (look.issuer, received) == (None, [])


@pytest.mark.attack("F2")
def test_a_server_that_says_nothing_is_left_in_time(environment: Environment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        look = look_at_endpoint(
            f"https://127.0.0.1:{server.getsockname()[1]}/", environment, limit=0.2
        )

    assert look.error is not None
    assert (look.error.code, look.error.details["seconds"]) == ("network.timeout", 0.2)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "https://127.0.0.1/\u00e9", "https://me:canary@127.0.0.1/"]
)
def test_an_address_that_is_none_is_told(url: str, environment: Environment) -> None:
    look = look_at_endpoint(url, environment)

    assert look.error is not None
    assert look.error.code == "network.not-https"
    assert "canary" not in repr(look)


def test_anchors_that_cannot_be_read_are_told(environment: Environment) -> None:
    folder = environment.trust_folder / "other"
    (folder / "tls").mkdir(parents=True)
    (folder / "tls" / "x.pem").write_text("no certificate")

    look = look_at_endpoint("https://127.0.0.1:9/", replace(environment, trust_folder=folder))

    assert look.error is not None
    assert look.error.code == "trust.unreadable"
