"""The network side: limits, troubles on demand, and nothing left behind."""

from __future__ import annotations

import socket
import ssl
import threading
from http.client import IncompleteRead

import pytest
from hilum_hookspecs import ConfigurationError
from hilum_simulator.faults import FAULT_TEXTS
from hilum_simulator.simulator import Simulator
from hilum_simulator.switches import SWITCHES, Switches

SOA = "urn:be:fgov:ehealth:errors:soa:v1"


def port(simulator):
    return int(simulator.url.rpartition(":")[2])


@pytest.mark.parametrize("code", [code for code in FAULT_TEXTS if code.startswith("SOA")])
def test_every_fault_of_the_bus_can_be_switched_on(client, alice, code):
    client.simulator.switches.set(code)
    reply = client.token(alice)
    assert reply.status == 500
    assert reply.text(".//detail/*/Code") == code
    assert reply.text(".//faultstring") == code
    assert reply.text(f".//{{{SOA}}}Environment") == "Simulation"


@pytest.mark.parametrize("code", [code for code in FAULT_TEXTS if code.startswith("wsse")])
def test_every_fault_of_the_security_header_can_be_switched_on(client, alice, code):
    client.simulator.switches.set(code)
    reply = client.token(alice)
    assert (reply.status, reply.text(".//faultcode")) == (500, code)
    assert reply.find(".//detail") is None


def test_a_server_error_and_a_refusal_are_told_apart(client, alice):
    client.simulator.switches.set("SOA-02001")
    server = client.token(alice)
    assert server.find(f".//{{{SOA}}}SystemError") is not None
    client.simulator.switches.clear()
    client.simulator.switches.set("SOA-01002")
    caller = client.token(alice)
    assert caller.find(f".//{{{SOA}}}BusinessError") is not None


def test_an_outage_is_a_page_and_no_soap(client, alice):
    client.simulator.switches.set("outage")
    reply = client.token(alice)
    assert (reply.status, reply.headers["Content-Type"]) == (503, "text/html")


def test_garbage_is_no_xml(client, alice):
    client.simulator.switches.set("garbage")
    assert b"\0" in client.token(alice).body


def test_a_redirect_leads_away(client, alice):
    client.simulator.switches.set("redirect")
    reply = client.token(alice)
    assert reply.status == 307
    assert reply.headers["Location"].endswith("/other")


def test_an_answer_is_cut_off_in_its_middle(client, alice):
    client.simulator.switches.set("cut")
    with pytest.raises(IncompleteRead):
        client.token(alice)


def test_a_huge_answer_announces_its_size(client, alice):
    client.simulator.switches.set("huge")
    assert len(client.token(alice).body) == 64 * 1024 * 1024


def test_a_silent_platform_says_nothing(client, alice):
    client.simulator.switches.set("silent")
    client.timeout = 0.2
    with pytest.raises(TimeoutError):
        client.token(alice)


def test_a_slow_platform_answers_late(client, alice):
    client.simulator.switches.set("slow", 0.3)
    client.timeout = 0.1
    with pytest.raises(TimeoutError):
        client.token(alice)
    client.timeout = 5
    assert client.token(alice).status == 200


def test_the_platforms_clock_can_be_wrong(client, alice):
    client.simulator.switches.set("clock-skew", -600)
    reply = client.token(alice)
    assert reply.fault == "wsse:MessageExpired"
    assert reply.headers["Date"] == "Mon, 23 Nov 2026 11:50:00 GMT"


def test_another_context_can_come_back(client, rst, alice):
    client.simulator.switches.set("wrong-context")
    answer = client.ask(rst, alice).find(".//{*}RequestSecurityTokenResponse")
    assert answer.get("Context") != rst.context


def test_paths_that_are_no_service_are_not_found(client):
    assert client.post(b"<a/>", path="/").status == 404


def test_requests_beyond_the_limit_are_not_read(client):
    assert client.post(b" " * (256 * 1024 + 1)).status == 413


def test_a_request_of_unknown_length_is_not_read(client):
    trusted = ssl.create_default_context(
        cafile=str(next((client.simulator.trust_folder / "tls").iterdir()))
    )
    raw = socket.create_connection(("127.0.0.1", port(client.simulator)), timeout=5)
    with trusted.wrap_socket(raw, server_hostname="127.0.0.1") as connection:
        connection.sendall(b"POST /IAM/SecurityTokenService/v1 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 411")


def test_requests_are_counted_and_messages_kept(client, alice):
    before = client.simulator.request_count
    client.token(alice)
    (exchange,) = client.simulator.messages
    assert client.simulator.request_count == before + 1
    assert (exchange.service, exchange.status) == ("sts", 200)
    assert b"RequestSecurityToken" in exchange.request
    assert b"Assertion" in exchange.response


def test_nothing_personal_shows_when_an_exchange_is_printed(client, alice):
    client.token(alice)
    assert "85073003328" not in repr(client.simulator.messages)


def test_a_client_that_speaks_no_tls_disturbs_nobody(client, alice):
    with socket.create_connection(("127.0.0.1", port(client.simulator)), timeout=5) as raw:
        raw.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert client.token(alice).status == 200


def test_stopping_ends_open_connections_and_threads(
    hilum_simulator, hilum_simulator_clock, tmp_path
):
    before = set(threading.enumerate())
    simulator = Simulator(pki=hilum_simulator.pki, clock=hilum_simulator_clock, folder=tmp_path)
    with socket.create_connection(("127.0.0.1", port(simulator)), timeout=5) as raw:
        raw.sendall(b"\x16\x03\x01")
        simulator.stop()
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port(simulator)), timeout=1)


class TestSwitches:
    def test_another_process_sets_them_through_the_file(self, tmp_path):
        here, there = Switches(tmp_path / "s.json"), Switches(tmp_path / "s.json")
        there.set("outage")
        assert here.is_on("outage")
        there.clear("outage")
        assert not here.is_on("outage")

    def test_one_service_alone(self):
        switches = Switches()
        switches.set("slow", 3, service="sts")
        assert switches.value("slow", "sts") == "3"
        assert switches.value("slow", "ehbox-consultation") is None

    def test_a_name_that_is_wrong_by_a_letter(self):
        with pytest.raises(ConfigurationError) as caught:
            Switches().set("outtage")
        assert caught.value.code == "usage.unknown-switch"
        assert caught.value.details["nearest"] == "outage"

    @pytest.mark.parametrize(
        ("name", "value"), [("slow", "-1"), ("slow", "soon"), ("outage", "yes"), ("slow", "nan")]
    )
    def test_a_value_that_cannot_be(self, name, value):
        with pytest.raises(ConfigurationError) as caught:
            Switches().set(name, value)
        assert caught.value.code == "usage.invalid-value"

    def test_case_does_not_matter(self):
        switches = Switches()
        switches.set("soa-01001")
        assert switches.fault("sts") == "SOA-01001"

    def test_each_has_a_value_that_it_accepts(self):
        switches = Switches()
        for name in SWITCHES:
            switches.set(name)
        assert set(switches.settings()) == set(SWITCHES)
