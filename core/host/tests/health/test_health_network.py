"""The clock and the endpoints, against local servers with one fault each."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta

import pytest
from hilum.services.health.network import Network
from hilum.testing.fakes import START, StillClock
from hilum_ehealth.environments import EHBOX_CONSULTATION, STS, Environment
from hilum_ehealth.testing.authority import Pki
from hilum_ehealth.testing.server import HttpsServer, Reply
from hilum_hookspecs import HealthState
from hilum_hookspecs.words import show

NOWHERE = ("127.0.0.1", 9)


@pytest.fixture
def environment(pki, tmp_path):
    pki.write_trust(tmp_path / "trust")
    return Environment(name="test", endpoints={}, trust_folder=tmp_path / "trust")


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def look(environment, urls, *, now=START, reference=NOWHERE):
    """Make every check and return the answers by the check's name."""
    network = Network(replace(environment, endpoints=urls), StillClock(now), reference=reference)
    return {check.name: check.links[0].look(lambda: False) for check in network.checks()}


class TestClock:
    @pytest.mark.attack("F4")
    @pytest.mark.parametrize(
        ("ahead", "state", "words"),
        [
            (timedelta(0), HealthState.OK, "agrees"),
            (timedelta(seconds=60), HealthState.OK, "agrees"),
            (timedelta(seconds=61), HealthState.WARNING, "61 seconds fast"),
            (timedelta(seconds=-90), HealthState.WARNING, "90 seconds slow"),
            (timedelta(minutes=-7), HealthState.FAILED, "7 minutes slow"),
            (timedelta(hours=2), HealthState.FAILED, "2 hours fast"),
            (timedelta(days=-400), HealthState.FAILED, "400 days slow"),
        ],
    )
    def test_a_wrong_clock_is_told_with_its_direction(self, ahead, state, words, pki, environment):
        reply = Reply(status=405, date=START)
        with HttpsServer(pki.tls_server, lambda request: reply) as server:
            answer = look(environment, {STS: server.url}, now=START + ahead)["clock"]

        assert answer.state is state
        assert words in show(answer.cause)
        assert answer.data["skew_seconds"] == ahead.total_seconds()

    def test_a_server_that_is_down_leaves_the_next_to_tell_the_time(
        self, pki, environment, closed_port
    ):
        with HttpsServer(pki.tls_server, lambda request: Reply(date=START)) as server:
            urls = {STS: f"https://127.0.0.1:{closed_port}/", EHBOX_CONSULTATION: server.url}
            answers = look(environment, urls)

        assert answers["clock"].state is HealthState.OK
        assert answers["endpoint-sts"].state is HealthState.FAILED

    def test_without_any_server_nothing_is_known_of_the_clock(self, environment, closed_port):
        answers = look(environment, {STS: f"https://127.0.0.1:{closed_port}/"})

        assert answers["clock"].state is HealthState.NOT_APPLICABLE

    def test_each_endpoint_is_asked_once_for_all_checks(self, pki, environment):
        asked = []

        def answer(request):
            asked.append(request.path)
            return Reply(date=START)

        with HttpsServer(pki.tls_server, answer) as server:
            look(environment, {STS: f"{server.url}/sts"})

        assert asked == ["/sts"]


class TestEndpoints:
    def answer(self, environment, url, **options):
        return look(environment, {STS: url}, **options)["endpoint-sts"]

    def test_one_that_answers_says_how_fast_and_whose_certificate_it_has(self, pki, environment):
        with HttpsServer(pki.tls_server, lambda request: Reply(status=405)) as server:
            answer = self.answer(environment, server.url)

        assert answer.state is HealthState.OK
        assert "SIMULATOR TLS CA" in show(answer.cause)
        assert "HTTP 405" in show(answer.cause)
        assert set(answer.data["milliseconds"]) == {"dns", "tcp", "tls", "http"}

    def test_a_dead_one_is_ehealths_trouble_when_others_answer(self, environment, closed_port):
        with socket.create_server(("127.0.0.1", 0)) as other:
            reference = ("127.0.0.1", other.getsockname()[1])
            answer = self.answer(
                environment, f"https://127.0.0.1:{closed_port}/", reference=reference
            )

        assert answer.state is HealthState.FAILED
        assert "eHealth is down" in show(answer.cause)
        assert answer.data["reference_reached"] is True

    def test_a_name_that_nobody_knows_is_this_networks_trouble_when_no_other_answers(
        self, environment, monkeypatch
    ):
        def unknown(*args, **kwargs):
            raise socket.gaierror(socket.EAI_NONAME, "unknown")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)

        answer = self.answer(
            environment, "https://sts.example.invalid/", reference=("other.invalid", 443)
        )

        assert "your network is down" in show(answer.cause)
        assert answer.data["code"] == "network.unreachable"

    def test_a_refusal_alone_does_not_say_that_the_network_is_down(self, environment, closed_port):
        answer = self.answer(environment, f"https://127.0.0.1:{closed_port}/")

        assert "refused" in show(answer.cause)
        assert "down" not in show(answer.cause)

    def test_a_gateway_that_answers_for_its_service_is_an_outage(self, pki, environment):
        with HttpsServer(pki.tls_server, lambda request: Reply(status=503)) as server:
            answer = self.answer(environment, server.url)

        assert (answer.state, answer.data["code"]) == (HealthState.FAILED, "ehealth.unavailable")
        assert "not available" in show(answer.cause)

    def test_somebody_who_looks_into_the_connection_is_told(self, environment):
        other = Pki.create(START, key="ec")
        with HttpsServer(other.tls_server, lambda request: Reply()) as server:
            answer = self.answer(environment, server.url)

        assert answer.data["code"] == "network.tls"
        assert "not safe" in show(answer.cause)
        assert "proxy or virus scanner" in show(answer.remedy)

    def test_a_page_that_asks_for_a_login_is_told(self, pki, environment):
        reply = Reply(status=302, headers={"Location": "https://login.example/"})
        with HttpsServer(pki.tls_server, lambda request: reply) as server:
            answer = self.answer(environment, server.url)

        assert answer.data["code"] == "network.redirect"
        assert "log-in" in show(answer.remedy)
