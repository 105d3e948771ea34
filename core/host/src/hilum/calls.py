"""Calls of plugins' code, told to whoever watches them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, NamedTuple, TypeAlias


class PluginCall(NamedTuple):
    """A call of a plugin's code that is about to be made."""

    plugin: str
    """The registered name: ``acme``, ``acme.cli``."""

    place: str
    """The hook, ``load`` when the plugin is imported and made, else the function of a
    contribution."""

    arguments: Mapping[str, object]
    """By name, by position (``"0"``) where the name is not known. Never show their values."""

    quick: bool = False
    """Whether it must answer soon: it asks nobody, neither a person nor a server."""


Around: TypeAlias = Callable[[PluginCall], AbstractContextManager[Any]]
"""What is done around each call; must raise nothing."""

_NOTHING: Final = nullcontext()


def unwatched(_call: PluginCall) -> AbstractContextManager[Any]:
    """Do nothing around a call."""
    return _NOTHING


def contribution_call(
    plugin: str,
    function: Callable[..., object],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    *,
    quick: bool = False,
) -> PluginCall:
    """Describe the call of *function*, which *plugin* contributed."""
    place = getattr(function, "__qualname__", type(function).__name__)
    arguments = {**{str(position): each for position, each in enumerate(args)}, **kwargs}
    return PluginCall(plugin, place, arguments, quick)
