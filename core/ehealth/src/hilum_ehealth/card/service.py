"""Whether the computer's card service (PC/SC) answers: without it no reader is seen."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from typing import Final

SOCKET: Final = "/run/pcscd/pcscd.comm"
"""Where pcsc-lite's service waits; ``PCSCLITE_CSOCK_NAME`` names another place."""


def service_runs(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Tell whether programs can reach the service; true where it is part of the system.

    Asking also starts it where the system starts it on demand.
    """
    if platform != "linux":
        return True
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect(environment.get("PCSCLITE_CSOCK_NAME", SOCKET))
        except OSError:
            return False
    return True
