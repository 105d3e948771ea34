"""Turning what TOML or an environment variable says into the type of a setting."""

from __future__ import annotations

import types
from collections.abc import Mapping
from pathlib import Path
from typing import Union, get_args, get_origin, get_type_hints

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
    if wanted is bool:
        return _truth(value)
    if wanted is int or wanted is float:
        return _number(value, wanted)
    if not isinstance(value, str):
        raise InvalidValue("text")
    return folder / Path(value).expanduser() if wanted is Path else value


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise InvalidValue("list-of-texts")


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
