"""How sessions are shown: documents for scripts, lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from hilum_hookspecs.words import moment, show

from hilum.contributions import returning
from hilum.host import is_ours
from hilum.words import _

if TYPE_CHECKING:
    from hilum_hookspecs import (
        CheckResult,
        Finding,
        Liveness,
        SessionView,
        Status,
        StatusIndicator,
    )

    from hilum.host import Host
    from hilum.services.openings import Opening, Plan

Shown: TypeAlias = tuple[Mapping[str, object], list[str]]
"""A document and its lines, as ``Output.show`` takes them."""


def opening_shown(environment: str, opening: Opening) -> Shown:
    """Show a session that was opened, renewed, or open already."""
    from hilum_hookspecs import Liveness

    session, provider = opening.session, opening.plan.provider
    document = {
        "environment": environment,
        "provider": provider.id,
        "name": provider.name,
        "method": session.method,
        "profession": session.profession,
        "state": Liveness.ALIVE.value,
        "opened_at": session.opened_at,
        "not_before": session.not_before,
        "expires_at": session.expires_at,
        "reused": opening.reused,
        "warnings": [_finding(finding) for finding in opening.plan.warnings],
    }
    words = {"name": provider.name, "end": _shown(session.expires_at), "method": session.method}
    if opening.reused:
        line = _("{name}: the session is open already, until {end} ({method}).", **words)
    else:
        line = _("{name}: the session is open until {end} ({method}).", **words)
    return document, [line, *_warnings(opening.plan)]


def plan_shown(environment: str, plan: Plan, *, renewal: bool = False) -> Shown:
    """Show what opening (or renewing) would do."""
    living = plan.living
    reuse = living is not None and not renewal
    document = {
        "environment": environment,
        "dry_run": True,
        "provider": plan.provider.id,
        "name": plan.provider.name,
        "method": plan.method.name,
        "needs": list(plan.method.needs),
        "profession": plan.profession,
        "inami": plan.inami,
        "certificate_expires_at": plan.certificate.not_after,
        "reused": reuse,
        "expires_at": living.expires_at if living is not None else None,
        "warnings": [_finding(finding) for finding in plan.warnings],
    }
    if living is not None and reuse:
        end = _shown(living.expires_at)
        line = _(
            "{name}: the session that is open until {end} would be used.",
            name=plan.provider.name,
            end=end,
        )
        return document, [line, *_warnings(plan)]
    words = {"name": plan.provider.name, "method": show(plan.method.label)}
    line = (
        _("{name}: the session would be renewed ({method}).", **words)
        if renewal
        else _("{name}: a session would be opened ({method}).", **words)
    )
    return document, [line, *_warnings(plan)]


def status_shown(
    host: Host,
    environment: str,
    views: Sequence[SessionView],
    now: datetime,
    third_parties: Sequence[str],
) -> Shown:
    """Show the local view of sessions, with the lamps of the plugins.

    *third_parties* are the plugins of others that take part: they can see what is typed.
    """
    lamps = _lamps(host) if views else []
    documents = []
    lines = []
    for view in views:
        read = [*_read(host, lamps, view.provider_id)]
        documents.append({**_view(view, now), "indicators": [_lamp(*each) for each in read]})
        name = view.provider_name or view.provider_id
        lines.append(_labelled(name, _state_words(view, now)))
        lines += [f"  {_labelled(show(lamp.label), show(status.words))}" for lamp, status in read]
    if not views:
        lines.append(_("No session on this computer."))
    if third_parties:
        names = ", ".join(third_parties)
        lines.append(
            _("Plugins of third parties, which can see passwords and PINs: {names}", names=names)
        )
    document = {
        "environment": environment,
        "view": "local",
        "at": now,
        "sessions": documents,
        "third_parties": third_parties,
    }
    return document, lines


def result_shown(
    environment: str, provider_id: str, name: str, result: CheckResult, *, probed: bool
) -> Shown:
    """Show a check that found the session alive."""
    document = {
        "environment": environment,
        "provider": provider_id,
        "name": name,
        "state": result.liveness.value,
        "checked_at": result.checked_at,
        "expires_at": result.expires_at,
        "probed": probed,
    }
    words = {"name": name, "end": _shown(result.expires_at)}
    line = (
        _("{name}: the platform accepts the session, open until {end}.", **words)
        if probed
        else _("{name}: the session is open until {end}, seen from here.", **words)
    )
    return document, [line]


def closed_shown(environment: str, view: SessionView, *, dry_run: bool) -> Shown:
    """Show a session that was ended, or would be."""
    document = {
        "environment": environment,
        "dry_run": dry_run,
        "provider": view.provider_id,
        "name": view.provider_name,
        "method": view.method,
        "expires_at": view.expires_at,
    }
    name = view.provider_name or view.provider_id
    line = (
        _("{name}: the session would be closed, its token removed.", name=name)
        if dry_run
        else _("{name}: the session is closed, its token is removed.", name=name)
    )
    return document, [line]


def local_state(view: SessionView, now: datetime) -> Liveness:
    """Return the state as far as it is known here: the time, and what the last check found."""
    from hilum_hookspecs import Liveness

    last = view.last_check.liveness if view.last_check is not None else Liveness.ALIVE
    if now < view.not_before:
        return Liveness.UNKNOWN
    return Liveness.OVER if now >= view.expires_at else last


def _view(view: SessionView, now: datetime) -> dict[str, Any]:
    check = view.last_check
    return {
        "provider": view.provider_id,
        "name": view.provider_name,
        "method": view.method,
        "profession": view.profession,
        "state": local_state(view, now).value,
        "opened_at": view.opened_at,
        "not_before": view.not_before,
        "expires_at": view.expires_at,
        "last_check": check
        and {
            "state": check.liveness.value,
            "checked_at": check.checked_at,
            "cause": check.cause,
            "since": check.since,
        },
    }


def _state_words(view: SessionView, now: datetime) -> str:
    from hilum_hookspecs import Liveness

    state = local_state(view, now)
    words = {"end": _shown(view.expires_at), "method": view.method}
    if state is Liveness.ALIVE:
        return _("open until {end} ({method})", **words)
    if now < view.not_before:
        return _("not known: the computer's clock is before the session's start")
    if state is Liveness.UNKNOWN and view.last_check is not None:
        since = _shown(view.last_check.since)
        if view.last_check.plugin is not None:
            return _("not known since {since}: a plugin failed when it asked", since=since)
        return _("not known since {since}: eHealth could not be reached", since=since)
    if now >= view.expires_at:
        return _("over since {end} ({method})", **words)
    return _("over: it was refused when it was last checked ({method})", **words)


def _lamps(host: Host) -> list[tuple[str, StatusIndicator]]:
    found = host.collect_with_source("hilum_status_indicators")
    return cast("list[tuple[str, StatusIndicator]]", found)


def _read(
    host: Host, lamps: list[tuple[str, StatusIndicator]], provider_id: str
) -> Iterator[tuple[StatusIndicator, Status]]:
    """Read each lamp; one that is broken costs only itself."""
    if not lamps:
        return
    from hilum_hookspecs import Status

    for plugin, lamp in lamps:
        try:
            if host.call_quick(plugin, returning(bool, lamp.visible), provider_id):
                yield lamp, host.call_quick(plugin, returning(Status, lamp.read), provider_id)
        except Exception as error:
            if not is_ours(error):
                raise


def _lamp(lamp: StatusIndicator, status: Status) -> Mapping[str, object]:
    return {
        "name": lamp.name,
        "label": show(lamp.label),
        "state": status.state.value,
        "words": show(status.words),
        "since": status.since,
        "until": status.until,
    }


def _finding(finding: Finding) -> Mapping[str, object]:
    return {
        "code": finding.code,
        "field": finding.field,
        "message": show(finding.message),
        "fix": finding.fix and show(finding.fix),
    }


def _labelled(label: str, value: str) -> str:
    return _("{label}: {value}", label=label, value=value)  # French has a space before the colon


def _warnings(plan: Plan) -> list[str]:
    return [_("Note: {text}", text=show(finding.message)) for finding in plan.warnings]


def _shown(instant: datetime | None) -> str:
    return moment(instant) if instant is not None else "?"
