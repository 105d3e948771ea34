"""What is said beside a result when something is odd about plugins."""

from __future__ import annotations

from collections.abc import Iterable

from hilum.failures import PluginFailure
from hilum.spelling import nearest
from hilum.words import _


def plugin_failed(failure: PluginFailure) -> str:
    """Say in one line that a plugin failed, where, and what to do."""
    return _(
        "The plugin {plugin} failed ({place}: {kind}). --verbose says where; "
        "hilum plugins disable {plugin} switches it off.",
        plugin=failure.plugin,
        place=failure.place,
        kind=failure.kind,
    )


def unknown_plugin(name: str, known: Iterable[str]) -> str:
    """Say that a plugin that is named in the settings or by --without is not there."""
    near = nearest(name, known)
    if near:
        return _("There is no plugin {plugin}. Did you mean {nearest}?", plugin=name, nearest=near)
    return _("There is no plugin {plugin}.", plugin=name)
