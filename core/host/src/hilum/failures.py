"""What went wrong in plugins: the record of it, and its trace in the log."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple, Protocol, TypeGuard


class CodedError(Protocol):
    """An error of ours: of the contract or of the kit."""

    code: str
    details: dict[str, object]


class Stage(Enum):
    """Where a plugin failed."""

    LOAD = "load"
    SETTINGS = "settings"
    REGISTER = "register"
    CALL = "call"
    STORAGE = "storage"


class PluginFailure(NamedTuple):
    """One failure of one plugin, kept for ``hilum plugins list``."""

    plugin: str
    stage: Stage
    hook: str | None
    error: BaseException

    @property
    def place(self) -> str:
        """The hook, else the stage."""
        return self.hook or self.stage.value

    @property
    def kind(self) -> str:
        """The code of an error of ours, else the type: never a message, it may hold anything."""
        return self.error.code if is_ours(self.error) else type(self.error).__name__


class StrictFailure(Exception):
    """Raised instead of recording a failure when the host is strict, as it is in tests."""

    def __init__(self, failure: PluginFailure) -> None:
        hook = f", {failure.hook}" if failure.hook else ""
        super().__init__(f"{failure.plugin} ({failure.stage.value}{hook}): {failure.error!r}")
        self.failure = failure


def is_ours(error: BaseException) -> TypeGuard[CodedError]:
    """Tell whether *error* has a code and details, so that the fronts know how to show it."""
    return isinstance(getattr(error, "code", None), str) and isinstance(
        getattr(error, "details", None), dict
    )


def places(error: BaseException) -> Iterator[str]:
    """Say where *error* and its causes arose: types and places, never values or messages."""
    import traceback

    each: BaseException | None = error
    while each is not None:
        yield f"{type(each).__name__}:\n"
        yield from traceback.format_tb(each.__traceback__)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


def log(failure: PluginFailure) -> None:
    """Write *failure* to the log, with its places."""
    import logging

    logging.getLogger(__name__).warning(
        "%s failed (%s): %s", failure.plugin, failure.place, _trace(failure.error)
    )


def log_end(what: str, error: BaseException | None) -> None:
    """Write to the log *what* ended the run, and the places where *error*, a surprise, arose."""
    import logging

    logger = logging.getLogger(__name__)
    if error is None:
        logger.warning("%s", what)
    else:
        logger.error("%s\n%s", what, _trace(error))


def _trace(error: BaseException) -> str:
    return "".join(places(error)).rstrip("\n")
