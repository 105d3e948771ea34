"""What went wrong in plugins: the record of it, and its trace in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Final, NamedTuple, Protocol, TypeGuard


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


class ContractError(TypeError):
    """What a plugin contributed, or what its contribution gave, is not what the contract says.

    The sentence names classes, fields, functions and types, never values: it may be shown.
    """


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

    @property
    def problem(self) -> str:
        """What breaks the contract, in a sentence; for any other error its :attr:`kind`."""
        return str(self.error) if isinstance(self.error, ContractError) else self.kind


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


Redact = Callable[[str], str]
"""Takes out of a text what must not be seen."""

_LONGEST: Final = 300
"""Characters of what an error says that are shown."""


def places(error: BaseException, redact: Redact | None = None) -> Iterator[str]:
    """Say where *error* and its causes arose: types and places.

    With *redact* also what each says, redacted, its first line only: values often stand on those
    that follow. Without, only what breaks the contract is said in words.
    """
    import traceback

    each: BaseException | None = error
    while each is not None:
        yield f"{type(each).__name__}: {_said(each, redact)}".rstrip() + "\n"
        yield from traceback.format_tb(each.__traceback__)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


class Trace:
    """The :func:`places` of an error in a record of the log: with words to see, without to keep."""

    def __init__(self, error: BaseException, redact: Redact | None) -> None:
        self._error = error
        self._redact = redact

    def __str__(self) -> str:
        return "".join(places(self._error, self._redact)).rstrip("\n")

    def kept(self) -> str:
        """Return what may lie on the disk."""
        return "".join(places(self._error)).rstrip("\n")


def said(error: BaseException) -> str:
    """Return what *error* says; looking at a foreign one runs its code."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001  # it says nothing then
        return ""


def log(failure: PluginFailure, redact: Redact | None) -> None:
    """Write *failure* to the log, with its :func:`places`."""
    import logging

    logging.getLogger(__name__).warning(
        "%s failed (%s): %s", failure.plugin, failure.place, Trace(failure.error, redact)
    )


def log_end(what: str, error: BaseException | None, redact: Redact | None = None) -> None:
    """Write to the log *what* ended the run, and the :func:`places` of *error*, a surprise."""
    import logging

    logger = logging.getLogger(__name__)
    if error is None:
        logger.warning("%s", what)
    else:
        logger.error("%s\n%s", what, Trace(error, redact))


def _said(error: BaseException, redact: Redact | None) -> str:
    if isinstance(error, ContractError):
        return str(error)
    lines = redact(said(error)).splitlines() if redact is not None else []
    return lines[0][:_LONGEST] if lines else ""
