"""The providers: for whom a session could be opened now, as far as record and certificate tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import Finding, HealthAnswer, HealthCheck, Provider, Purpose, Severity

from hilum.words import _

from .answers import failed, not_applicable, ok, single, warning

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Providers

    from hilum.storage.database import Database

RANK: Final = 650


class ProviderHealth:
    """What ``hilum provider check`` says, in one answer; names providers by id alone.

    Like the other checks it makes nothing: tables that are not there yet stay so. *file* tells
    where the database stands, ``None`` on a server.
    """

    def __init__(
        self,
        providers: Callable[[], Providers],
        database: Callable[[], Database],
        file: Callable[[], Path | None],
    ) -> None:
        self._providers = providers
        self._database = database
        self._file = file

    def check(self) -> HealthCheck:
        """Describe the check."""
        return single("providers", _.message("Providers"), RANK, self._look)

    def _look(self) -> HealthAnswer:
        path = self._file()
        made = path is None or path.exists()
        if made and not self._is_of_now():
            return not_applicable(_.message("There is nothing to look at."))
        records = self._providers().all() if made else ()
        if not records:
            return not_applicable(_.message("There is no provider yet."))
        causes = first_errors(self._providers().check(records, Purpose.EHEALTH_LOGIN))
        data = _facts(records, causes)
        if not causes:
            return ok(_.message("A session can be opened for each: {n}", n=len(records)), **data)
        first = next(iter(causes.values()))
        cause = _.message(
            "No session can be opened for {ids}. First cause ({id}): {text}",
            ids=", ".join(causes),
            id=first.provider_id,
            text=first.message,
        )
        remedy = first.fix or _.message("hilum provider check says more.")
        answer = failed if len(causes) == len(records) else warning
        return answer(cause, remedy, **data)

    def _is_of_now(self) -> bool:
        """Tell whether all tables are there as declared; when not, their check says it."""
        return all(plan.found == plan.head for plan in self._database().upgrade(dry_run=True))


def first_errors(findings: Sequence[Finding]) -> dict[str, Finding]:
    """Return the first finding of each provider that stops a session, by the provider's id."""
    causes: dict[str, Finding] = {}
    for finding in findings:
        if finding.severity is Severity.ERROR:
            causes.setdefault(finding.provider_id, finding)
    return causes


def _facts(records: Sequence[Provider], causes: dict[str, Finding]) -> dict[str, object]:
    return {
        "providers": [
            {"id": each.id, "cause": causes[each.id].code if each.id in causes else None}
            for each in records
        ]
    }
