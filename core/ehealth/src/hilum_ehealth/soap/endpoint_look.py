"""Looking at an endpoint of the platform step by step: name, connection, TLS, HTTP.

Nothing of the user's is sent: one ``GET`` without any content. The steps and their errors are
those of a real message, so that what goes wrong here is what goes wrong there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.soap.connect import HTTPS_PORT, open_any, resolve, shake_hands
from hilum_ehealth.soap.deadline import Deadline, DeadlineSocket
from hilum_ehealth.soap.failures import network_errors, timed_out
from hilum_ehealth.soap.http_parts import (
    OpenConnection,
    host_of,
    path_of,
    server_date,
)
from hilum_ehealth.soap.tls import tls_context
from hilum_ehealth.soap.transport import CONNECT, USER_AGENT
from hilum_ehealth.soap.urls import https_target, without_user

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from urllib.parse import SplitResult

    from hilum_ehealth.environments import Environment

LIMIT: Final = CONNECT.total_seconds()
"""Seconds for name, connection and TLS together, and again for the answer."""

DOWN: Final = (502, 503, 504)
"""What a gateway answers when the service behind it does not."""


@dataclass(slots=True, kw_only=True)
class EndpointLook:
    """What was seen of an endpoint, as far as the looking came."""

    url: str
    address: str | None = None
    """The network address that answered."""

    milliseconds: dict[str, int] = field(default_factory=dict)
    """By step: ``dns``, ``tcp``, ``tls``, ``http``; a step that failed is the last."""

    issuer: str | None = None
    """Who issued the server's certificate, which was verified."""

    not_after: str | None = None
    """End of that certificate's validity, as TLS writes it."""

    status: int | None = None
    """Of the answer to the ``GET``; a SOAP service answers 405 or 500 as often as 200."""

    server_date: datetime | None = None
    """The server's clock."""

    error: EhealthError | None = None
    """``network.*`` as of a message, ``ehealth.unavailable`` (``status``) for a gateway alone."""


def look_at_endpoint(url: str, environment: Environment, *, limit: float = LIMIT) -> EndpointLook:
    """Look at *url*; whatever is wrong is in the result and nothing is raised."""
    look = EndpointLook(url=without_user(url))
    try:
        target = https_target(url)
        with network_errors(url):
            _look(look, target, environment, limit)
    except EhealthError as error:
        look.error = error
    return look


def _look(look: EndpointLook, target: SplitResult, environment: Environment, limit: float) -> None:
    host = target.hostname or ""
    context = tls_context(environment)
    with ExitStack() as resources:
        try:
            deadline = Deadline(limit)
            with _timed(look, "dns"):
                addresses = resolve(host, target.port or HTTPS_PORT, deadline)
            with _timed(look, "tcp"):
                raw = resources.enter_context(closing(open_any(addresses, deadline)))
            look.address = str(raw.getpeername()[0])
            with _timed(look, "tls"):
                secure = resources.enter_context(closing(shake_hands(raw, host, context, deadline)))
            _note_certificate(look, secure.getpeercert() or {})
            connection = OpenConnection(DeadlineSocket(secure, Deadline(limit)))
            headers = {"User-Agent": USER_AGENT, "Host": host_of(target), "Connection": "close"}
            with _timed(look, "http"):
                connection.request("GET", path_of(target), headers=headers)
                response = connection.getresponse()
        except TimeoutError as error:
            raise timed_out(look.url, limit) from error
        resources.callback(response.close)
        _note_answer(look, response)


@contextmanager
def _timed(look: EndpointLook, step: str) -> Iterator[None]:
    begun = time.monotonic()
    try:
        yield
    finally:
        look.milliseconds[step] = round((time.monotonic() - begun) * 1000)


def _note_certificate(look: EndpointLook, certificate: Mapping[str, Any]) -> None:
    names = {name: value for part in certificate.get("issuer", ()) for name, value in part}
    look.issuer = names.get("commonName") or names.get("organizationName")
    look.not_after = certificate.get("notAfter")


def _note_answer(look: EndpointLook, response: HTTPResponse) -> None:
    look.status = response.status
    look.server_date = server_date(response.headers.get("Date"))
    if 300 <= response.status < 400:
        raise EhealthError("network.redirect", endpoint=look.url, status=response.status)
    if response.status in DOWN:
        raise EhealthError("ehealth.unavailable", endpoint=look.url, status=response.status)
