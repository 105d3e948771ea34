"""Opening a TLS connection within a time limit, directly or through a proxy."""

from __future__ import annotations

import http.client
import queue
import socket
import ssl
import threading
from typing import Any, Final
from urllib.parse import SplitResult, unquote

from hilum_ehealth.soap.deadline import Deadline, DeadlineSocket

HTTPS_PORT: Final = 443
_PROXY_PORT: Final = 8080


def connect(
    target: SplitResult, proxy: SplitResult | None, context: ssl.SSLContext, deadline: Deadline
) -> ssl.SSLSocket:
    """Connect to the host of *target* and shake hands; whoever calls closes the socket.

    Raises ``OSError`` and its subclasses (``socket.gaierror``, ``ssl.SSLError``, ``TimeoutError``),
    and ``ConnectionError`` when a proxy refuses.
    """
    host, port = target.hostname or "", target.port or HTTPS_PORT
    hop = proxy or target
    hop_port = hop.port or (_PROXY_PORT if proxy else port)
    connection = open_any(resolve(hop.hostname or "", hop_port, deadline), deadline)
    try:
        if proxy:
            _tunnel(connection, proxy, f"{host}:{port}", deadline)
        return shake_hands(connection, host, context, deadline)
    except BaseException:
        connection.close()
        raise


def shake_hands(
    connection: socket.socket, host: str, context: ssl.SSLContext, deadline: Deadline
) -> ssl.SSLSocket:
    """Start TLS with *host* on an open connection."""
    with deadline.limiting(connection):
        return context.wrap_socket(connection, server_hostname=host)


def open_any(addresses: list[Any], deadline: Deadline) -> socket.socket:
    """Try each of the *addresses* (as ``getaddrinfo`` gives them) until the time is over."""
    failure: OSError | None = None
    for family, kind, protocol, _, address in addresses:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(deadline.remaining())
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
    raise failure or OSError("the name has no address")


def resolve(host: str, port: int, deadline: Deadline) -> list[Any]:
    """Look the name up in a thread: the system's resolver has no time limit of ours."""
    answers: queue.Queue[list[Any] | OSError] = queue.Queue(1)

    def look_up() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            answers.put(error)
        except UnicodeError:
            answers.put(socket.gaierror(socket.EAI_NONAME, "not a host name"))

    threading.Thread(target=look_up, name="hilum-resolver", daemon=True).start()
    try:
        found = answers.get(timeout=deadline.remaining())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, OSError):
        raise found
    return found


def _tunnel(
    connection: socket.socket, proxy: SplitResult, destination: str, deadline: Deadline
) -> None:
    """Ask an HTTP proxy for a way through (``CONNECT``)."""
    lines = [f"CONNECT {destination} HTTP/1.1", f"Host: {destination}"]
    if proxy.username is not None:
        lines.append(f"Proxy-Authorization: Basic {_proxy_credentials(proxy)}")
    wire = DeadlineSocket(connection, deadline)
    wire.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
    answer = http.client.HTTPResponse(wire, method="CONNECT")  # type: ignore[arg-type]  # all it uses
    try:
        answer.begin()
    except http.client.HTTPException as error:
        raise ProxyRefused(0) from error
    if answer.status != http.client.OK:
        raise ProxyRefused(answer.status)


class ProxyRefused(ConnectionError):
    """The proxy did not open a way through; ``status`` is its HTTP status or 0."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the proxy answered {status}")
        self.status = status


def _proxy_credentials(proxy: SplitResult) -> str:
    from base64 import b64encode

    user, password = unquote(proxy.username or ""), unquote(proxy.password or "")
    return b64encode(f"{user}:{password}".encode()).decode("ascii")
