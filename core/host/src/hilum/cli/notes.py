"""What is said beside a result when something is odd about plugins."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hilum_hookspecs import HilumError

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
        kind=failure.problem,
    )


def plugin_refused(refusal: HilumError) -> str:
    """Say in one line why a plugin that should be on is not."""
    from hilum.catalogue import words_for

    words = words_for(refusal)
    return f"{words.message} {words.remedy}"


def plugin_is_slow(plugin: str, place: str) -> str:
    """Say which plugin everybody waits for."""
    return _(
        "Still waiting for the plugin {plugin} ({place}). Ctrl-C stops; hilum --without {plugin} "
        "does without it.",
        plugin=plugin,
        place=place,
    )


def plugin_printed(plugin: str, text: str, redact: Callable[[str], str]) -> str:
    """Pass on what a plugin printed where nothing is to be printed."""
    return _("The plugin {plugin} printed: {text}", plugin=plugin, text=redact(text))


def thread_left(plugin: str) -> str:
    """Say which plugin left something running."""
    return _(
        "The plugin {plugin} left a thread running; nobody waits for it. "
        "Tell whoever makes the plugin.",
        plugin=plugin,
    )


def unknown_plugin(name: str, known: Iterable[str]) -> str:
    """Say that a plugin that is named in the settings or by --without is not there."""
    near = nearest(name, known)
    if near:
        return _("There is no plugin {plugin}. Did you mean {nearest}?", plugin=name, nearest=near)
    return _("There is no plugin {plugin}.", plugin=name)
