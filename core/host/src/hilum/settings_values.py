"""Turning what TOML or an environment variable says into the type of a setting."""

from __future__ import annotations

import types
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Union, get_args, get_origin, get_type_hints

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


class InvalidValue(ValueError):
    """A value that does not fit; ``expected`` names what would, as a word of :mod:`catalogue`."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


def hints(form: type) -> Mapping[str, object]:
    """Return the type of each field of *form*."""
    return get_type_hints(form)


def check_range(form: type, key: str, value: object) -> None:
    """Refuse a number outside ``field(metadata={"min": ..., "max": ...})`` of the dataclass *form*.

    Both ends are allowed, and either may be left out. Raises :class:`InvalidValue`, which names
    the range (``1..24``).
    """
    declared = getattr(form, "__dataclass_fields__", {}).get(key)
    bounds = declared.metadata if declared is not None else {}
    least, most = bounds.get("min"), bounds.get("max")
    if (least is None and most is None) or not isinstance(value, (int, float)):
        return
    # Written so that a number that is none (nan) is outside.
    if not ((least is None or value >= least) and (most is None or value <= most)):
        shown = ("" if end is None else str(end) for end in (least, most))
        raise InvalidValue("..".join(shown))


def check_form(form: type) -> None:
    """Raise ``ContractError`` unless *form* can be a plugin's ``Settings``, saying what can be."""
    parameters = getattr(form, "__dataclass_params__", None)
    try:
        fits = (
            parameters is not None
            and parameters.frozen
            and not required(form)
            and all(map(_supported, hints(form).values()))
        )
    except NameError:
        fits = False
    if not fits:
        from .failures import ContractError

        raise ContractError(
            "Settings must be a frozen dataclass whose fields have defaults and are str, int, "
            "float, bool, Path, tuple[str, ...], Literal of texts, or one of these or None"
        )


def _supported(hint: object) -> bool:
    if get_origin(hint) in (Union, types.UnionType):
        inner = [each for each in get_args(hint) if each is not type(None)]
        return len(inner) == 1 and _supported(inner[0])
    if get_origin(hint) is Literal:
        return all(isinstance(each, str) for each in get_args(hint))
    return hint in (str, int, float, bool, Path) or hint == tuple[str, ...]


def is_choice(hint: object) -> bool:
    """Tell whether a setting of this type is one of some words, or nothing."""
    if get_origin(hint) in (Union, types.UnionType):
        return any(map(is_choice, get_args(hint)))
    return get_origin(hint) is Literal


def required(form: type) -> tuple[str, ...]:
    """Return the fields of *form*, a dataclass or named tuple, that have no default."""
    defaults = getattr(form, "_field_defaults", None)
    if defaults is not None:
        return tuple(name for name in hints(form) if name not in defaults)
    from dataclasses import MISSING, fields

    return tuple(
        each.name
        for each in fields(form)
        if each.default is MISSING and each.default_factory is MISSING
    )


def convert(value: object, wanted: object, folder: Path) -> object:
    """Return *value* as *wanted*: a text from a variable is read, one from TOML must fit.

    Paths are relative to *folder*. Raises :class:`InvalidValue`.
    """
    if get_origin(wanted) in (Union, types.UnionType):
        (inner,) = (each for each in get_args(wanted) if each is not type(None))
        return convert(value, inner, folder)
    if get_origin(wanted) is tuple:
        return _texts(value)
    if get_origin(wanted) is Literal:
        return _one_of(value, get_args(wanted))
    if wanted is bool:
        return _truth(value)
    if wanted is int or wanted is float:
        return _number(value, wanted)
    if not isinstance(value, str):
        raise InvalidValue("path" if wanted is Path else "text")
    return folder / Path(value).expanduser() if wanted is Path else value


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise InvalidValue("list-of-texts")


def _one_of(value: object, words: tuple[str, ...]) -> str:
    if isinstance(value, str) and value in words:
        return value
    raise InvalidValue(", ".join(word for word in words if word))


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in (*_TRUE, *_FALSE):
        return value.lower() in _TRUE
    raise InvalidValue("true-or-false")


def _number(value: object, wanted: type[int] | type[float]) -> int | float:
    if isinstance(value, str):
        try:
            return wanted(value)
        except ValueError:
            raise InvalidValue("number") from None
    if isinstance(value, bool) or not isinstance(value, (int, wanted)):
        raise InvalidValue("number")
    return value
