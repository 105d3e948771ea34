"""Whether the computer's card service (PC/SC) answers: without it no reader is seen."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

SOCKET: Final = "/run/pcscd/pcscd.comm"
"""Where pcsc-lite's service waits, unless the variable says otherwise."""

SOCKET_VARIABLE: Final = "PCSCLITE_CSOCK_NAME"

_SECONDS: Final = 1.0


def service_socket(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where programs reach the service (PC/SC lite)."""
    return Path(environment.get(SOCKET_VARIABLE) or SOCKET)


def service_problem(place: Path) -> str | None:
    """Name what refuses a connection to the service (``FileNotFoundError`` ...), if anything.

    Asking also starts it where the system starts it on demand; nothing is said to it.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(_SECONDS)
            client.connect(str(place))
    except OSError as error:
        return type(error).__name__
    return None


def service_runs(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Tell whether programs can reach the service; true where it is part of the system."""
    return not platform.startswith("linux") or service_problem(service_socket(environment)) is None
