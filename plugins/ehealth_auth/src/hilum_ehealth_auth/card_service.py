"""Whether the smart card service of this computer runs."""

from __future__ import annotations

import os
from collections.abc import Mapping

from hilum_ehealth.card.service import service_problem, service_socket
from hilum_hookspecs import HealthAnswer, HealthState

from .words import _


class CardService:
    """pcscd on Linux; other systems bring a service of their own."""

    def __init__(self, platform: str, environ: Mapping[str, str] = os.environ) -> None:
        self._platform = platform
        self._socket = service_socket(environ)

    def look(self) -> HealthAnswer:
        """Tell whether the service can be spoken to; nothing is asked of it."""
        if not self._platform.startswith("linux"):
            cause = _.message("The smart card service is part of this system.")
            return HealthAnswer(state=HealthState.NOT_APPLICABLE, cause=cause)
        problem = service_problem(self._socket)
        data = {"socket": str(self._socket), "problem": problem}
        if problem is None:
            cause = _.message("The smart card service (pcscd) runs.")
            return HealthAnswer(state=HealthState.OK, cause=cause, data=data)
        if problem == "PermissionError":
            return HealthAnswer(
                state=HealthState.FAILED,
                cause=_.message("This account may not use the smart card service (pcscd)."),
                remedy=_.message(
                    "Ask who looks after this computer to allow it ({socket}).", **data
                ),
                data=data,
            )
        return HealthAnswer(
            state=HealthState.FAILED,
            cause=_.message("The smart card service (pcscd) does not run."),
            remedy=_.message(
                "Install it (package pcscd), then start it: sudo systemctl enable --now "
                "pcscd.socket"
            ),
            data=data,
        )
