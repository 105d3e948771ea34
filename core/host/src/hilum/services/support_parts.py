"""The files of a bundle for support. Another one: a function here, and its name in ``PARTS``."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, fields, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import Message
from hilum_hookspecs.words import show

from hilum.plugins import FoundPlugin, State, settings_class
from hilum.settings import ENVIRONMENTS, HOST_SECTIONS, EnvironmentSettings

from .support import Part, Sources

if TYPE_CHECKING:
    from .health.reports import LinkReport

_LIBRARIES: Final = (
    *("hilum", "hilum-ehealth", "hilum-hookspecs", "pluggy", "click", "SQLAlchemy", "alembic"),
    *("cryptography", "lxml", "zeep", "PyKCS11", "PyQt6"),
)

_LAST: Final = 128 * 1024
"""Characters of the log that are taken."""

_WORD: Final = re.compile(r"[a-z][a-z_-]{0,30}")
"""A setting that is a choice or a plugin's name; other texts may be anything."""

_WHOSE: Final = frozenset(
    {"alias", "id", "ids", "owner", "provider", "providers", "text", "user", "user_name"}
)
"""What our causes call the persons that they concern, and the texts of plugins about them."""

_LEFT_OUT: Final = "..."


def about(sources: Sources) -> object:
    """Tell the versions of everything, and what is wrong with the settings."""
    import platform
    import sqlite3
    import ssl
    import sys

    return {
        "problem": sources.problem(),
        "environment": sources.environment(),
        "system": platform.platform(),
        "python": sys.version,
        "sqlite": sqlite3.sqlite_version,
        "openssl": ssl.OPENSSL_VERSION,
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }


def plugins(sources: Sources) -> object:
    """Tell which plugins there are, and what went wrong in them."""
    failures = sources.failures()
    return [
        {
            "name": plugin.name,
            "distribution": plugin.distribution,
            "version": plugin.version,
            "state": plugin.state,
            "failures": [
                {"stage": each.stage, "place": each.place, "kind": each.kind}
                for each in failures
                if each.plugin == plugin.name
            ],
        }
        for plugin in sources.plugins()
    ]


def settings(sources: Sources) -> object:
    """Tell what is set: switches, numbers and choices as they are, of the rest only that it is."""
    keys = {name: form._fields for name, form in HOST_SECTIONS.items()}  # type: ignore[attr-defined]  # named tuples, all of them
    keys |= {plugin.name: _keys(plugin) for plugin in sources.plugins()}
    shown: dict[str, object] = {}
    for name, table in sources.settings.tables().items():
        if name == ENVIRONMENTS:
            known = EnvironmentSettings._fields
            shown[name] = {each: _shown(inside, known) for each, inside in table.items()}
        else:
            shown[name] = _shown(table, keys.get(name, ()))
    return shown


def database(sources: Sources) -> object:
    """Tell what a check of the database found."""
    checked = sources.database()
    kind = checked.place.partition(":")[0] if "://" in checked.place else "sqlite"
    examined = asdict(checked.examined) if checked.examined else None
    return {"kind": kind, "examined": examined}


def audit(sources: Sources) -> object:
    """Tell the head of each chain: how long it is and whether it is whole, never its entries."""
    return [asdict(chain) for chain in sources.database().chains]


def sessions(sources: Sources) -> object:
    """Tell of the open sessions how and until when, never whose."""
    return [
        {
            "environment": view.environment,
            "method": view.method,
            "profession": view.profession,
            "opened_at": view.opened_at,
            "expires_at": view.expires_at,
            "last_check": view.last_check
            and {
                "state": view.last_check.liveness,
                "checked_at": view.last_check.checked_at,
                "cause": view.last_check.cause,
            },
        }
        for view in sources.sessions()
    ]


def doctor(sources: Sources) -> object:
    """Tell what the doctor finds, and of whom nothing."""
    from .health.reports import HOST

    ours = {HOST, *(plugin.name for plugin in sources.plugins() if plugin.first_party)}
    return [
        {
            "check": report.check.name,
            "label": show(report.check.label),
            "plugin": report.plugin,
            "state": report.state,
            "links": [
                _link(each, sources.data_folder, ours=report.plugin in ours)
                for each in report.links
            ],
        }
        for report in sources.doctor()
    ]


def log(sources: Sources) -> str:
    """Return the last lines of the log."""
    from hilum.logs import previous

    text = ""
    for path in (previous(sources.log), sources.log):
        with suppress(FileNotFoundError):
            text += path.read_text("utf-8", "replace")
    return text if len(text) <= _LAST else text[-_LAST:].partition("\n")[2]


PARTS: Final[Mapping[str, Part]] = {
    "about.json": about,
    "plugins.json": plugins,
    "settings.json": settings,
    "database.json": database,
    "audit.json": audit,
    "sessions.json": sessions,
    "doctor.json": doctor,
    "log.txt": log,
}


def _link(report: LinkReport, folder: Path, *, ours: bool) -> dict[str, object]:
    return {
        "link": report.link.name,
        "label": show(report.link.label),
        "state": report.answer.state if report.answer else "not-looked-at",
        "code": report.code,
        "cause": _cause(report.answer.cause, folder, ours=ours) if report.answer else None,
    }


def _cause(cause: Message, folder: Path, *, ours: bool) -> str:
    """Write *cause* without whom it concerns; of a foreign check nothing is filled in."""
    if not ours:
        return show(replace(cause, arguments={}))
    kept = {
        key: _LEFT_OUT if key in _WHOSE else _without_names(each, folder)
        for key, each in cause.arguments.items()
    }
    return show(replace(cause, arguments=kept))


def _without_names(value: object, folder: Path) -> object:
    """Cut paths below the data *folder* short: providers have files of their name there."""
    if not isinstance(value, str):
        return value
    below = rf"({re.escape(str(folder))}[/\\][^/\\,]+)[/\\][^,]+"
    return re.sub(below, rf"\1/{_LEFT_OUT}", value)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _keys(plugin: FoundPlugin) -> tuple[str, ...]:
    """Return the keys of a plugin that takes part; of another nothing is imported."""
    if plugin.state is not State.ON:
        return ()
    try:
        return tuple(each.name for each in fields(settings_class(plugin)))
    except (Exception, SystemExit):  # noqa: BLE001  # a broken plugin: its settings stay unshown
        return ()


def _shown(table: object, known: Collection[str]) -> object:
    if not isinstance(table, Mapping):
        return "(no table)"
    return {
        str(key): _value(value) if key in known else "(unknown key)" for key, value in table.items()
    }


def _value(value: object) -> object:
    if isinstance(value, bool | int | float) or value == "":
        return value
    if isinstance(value, list):
        return [_value(each) for each in value]
    return value if isinstance(value, str) and _WORD.fullmatch(value) else "(set)"
