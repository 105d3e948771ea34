"""Whether what a plugin hands over is what the contract says, down to its fields.

pluggy checks no values and Python no annotations, so a contribution of the right class may hold
anything. What is wrong is found here, where the plugin is known, and not where it would be used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, wraps
from typing import Any, Final, ParamSpec, TypeVar

import hilum_hookspecs

P = ParamSpec("P")
T = TypeVar("T")

Test = Callable[[object], bool]

_SLUG: Final = re.compile(r"[a-z][a-z0-9_-]*")
_CONTAINERS: Final[dict[str, tuple[type, ...]]] = {
    "tuple": (tuple,),
    "frozenset": (frozenset, set),
    "Mapping": (Mapping,),
}


def check_contribution(value: object, wanted: type) -> None:
    """Raise ``TypeError`` unless *value* is a *wanted* with a slug as its name, if it has one."""
    check_value(value, wanted)
    name = getattr(value, "name", "slug")
    if not _SLUG.fullmatch(name):
        raise TypeError(f"{wanted.__name__}.name is small letters, digits, - and _: {name!r}")


def check_value(value: object, wanted: type) -> None:
    """Raise ``TypeError`` unless *value* is a *wanted* whose fields are of the declared types."""
    if not isinstance(value, wanted):
        raise TypeError(f"{wanted.__name__} is expected, not {type(value).__name__}")
    for field, form, fits in _fields(wanted):
        given = getattr(value, field)
        if not fits(given):
            raise TypeError(f"{wanted.__name__}.{field} must be {form}, not {type(given).__name__}")


def returning(form: type[T], function: Callable[P, T]) -> Callable[P, T]:
    """Return *function*, refusing with ``TypeError`` what is not a *form*."""

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        result = function(*args, **kwargs)
        check_value(result, form)
        return result

    return checked


def returning_optional(form: type[T], function: Callable[P, T | None]) -> Callable[P, T | None]:
    """Return *function*, refusing what is neither a *form* nor ``None``."""

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T | None:
        result = function(*args, **kwargs)
        if result is not None:
            check_value(result, form)
        return result

    return checked


def returning_many(form: type[T], function: Callable[P, Iterable[T]]) -> Callable[P, tuple[T, ...]]:
    """Return *function*, its result read to the end, refusing what is not all *form*."""

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> tuple[T, ...]:
        results = tuple(function(*args, **kwargs))
        for result in results:
            check_value(result, form)
        return results

    return checked


@cache
def _fields(form: type) -> tuple[tuple[str, str, Test], ...]:
    """Return name, declared type and test of each field of a class of the contract."""
    fields: Mapping[str, Any] = getattr(form, "__dataclass_fields__", {})
    return tuple((name, str(each.type), _test(str(each.type))) for name, each in fields.items())


def _test(annotation: str) -> Test:
    """Make the test of one annotation, as the contract writes them."""
    if annotation.startswith("Callable["):
        optional = annotation.endswith("] | None")
        return lambda value: callable(value) or (optional and value is None)
    tests = [_single(part) for part in annotation.split(" | ")]
    return lambda value: any(test(value) for test in tests)


def _single(annotation: str) -> Test:
    name, _bracket, inside = annotation.partition("[")
    if name in _CONTAINERS:
        each = _single(inside.rstrip("]").partition(",")[0])
        container = _CONTAINERS[name]
        # A mapping's keys, the members of the others.
        return lambda value: (
            isinstance(value, Iterable) and (isinstance(value, container) and all(map(each, value)))
        )
    form = _class(name)
    if form is None:
        return lambda value: True
    if form is int:
        return lambda value: isinstance(value, int) and not isinstance(value, bool)
    if hasattr(form, "__dataclass_fields__"):
        return lambda value: _is(value, form)
    return lambda value: isinstance(value, form)


def _is(value: object, form: type) -> bool:
    try:
        check_value(value, form)
    except TypeError:
        return False
    return True


def _class(name: str) -> type | None:
    """Return the class that *name* means in the contract; ``None`` for one of the kit's."""
    plain = {"str": str, "int": int, "bool": bool, "bytes": bytes, "None": type(None)}
    if name in plain:
        return plain[name]
    if name in ("datetime", "date"):
        import datetime

        return datetime.datetime if name == "datetime" else datetime.date
    if name == "Path":
        from pathlib import Path

        return Path
    return getattr(hilum_hookspecs, name) if name in hilum_hookspecs.__all__ else None
