"""The eHealth lamp: three states, each with words."""

from __future__ import annotations

from hilum_hookspecs import (
    Liveness,
    PluginContext,
    SessionView,
    Status,
    StatusIndicator,
    StatusState,
)
from hilum_hookspecs.words import moment

from .policy import Policy
from .settings import LivenessSettings
from .words import _


class Lamp:
    """Reads the local view of a provider's session; no network, no card, no database.

    It is lit only by a check, or an opening, that is no older than the time between two checks.
    """

    def __init__(self, context: PluginContext[LivenessSettings]) -> None:
        self._sessions = context.sessions
        self._clock = context.clock
        self._policy = Policy.of(context.settings)

    def indicator(self) -> StatusIndicator:
        """Describe the lamp to the fronts."""
        return StatusIndicator(
            name="ehealth-session",
            label=_.message("eHealth"),
            read=self.read,
            action="open-session",
        )

    def read(self, provider_id: str) -> Status:
        """Tell the state of the provider's session now."""
        session = self._sessions.view(provider_id)
        if session is None:
            return Status(state=StatusState.INACTIVE, words=_.message("no session"))
        if self._clock.now() < session.not_before:
            words = _.message("unknown: the computer's clock is before the session's start")
            return Status(state=StatusState.UNKNOWN, words=words)
        if self._clock.now() >= session.expires_at or _is_over(session):
            return Status(state=StatusState.INACTIVE, words=_.message("the session is over"))
        return self._living(session)

    def _living(self, session: SessionView) -> Status:
        check = session.last_check
        if check is not None and check.liveness is Liveness.UNKNOWN:
            words = _.message("unknown: eHealth could not be reached")
            return Status(state=StatusState.UNKNOWN, words=words, since=check.since)
        if not self._policy.is_fresh(session, self._clock.now()):
            last = check.checked_at if check is not None else session.opened_at
            words = _.message("unknown: not checked since {moment}", moment=moment(last))
            return Status(state=StatusState.UNKNOWN, words=words, since=last)
        soon = self._policy.ends_soon(session, self._clock.now())
        words = _.message("active, ends soon") if soon else _.message("active")
        return Status(
            state=StatusState.ACTIVE,
            words=words,
            since=session.opened_at,
            until=session.expires_at,
        )


def _is_over(session: SessionView) -> bool:
    return session.last_check is not None and session.last_check.liveness is Liveness.OVER
