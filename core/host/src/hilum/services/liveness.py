"""Whether the platform still accepts a session: asking it, and what its answer means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from hilum_hookspecs import EhealthSession, ServiceRefused, SessionError, SessionProbe

from hilum.host import CodedError, Host, is_ours
from hilum.words import _

if TYPE_CHECKING:
    from hilum_ehealth.environments import Environment
    from hilum_hookspecs.ports import Progress

NOT_AUTHENTICATED: Final = ("SOA-01001", "wsse:")
"""How the fault codes begin by which the platform says that it does not know the session."""


class Platform:
    """The probes of every plugin, as one question."""

    def __init__(self, host: Host, environment: Environment, progress: Progress) -> None:
        self._host = host
        self._environment = environment
        self._progress = progress

    def probes(self) -> list[tuple[str, SessionProbe]]:
        """Return (plugin, probe) pairs; raises ``session.no-probe`` when there are none."""
        found = self._host.collect_with_source("hilum_session_probes")
        if not found:
            raise SessionError("session.no-probe")
        return cast("list[tuple[str, SessionProbe]]", found)

    def ask(self, session: EhealthSession) -> CodedError | None:
        """Ask whether the platform accepts *session*; ``None`` when every probe returned.

        Otherwise returns what was raised: the first refusal, else the first failure to ask.
        """
        failure: CodedError | None = None
        self._progress.step(_.message("Asking the eHealth platform whether it accepts the session"))
        for plugin, probe in self.probes():
            try:
                self._host.call(plugin, probe.ask, session, self._environment)
            except Exception as error:
                # What a probe raises is its answer; what has no code is a defect of ours.
                if not is_ours(error) or error.code == "cancelled":
                    raise
                if is_refusal(error):
                    return error
                failure = failure or error
        return failure


def is_refusal(error: CodedError) -> bool:
    """Tell whether *error* says that the platform does not accept the session any more.

    An outage, a network that does not answer, a clock that is wrong, a right that is missing or a
    probe that is broken says nothing about the session.
    """
    if error.code != "ehealth.refused" and not isinstance(error, ServiceRefused):
        return False
    fault = error.details.get("fault_code")
    return fault is None or str(fault).startswith(NOT_AUTHENTICATED)
