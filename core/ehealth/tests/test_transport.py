"""One message over TLS: what is sent, what is accepted, and each way in which it fails."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
from hilum_ehealth.environments import Environment
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.soap.http_parts import server_date
from hilum_ehealth.soap.tls import tls_context
from hilum_ehealth.soap.transport import MAX_ANSWER, USER_AGENT, Transport
from hilum_ehealth.testing.authority import Issued, Pki
from hilum_ehealth.testing.issuing import LOOPBACK_SERVER, ca_name, new_key
from hilum_ehealth.testing.server import HttpsServer, Reply, Request, server_context

BODY = b"<soap:Envelope xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/'/>"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
Serve = Callable[[socket.socket], None]


def short(environment: Environment, **limits: float) -> Transport:
    """A transport that gives up after a fraction of a second."""
    return Transport(
        environment,
        connect_limit=timedelta(seconds=limits.get("connect", 0.3)),
        total_limit=timedelta(seconds=limits.get("total", 0.3)),
    )


def failure(transport: Transport, url: str) -> EhealthError:
    with pytest.raises(EhealthError) as failed:
        transport.post(url, "urn:action", BODY)
    assert failed.value.details["endpoint"] == url
    return failed.value


@contextlib.contextmanager
def listener(serve: Serve) -> Iterator[int]:
    """Accept connections on a port and hand each to *serve* in a thread; all ends with the test."""
    over = threading.Event()
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)

        def handle(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                connection.settimeout(5)
                serve(connection)

        def accept() -> None:
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    connection, _ = server.accept()
                    threads.append(threading.Thread(target=handle, args=(connection,)))
                    threads[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            accepting.join()
            for thread in threads:
                thread.join()


@contextlib.contextmanager
def tls_listener(certificate: Issued, serve: Serve) -> Iterator[str]:
    """The same behind TLS; *serve* runs after the request's head and body were read."""
    context = server_context(certificate)

    def shake_hands(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            received = b""
            while not received.endswith(BODY):
                chunk = secure.recv(65536)
                if not chunk:
                    return
                received += chunk
            serve(secure)

    with listener(shake_hands) as port:
        yield f"https://127.0.0.1:{port}/"


def drip(data: bytes) -> Serve:
    """Send one byte every 20 ms for as long as the other side listens."""

    def serve(connection: socket.socket) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)

    return serve


def silence(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


class TestWhatIsSent:
    def test_exactly_the_bytes_given_and_the_headers_eHealth_asks_for(
        self, pki: Pki, environment: Environment
    ) -> None:
        received: list[Request] = []

        def answer(request: Request) -> Reply:
            received.append(request)
            return Reply(body=b"<x/>")

        with HttpsServer(pki.tls_server, answer) as server:
            transport = Transport(replace(environment, contact="care@example.be"))
            transport.post(f"{server.url}/path?x=1", "urn:action", BODY)
        (request,) = received
        assert request.body == BODY
        assert request.path == "/path?x=1"
        assert request.headers["SOAPAction"] == '"urn:action"'
        assert request.headers["Content-Type"] == "text/xml; charset=utf-8"
        assert request.headers["User-Agent"] == USER_AGENT
        assert request.headers["From"] == "care@example.be"
        assert request.headers["Host"] == server.url.removeprefix("https://")
        assert request.headers["Accept-Encoding"] == "identity"

    def test_no_address_is_sent_without_a_contact(self, pki: Pki, environment: Environment) -> None:
        received: list[Request] = []

        def answer(request: Request) -> Reply:
            received.append(request)
            return Reply()

        with HttpsServer(pki.tls_server, answer) as server:
            Transport(environment).post(server.url, "urn:action", BODY)
        assert "From" not in received[0].headers

    def test_the_program_names_its_own_version(self) -> None:
        assert f"hilum/{version('hilum-ehealth')}" == USER_AGENT

    @pytest.mark.attack("F1")
    @pytest.mark.parametrize(
        "url",
        [
            *("http://127.0.0.1/", "ftp://127.0.0.1/", "https:///x", "127.0.0.1"),
            *("https://h:99999/", "https://h/\u00e9", "https://h\u00e9.example/", "https://h/a b"),
        ],
    )
    def test_nothing_is_sent_but_over_https(self, url: str, environment: Environment) -> None:
        assert failure(Transport(environment), url).code == "network.not-https"

    @pytest.mark.attack("C2")
    @pytest.mark.parametrize(
        "url",
        [
            *("https://me:canary@h/x", "https://canary@h/x", "https://me:can@canary@h/x"),
            *("https://me:c/canary@h/x", "http://me:canary@h/x", "me:canary@h/x"),
        ],
    )
    def test_a_password_in_the_address_is_refused_and_not_repeated(
        self, url: str, environment: Environment
    ) -> None:
        with pytest.raises(EhealthError) as caught:
            Transport(environment).post(url, "urn:action", BODY)
        assert caught.value.code == "network.not-https"
        assert str(caught.value.details["endpoint"]).endswith("h/x")
        assert "canary" not in repr(caught.value.details)


class TestTheAnswer:
    def test_it_comes_back_with_status_type_and_the_server_s_clock(
        self, pki: Pki, environment: Environment
    ) -> None:
        date = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
        reply = Reply(body=b"<x/>", status=500, date=date)
        with HttpsServer(pki.tls_server, lambda request: reply) as server:
            answer = Transport(environment).post(server.url, "urn:action", BODY)
        assert (answer.status, answer.body, answer.server_date) == (500, b"<x/>", date)
        assert answer.content_type == "text/xml; charset=utf-8"
        assert "<x/>" not in repr(answer)

    @pytest.mark.parametrize(
        "date",
        [
            "Fri, 31 Dec 9999 23:59:59 -1400",
            "1 Jan 99999999999 00:00:00 GMT",
            "1 Jan 2026 99:99:99 GMT",
            "1 Jan 2026 00:00:00 +99999999999",
            f"{'9' * 5000} Jan 2026 00:00:00 GMT",
            "yesterday",
            "",
        ],
    )
    def test_a_clock_that_makes_no_sense_is_none(self, date: str) -> None:
        assert server_date(date) is None

    def test_the_largest_answer_is_taken(self, pki: Pki, environment: Environment) -> None:
        reply = Reply(body=b"x" * MAX_ANSWER)
        with HttpsServer(pki.tls_server, lambda request: reply) as server:
            answer = Transport(environment).post(server.url, "urn:action", BODY)
        assert len(answer.body) == MAX_ANSWER

    @pytest.mark.attack("F2")
    def test_one_byte_more_is_refused(self, pki: Pki, environment: Environment) -> None:
        reply = Reply(body=b"x" * (MAX_ANSWER + 1))
        with HttpsServer(pki.tls_server, lambda request: reply) as server:
            error = failure(Transport(environment), server.url)
        assert (error.code, error.details["limit"]) == ("network.answer-too-large", MAX_ANSWER)

    @pytest.mark.attack("F2")
    @pytest.mark.parametrize(
        "head",
        [
            HEAD + b"Content-Length: 10000000000\r\n\r\n",
            HEAD + b"\r\n",
            HEAD + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n",
        ],
        ids=["announced", "until-close", "chunked"],
    )
    def test_an_endless_answer_is_refused(
        self, head: bytes, pki: Pki, environment: Environment
    ) -> None:
        def serve(connection: socket.socket) -> None:
            connection.sendall(head)
            while True:
                connection.sendall(b"x" * 65536)

        with tls_listener(pki.tls_server, serve) as url:
            assert failure(Transport(environment), url).code == "network.answer-too-large"

    @pytest.mark.attack("F2")
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirection_is_not_followed(
        self, status: int, pki: Pki, environment: Environment
    ) -> None:
        asked: list[str] = []

        def answer(request: Request) -> Reply:
            asked.append(request.path)
            return Reply(status=status, headers={"Location": "/elsewhere"})

        with HttpsServer(pki.tls_server, answer) as server:
            error = failure(Transport(environment), f"{server.url}/here")
        assert (error.code, error.details["status"]) == ("network.redirect", status)
        assert asked == ["/here"]

    @pytest.mark.attack("F2")
    @pytest.mark.parametrize(
        ("data", "cause"),
        [
            (b"", "cut"),
            (b"HTTP/1.1 200", "cut"),
            (HEAD + b"Content-Length: 100\r\n\r\n<x", "cut"),
            (HEAD + b"Transfer-Encoding: chunked\r\n\r\n64\r\n<x", "cut"),
            (b"220 mail.example ESMTP\r\n\r\n", "not-http"),
        ],
        ids=["at-once", "in-the-head", "in-the-body", "in-a-chunk", "another-protocol"],
    )
    def test_an_answer_that_is_cut_off_is_none(
        self, data: bytes, cause: str, pki: Pki, environment: Environment
    ) -> None:
        with tls_listener(pki.tls_server, lambda c: c.sendall(data)) as url:
            error = failure(Transport(environment), url)
        assert (error.code, error.details["cause"]) == ("network.unreachable", cause)


@pytest.mark.attack("F2")
class TestTimeLimits:
    @pytest.mark.parametrize(
        "serve",
        [
            silence,
            drip(HEAD + b"X-Slow: " + b"x" * 1000),
            drip(HEAD + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000),
            drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 500),
        ],
        ids=["silent", "dripping-head", "dripping-body", "dripping-chunks"],
    )
    def test_the_whole_exchange_ends_in_time(
        self, serve: Serve, pki: Pki, environment: Environment
    ) -> None:
        with tls_listener(pki.tls_server, serve) as url:
            transport = short(environment, connect=5)
            begun = time.monotonic()
            error = failure(transport, url)
            assert time.monotonic() - begun < 2
        assert (error.code, error.details["seconds"]) == ("network.timeout", 0.3)

    def test_a_server_that_never_shakes_hands_is_left_in_time(
        self, environment: Environment
    ) -> None:
        with listener(silence) as port:
            error = failure(short(environment, total=20), f"https://127.0.0.1:{port}/")
        assert (error.code, error.details["seconds"]) == ("network.timeout", 0.3)

    def test_a_name_that_nobody_resolves_is_left_in_time(
        self, environment: Environment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: asked.wait(5))
        error = failure(short(environment), "https://slow.example.invalid/")
        asked.set()
        assert error.code == "network.timeout"

    def test_the_usual_limits_are_five_and_thirty_seconds(self) -> None:
        from hilum_ehealth.soap import transport

        assert timedelta(seconds=5) == transport.CONNECT
        assert timedelta(seconds=30) == transport.TOTAL


@pytest.mark.attack("F2")
class TestNoConnection:
    def test_a_port_where_nobody_listens_refuses(self, environment: Environment) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        error = failure(Transport(environment), f"https://127.0.0.1:{port}/")
        assert (error.code, error.details["cause"]) == ("network.unreachable", "refused")

    def test_an_unknown_name_is_told_apart(
        self, environment: Environment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unknown(*args: object, **kwargs: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        error = failure(Transport(environment), "https://unknown.example.invalid/")
        assert (error.code, error.details["cause"]) == ("network.unreachable", "dns")

    def test_a_name_that_cannot_be_one_is_unknown(self, environment: Environment) -> None:
        error = failure(Transport(environment), f"https://{'x' * 70}.invalid/")
        assert (error.code, error.details["cause"]) == ("network.unreachable", "dns")


def leaf(pki: Pki, *, host: str = "127.0.0.1", since: int = -10, days: int = 1) -> Issued:
    from ipaddress import ip_address

    from cryptography import x509

    profile = replace(LOOPBACK_SERVER, names=(x509.IPAddress(ip_address(host)),))
    today = datetime.now(UTC)
    return pki.tls_ca.issue(
        ca_name("localhost", "1"),
        profile,
        key=new_key("ec"),
        not_before=today + timedelta(days=since),
        not_after=today + timedelta(days=days),
    )


@pytest.mark.attack("F1")
class TestTls:
    def refused(self, certificate: Issued, environment: Environment) -> EhealthError:
        """The error, after making sure that not one byte of the request arrived."""
        received: list[Request] = []

        def answer(request: Request) -> Reply:
            received.append(request)
            return Reply()

        with HttpsServer(certificate, answer) as server:
            error = failure(Transport(environment), server.url)
        assert received == []
        assert error.code == "network.tls"
        return error

    def test_a_certificate_for_another_host_is_refused(
        self, pki: Pki, environment: Environment
    ) -> None:
        error = self.refused(leaf(pki, host="127.0.0.2"), environment)
        assert error.details["problem"] == "wrong-host"

    def test_an_expired_certificate_is_refused(self, pki: Pki, environment: Environment) -> None:
        error = self.refused(leaf(pki, days=-1), environment)
        assert error.details["problem"] == "expired"

    def test_a_certificate_from_the_future_is_refused(
        self, pki: Pki, environment: Environment
    ) -> None:
        error = self.refused(leaf(pki, since=1, days=2), environment)
        assert error.details["problem"] == "not-yet-valid"

    def test_a_certificate_of_a_person_for_the_host_is_refused(
        self, pki: Pki, environment: Environment
    ) -> None:
        person = pki.ehealth_certificate(niss="85073003328", name="ALICE EXAMPLE")
        assert self.refused(person, environment).details["problem"] == "untrusted"

    def test_another_authority_is_refused(
        self, pki: Pki, ec_pki: Pki, environment: Environment
    ) -> None:
        error = self.refused(ec_pki.tls_server, environment)
        assert error.details["problem"] == "untrusted"

    def test_a_certificate_signed_by_itself_is_refused(
        self, pki: Pki, environment: Environment
    ) -> None:
        own = Issued(private_key=pki.tls_ca.private_key, certificate=pki.tls_ca.certificate)
        other = replace(environment, trust_folder=environment.trust_folder / "none")
        assert self.refused(own, other).details["problem"] == "untrusted"

    def test_without_anchors_of_our_own_the_public_ones_count(
        self, pki: Pki, environment: Environment, tmp_path: Path
    ) -> None:
        other = replace(environment, trust_folder=tmp_path / "nothing")
        assert self.refused(pki.tls_server, other).details["problem"] == "untrusted"

    def test_tls_older_than_1_2_is_refused(self, pki: Pki, environment: Environment) -> None:
        context = server_context(pki.tls_server)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1

        def shake_hands(connection: socket.socket) -> None:
            with contextlib.suppress(ssl.SSLError):
                context.wrap_socket(connection, server_side=True).close()

        with listener(shake_hands) as port:
            error = failure(Transport(environment), f"https://127.0.0.1:{port}/")
        assert (error.code, error.details["problem"]) == ("network.tls", "protocol")

    def test_nothing_older_than_1_2_is_offered(self, environment: Environment) -> None:
        """Whoever stands in the way cannot talk the client down to what it does not offer."""
        context = tls_context(environment)
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname

    def test_no_switch_turns_the_verification_off(self) -> None:
        import hilum_ehealth

        switches = re.compile(
            r"CERT_NONE|CERT_OPTIONAL|check_hostname|verify_mode|_create_unverified|verify\s*=\s*False"
        )
        root = Path(hilum_ehealth.__file__ or "").parent
        product = [path for path in root.rglob("*.py") if "testing" not in path.parts]
        found = [path.name for path in product if switches.search(path.read_text("utf-8"))]
        assert found == []

    def test_a_server_that_speaks_no_tls_is_refused(self, environment: Environment) -> None:
        def serve(connection: socket.socket) -> None:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        with listener(serve) as port:
            error = failure(Transport(environment), f"https://127.0.0.1:{port}/")
        assert (error.code, error.details["problem"]) == ("network.tls", "not-tls")

    def test_a_server_that_hangs_up_is_unreachable(self, environment: Environment) -> None:
        with listener(lambda connection: None) as port:
            error = failure(Transport(environment), f"https://127.0.0.1:{port}/")
        assert (error.code, error.details["cause"]) == ("network.unreachable", "cut")


class TestProxy:
    def test_the_message_goes_through_its_tunnel(self, pki: Pki, environment: Environment) -> None:
        heads: list[bytes] = []

        def tunnel(connection: socket.socket) -> None:
            head = connection.recv(65536)
            heads.append(head)
            target = head.split()[1].decode()
            host, port = target.split(":")
            with socket.create_connection((host, int(port)), timeout=5) as onward:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=copy, args=(onward, connection))
                back.start()
                copy(connection, onward)
                back.join()

        def copy(source: socket.socket, target: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)

        reply = Reply(body=b"<x/>")
        with HttpsServer(pki.tls_server, lambda r: reply) as server, listener(tunnel) as port:
            proxy = f"http://user:pass%20word@127.0.0.1:{port}"
            answer = Transport(environment, proxy=proxy).post(server.url, "urn:action", BODY)
        assert answer.body == b"<x/>"
        assert b"Proxy-Authorization: Basic dXNlcjpwYXNzIHdvcmQ=\r\n" in heads[0]

    @pytest.mark.parametrize(
        "answer", [b"HTTP/1.1 407 Who?\r\n\r\n", b"what?\r\n\r\n"], ids=["407", "not-http"]
    )
    def test_one_that_refuses_is_told_apart(self, answer: bytes, environment: Environment) -> None:
        def serve(connection: socket.socket) -> None:
            connection.recv(65536)
            connection.sendall(answer)

        with listener(serve) as port:
            transport = Transport(environment, proxy=f"http://127.0.0.1:{port}")
            error = failure(transport, "https://127.0.0.1:9/")
        assert (error.code, error.details["cause"]) == ("network.unreachable", "proxy")

    def test_only_an_http_proxy_can_be_named(self, environment: Environment) -> None:
        with pytest.raises(EhealthError, match=r"settings\.proxy"):
            Transport(environment, proxy="socks5://127.0.0.1:1")
