"""What the network refuses, as errors of ours."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.soap.connect import ProxyRefused

_TLS_PROBLEMS: Final = {
    9: "not-yet-valid",
    10: "expired",
    18: "untrusted",
    19: "untrusted",
    20: "untrusted",
    21: "untrusted",
    62: "wrong-host",
    64: "wrong-host",
}


@contextmanager
def network_errors(url: str) -> Iterator[None]:
    """Turn what happens on the way to *url* into ``network.unreachable`` or ``network.tls``.

    A time that is over must have been turned into :func:`timed_out` already.
    """
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        problem = _TLS_PROBLEMS.get(error.verify_code, "untrusted")
        raise EhealthError("network.tls", endpoint=url, problem=problem) from error
    except ssl.SSLEOFError as error:
        raise EhealthError("network.unreachable", endpoint=url, cause="cut") from error
    except ssl.SSLError as error:
        raise EhealthError("network.tls", endpoint=url, problem=_tls_problem(error)) from error
    except http.client.HTTPException as error:
        raise EhealthError("network.unreachable", endpoint=url, cause=_cut(error)) from error
    except OSError as error:
        raise EhealthError("network.unreachable", endpoint=url, cause=_cause(error)) from error


def timed_out(url: str, seconds: float) -> EhealthError:
    """Make ``network.timeout``."""
    return EhealthError("network.timeout", endpoint=url, seconds=seconds)


def _tls_problem(error: ssl.SSLError) -> str:
    reason = error.reason or ""
    if reason in (
        "WRONG_VERSION_NUMBER",
        "UNKNOWN_PROTOCOL",
        "HTTP_REQUEST",
        "RECORD_LAYER_FAILURE",
    ):
        return "not-tls"
    if "PROTOCOL" in reason or "VERSION" in reason:
        return "protocol"
    return "handshake"


def _cut(error: http.client.HTTPException) -> str:
    if isinstance(error, (http.client.IncompleteRead, http.client.RemoteDisconnected)):
        return "cut"
    return "not-http"


def _cause(error: OSError) -> str:
    import socket

    if isinstance(error, socket.gaierror):
        return "dns"
    if isinstance(error, ProxyRefused):
        return "proxy"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, ConnectionError):
        return "cut"
    return "no-route"
