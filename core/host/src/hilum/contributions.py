"""Whether what a plugin hands over is what the contract says, down to its fields.

pluggy checks no values and Python no annotations, so a contribution of the right class may hold
anything. What is wrong is found here, where the plugin is known, and not where it would be used.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, wraps
from typing import Any, Final, ParamSpec, TypeVar

import hilum_hookspecs

from .failures import ContractError

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
    """Raise ``ContractError`` unless *value* is a *wanted*, its name, if it has one, a slug."""
    check_value(value, wanted)
    name = getattr(value, "name", "slug")
    if not _SLUG.fullmatch(name):
        raise ContractError(f"{wanted.__name__}.name is small letters, digits, - and _: {name!r}")


def check_value(value: object, wanted: type) -> None:
    """Raise ``ContractError`` unless *value* is a *wanted* with fields of the declared types."""
    if not isinstance(value, wanted):
        raise ContractError(f"{wanted.__name__} is expected, not {_shape(value)}")
    for field, form, fits in _fields(wanted):
        given = getattr(value, field)
        if not fits(given):
            problem = _inside(given) or f"must be {form}, not {_shape(given)}"
            raise ContractError(f"{wanted.__name__}.{field} {problem}")


def called(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call *function* as the contract says; one that takes other arguments breaks it."""
    try:
        return function(*args, **kwargs)
    except ContractError:
        raise
    except TypeError as error:
        problem = _misfit(function, args, kwargs)
        if problem is None:
            raise
        raise ContractError(
            f"{function_name(function)} takes other arguments than the contract says: {problem}"
        ) from error


def function_name(function: Callable[..., object]) -> str:
    """Return the name of *function* as its plugin wrote it down, and where it did."""
    name = getattr(function, "__qualname__", type(function).__name__)
    code = getattr(function, "__code__", None)
    if code is None:
        return name
    return f"{name} ({os.path.basename(code.co_filename)}, line {code.co_firstlineno})"


def returning(form: type[T], function: Callable[P, T]) -> Callable[P, T]:
    """Return *function*, refusing with ``ContractError`` what is not a *form*."""

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        result = called(function, *args, **kwargs)
        _check_result(function, result, form)
        return result

    return checked


def returning_optional(form: type[T], function: Callable[P, T | None]) -> Callable[P, T | None]:
    """Return *function*, refusing what is neither a *form* nor ``None``."""

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T | None:
        result = called(function, *args, **kwargs)
        if result is not None:
            _check_result(function, result, form)
        return result

    return checked


def returning_many(form: type[T], function: Callable[P, Iterable[T]]) -> Callable[P, tuple[T, ...]]:
    """Return *function*, its result read to the end, refusing what is not all *form*."""

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> tuple[T, ...]:
        results = read_to_the_end(called(function, *args, **kwargs), function_name(function), form)
        for result in results:
            _check_result(function, result, form)
        return results

    return checked


def read_to_the_end(values: Iterable[T], giver: str, form: type) -> tuple[T, ...]:
    """Return what *giver* gave, all of it; ``ContractError`` when it is nothing to go through."""
    if not isinstance(values, Iterable):
        raise ContractError(
            f"{giver} must give an iterable of {form.__name__}, not {_shape(values)}"
        )
    return tuple(values)


def _check_result(function: Callable[..., object], result: object, form: type) -> None:
    try:
        check_value(result, form)
    except ContractError as error:
        raise ContractError(f"{error}, in what {function_name(function)} gave") from None


def _misfit(
    function: Callable[..., object], args: tuple[object, ...], kwargs: Mapping[str, object]
) -> str | None:
    """Say why *function* cannot take these arguments; ``None`` when it can, or nobody knows."""
    import inspect

    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        return str(error)
    return None


def _shape(value: object) -> str:
    """Name the type of *value*, and of what is in it."""
    name = type(value).__name__
    if isinstance(value, tuple | list | set | frozenset) and value:
        return f"{name} of {', '.join(sorted({type(each).__name__ for each in value}))}"
    return name


def _inside(given: object) -> str | None:
    """Say what is wrong inside *given*, an object of the contract or several of them."""
    for each in given if isinstance(given, tuple) else (given,):
        form = type(each)
        if getattr(hilum_hookspecs, form.__name__, None) is form:
            try:
                check_value(each, form)
            except ContractError as error:
                return f"is not right: {error}"
    return None


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
    except ContractError:
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
