"""The tables in the page of settings, between marks; what stands around them is by hand."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping

from hilum.discovery import scan
from hilum.plugins import FIRST_PARTY, Choice, settings_class, survey
from hilum.settings import HOST_SECTIONS, EnvironmentSettings
from hilum.settings_values import hints, required

from .markdown import code, sentence, table
from .sources import Field, fields

BLOCK = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- end -->\n)", re.DOTALL)
PLUGINS = "plugins-of-ours"


def page(written: str) -> str:
    """Return the page *written* with its tables made anew.

    ``KeyError`` for a mark of a section that does not exist, ``ValueError`` for one without mark.
    """
    made = blocks()
    missing = made.keys() - {match[2] for match in BLOCK.finditer(written)}
    if missing:
        raise ValueError(f"settings.md has no mark for {', '.join(sorted(missing))}")
    return BLOCK.sub(lambda match: f"{match[1]}{made[match[2]]}\n{match[3]}", written)


def blocks() -> Mapping[str, str]:
    """Return what stands between each pair of marks."""
    sections = {**HOST_SECTIONS, "environments.NAME": EnvironmentSettings}
    tables = {name: _table(form) for name, form in sections.items()}
    return {**tables, PLUGINS: "\n\n".join(_plugins())}


def _plugins() -> Iterator[str]:
    """Yield the section of every plugin of ours, then the names of those that have none."""
    forms = {
        plugin.name: settings_class(plugin)
        for plugin in survey(scan(), Choice())
        if FIRST_PARTY.get(plugin.distribution) == plugin.name
    }
    without = [code(name) for name, form in forms.items() if not dataclasses.fields(form)]
    for name, form in forms.items():
        if dataclasses.fields(form):
            yield f"## `[{name}]`\n\n{_table(form)}"
    yield f"These plugins have no settings: {', '.join(without)}."


def _table(form: type) -> str:
    rows = [
        (code(each.name), _default(form, each.name), _range(form, each), sentence(each.text))
        for each in fields(form)
    ]
    return table(("key", "default", "range", ""), rows)


def _default(form: type, name: str) -> str:
    """Return the default as TOML writes it."""
    if name in required(form):
        return "required"
    value = _defaults(form)[name]
    if value is None:
        return "none"
    return code(json.dumps(list(value) if isinstance(value, tuple) else value, default=str))


def _defaults(form: type) -> Mapping[str, object]:
    """Return the defaults of *form*, a named tuple or a dataclass whose fields all have one."""
    named: Mapping[str, object] | None = getattr(form, "_field_defaults", None)
    return named if named is not None else {each: getattr(form(), each) for each in hints(form)}


def _range(form: type, each: Field) -> str:
    declared = getattr(form, "__dataclass_fields__", {}).get(each.name)
    bounds = declared.metadata if declared is not None else {}
    least, most = bounds.get("min"), bounds.get("max")
    if least is None and most is None:
        return ""
    return f"{'' if least is None else least} to {'' if most is None else most}".strip()
