"""The trust anchors, one check for each purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import HealthAnswer, HealthCheck, Message
from hilum_hookspecs.words import day

from hilum.words import _

from .answers import failed, ok, single, warning

if TYPE_CHECKING:
    from hilum_ehealth.environments import Environment
    from hilum_ehealth.trust import AnchorState, Purpose
    from hilum_hookspecs.ports import Clock

RANK: Final = 400
SOON: Final = timedelta(days=90)
"""How long before its end an anchor is worth a word."""

LABELS: Final[dict[Purpose, Message]] = {
    "ehealth": _.message("Trust in eHealth certificates"),
    "tls": _.message("Trust in the platform's servers"),
    "eid": _.message("Trust in identity cards"),
}
_IMPORT: Final = _.message("Import them: hilum trust import FILE. `hilum trust list` names them.")


class Trust:
    """The anchors of the environment of now."""

    def __init__(self, environment: Environment, clock: Clock) -> None:
        self._environment = environment
        self._clock = clock

    def checks(self) -> Iterator[HealthCheck]:
        """Describe one check for each purpose."""
        for purpose, label in LABELS.items():
            yield single(f"trust-{purpose}", label, RANK, self._looker(purpose))

    def _looker(self, purpose: Purpose) -> Callable[[], HealthAnswer]:
        return lambda: self._look(purpose)

    def _look(self, purpose: Purpose) -> HealthAnswer:
        from hilum_ehealth.trust import anchor_states

        now = self._clock.now()
        states = [each for each in anchor_states(self._environment) if each.purpose == purpose]
        living = [each for each in states if each.counts and _rest(each, now) > timedelta(0)]
        folder = str(self._environment.trust_folder / purpose)
        data: dict[str, object] = {
            "folder": folder,
            "anchors": [_facts(each, now) for each in states],
        }
        if not living:
            return self._none(purpose, data)
        return self._some(living, [each for each in states if each.present], now, data)

    def _none(self, purpose: Purpose, data: dict[str, object]) -> HealthAnswer:
        if purpose == "tls":
            cause = _.message("The public authorities that certifi brings are used.")
            return ok(cause, **data)
        if purpose == "eid":
            cause = _.message("No authority of identity cards is trusted: cards are not checked.")
            return warning(cause, _IMPORT, **data)
        cause = _.message(
            "No authority of eHealth certificates is trusted here: no session can be opened."
        )
        return failed(cause, _IMPORT, **data)

    def _some(
        self,
        living: Sequence[AnchorState],
        present: Sequence[AnchorState],
        now: datetime,
        data: dict[str, object],
    ) -> HealthAnswer:
        first = min(living, key=lambda each: _rest(each, now))
        if _rest(first, now) < SOON and first.not_after is not None:
            return warning(
                _.message(
                    "{subject} is trusted until {day} alone.",
                    subject=first.subject,
                    day=day(first.not_after),
                ),
                _.message("Import its successor: hilum trust import FILE."),
                **data,
            )
        useless = [each.subject for each in present if each not in living]
        if useless:
            return warning(
                _.message(
                    "These stand in the folder and are not trusted, or no longer: {subjects}",
                    subjects="; ".join(useless),
                ),
                _.message("Take them out of {folder}.", folder=data["folder"]),
                **data,
            )
        return ok(_.message("Trusted authorities: {n}", n=len(living)), **data)


def _rest(anchor: AnchorState, now: datetime) -> timedelta:
    return anchor.not_after - now if anchor.not_after is not None else timedelta(0)


def _facts(anchor: AnchorState, now: datetime) -> dict[str, object]:
    return {
        "subject": anchor.subject,
        "sha256": anchor.sha256,
        "present": anchor.present,
        "trusted": anchor.counts,
        "not_after": anchor.not_after.isoformat() if anchor.not_after else None,
        "days_left": _rest(anchor, now).days if anchor.present else None,
    }
