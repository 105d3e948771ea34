"""The platform behind TLS on 127.0.0.1: bounded requests in, and the network's own troubles out."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, Final

from .platform import SERVICES

if TYPE_CHECKING:
    from hilum_ehealth.testing.authority import Issued

    from .platform import Platform

MAX_REQUEST: Final = 256 * 1024
"""The largest request that is read, in bytes."""

TIME_LIMIT: Final = 10.0
"""Seconds that a client may take for its handshake and for its request, each."""

HUGE: Final = 64 * 1024 * 1024
_OUTAGE: Final = b"<html><body><h1>503 Service Unavailable</h1></body></html>"
_GARBAGE: Final = bytes(range(256)) * 4


class Server:
    """Serves a platform until it is stopped; nothing of it is left then."""

    def __init__(self, platform: Platform, port: int = 0) -> None:
        self._http = _Http(platform, port)
        self._thread = Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The server's address, without a path."""
        return f"https://127.0.0.1:{self._http.server_address[1]}"

    @property
    def request_count(self) -> int:
        """How many requests arrived, answered or not."""
        return self._http.request_count

    def stop(self) -> None:
        """Close the port, cut the connections that are open and wait for their threads."""
        self._http.stopping.set()
        self._http.shutdown()
        self._http.cut_connections()
        self._http.server_close()
        self._thread.join()


class _Http(ThreadingHTTPServer):
    """The sockets; TLS is spoken in each connection's thread, not in the one that accepts."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, platform: Platform, port: int) -> None:
        self.platform = platform
        self.stopping = Event()
        self.request_count = 0
        self._context = _tls(platform.pki.tls_server)
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Speak TLS, then HTTP; a client that does not is let go."""
        request.settimeout(TIME_LIMIT)
        with suppress(OSError):
            connection = self._context.wrap_socket(
                request, server_side=True, do_handshake_on_connect=False
            )
            with self._lock:
                self._open.add(connection)
            try:
                connection.do_handshake()
                super().finish_request(connection, client_address)
            finally:
                with self._lock:
                    self._open.discard(connection)
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()

    def cut_connections(self) -> None:
        """End every connection that is open."""
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def count(self) -> None:
        """Count a request."""
        with self._lock:
            self.request_count += 1


class _Handler(BaseHTTPRequestHandler):
    """One request. Answers are buffered and sent at once: 4 ms a call instead of 48."""

    server: _Http  # pyright: ignore[reportIncompatibleVariableOverride]  # the stub knows the base
    server_version = "hilum-simulator/0.1.0"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer a SOAP message, or do what a switch says instead."""
        self.server.count()
        self.close_connection = True
        service = SERVICES.get(self.path)
        body = self._body()
        if body is None:
            return
        if service is None:
            self._send(404, "text/html", b"<html><body>404 Not Found</body></html>")
        elif not self._in_trouble(service):
            self._answer(service, body)

    def do_GET(self) -> None:
        """Refuse: the services are posted to. A platform that is down answers this neither."""
        self.server.count()
        self.close_connection = True
        service = SERVICES.get(self.path)
        if service is not None and self._in_trouble(service):
            return
        self._send(405, "text/html", b"<html><body>405 Method Not Allowed</body></html>")

    def _answer(self, service: str, body: bytes) -> None:
        headers = dict(self.headers.items())
        action = self.headers.get("SOAPAction", "")
        status, answer = self.server.platform.answer(service, action, body, headers)
        if self._is_on("cut", service):
            self._cut(status, answer)
        else:
            self._send(status, "text/xml; charset=utf-8", answer)

    def _in_trouble(self, service: str) -> bool:
        """Do what a switch says instead of an answer; tells whether one did."""
        if self._is_on("silent", service):
            self.server.stopping.wait(3600)
            return True
        slow = self.server.platform.switches.value("slow", service)
        if slow is not None and self.server.stopping.wait(float(slow)):
            return True
        if self._is_on("outage", service):
            self._send(503, "text/html", _OUTAGE)
        elif self._is_on("garbage", service):
            self._send(200, "text/xml; charset=utf-8", _GARBAGE)
        elif self._is_on("redirect", service):
            self.send_response(307)
            self.send_header("Location", f"https://127.0.0.1:{self.server.server_address[1]}/other")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self._is_on("huge", service):
            self._huge()
        else:
            return False
        return True

    def _huge(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(HUGE))
        self.end_headers()
        block = b" " * 65536
        for _ in range(HUGE // len(block)):
            if self.server.stopping.is_set():
                return
            self.wfile.write(block)

    def _cut(self, status: int, answer: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer[: len(answer) // 2])

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes | None:
        """Read the request within its limits; answers itself and returns ``None`` beyond them."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            self._send(411, "text/html", b"<html><body>411 Length Required</body></html>")
            return None
        if int(length) > MAX_REQUEST:
            self._read(min(int(length), 4 * MAX_REQUEST))  # so that the client hears the answer
            self._send(413, "text/html", b"<html><body>413 Content Too Large</body></html>")
            return None
        return self._read(int(length))

    def _read(self, length: int) -> bytes | None:
        """Read exactly *length* bytes in the time allowed, however slowly they drip."""
        deadline = time.monotonic() + TIME_LIMIT
        data = bytearray()
        while len(data) < length:
            if time.monotonic() > deadline:
                return None
            piece = self.rfile.read1(min(65536, length - len(data)))
            if not piece:
                return None
            data += piece
        return bytes(data)

    def _is_on(self, name: str, service: str) -> bool:
        return self.server.platform.switches.is_on(name, service)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Write the ``Date`` header from the platform's clock, not the computer's."""
        service = SERVICES.get(getattr(self, "path", ""))  # a bad request line has no path
        moment = (
            self.server.platform.now(service)
            if timestamp is None
            else datetime.fromtimestamp(timestamp, UTC)
        )
        return format_datetime(moment.replace(microsecond=0), usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:
        """Write no access log: the exchanges are kept by the platform."""


def _tls(server: Issued) -> ssl.SSLContext:
    """Make the server's side of TLS; OpenSSL takes the key from a file only."""
    from cryptography.hazmat.primitives import serialization
    from hilum_ehealth.files import write_atomically

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    key = server.private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chain = b"".join(
        certificate.public_bytes(serialization.Encoding.PEM)
        for certificate in (server.certificate, *server.chain)
    )
    with TemporaryDirectory(prefix="hilum-simulator-") as folder:
        path = Path(folder) / "server.pem"
        write_atomically(path, key + chain)
        context.load_cert_chain(path)
    return context
