"""The question to the platform: a cheap signed call, the size of the eHealthBox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hilum_hookspecs import EhealthSession, PluginContext, SessionError, SessionProbe

from .settings import LivenessSettings

if TYPE_CHECKING:
    from hilum_ehealth.environments import Environment


class BoxInfoProbe:
    """Asks ``GetBoxInfo`` with the session (eHealthBox consultation, holder-of-key)."""

    def __init__(self, context: PluginContext[LivenessSettings]) -> None:
        self._clock = context.clock

    def probe(self) -> SessionProbe:
        """Describe the probe to the host."""
        return SessionProbe(name="ehealthbox-info", ask=self.ask)

    def ask(self, session: EhealthSession, environment: Environment) -> None:
        """Return when the platform accepts the session; raise what it or the network says."""
        from hilum_ehealth.assertion import read_assertion
        from hilum_ehealth.ehbox import get_box_info
        from hilum_ehealth.soap.transport import Transport

        if session.private_key is None:
            raise SessionError("session.key-needed")
        now = self._clock.now()
        get_box_info(
            environment=environment,
            transport=Transport(environment),
            assertion=read_assertion(session.assertion, environment=environment, now=now),
            key=session.private_key,
            now=now,
        )
