"""The page of hooks: what each is asked, an example, and the values that cross it."""

from __future__ import annotations

import dataclasses
import inspect
import pkgutil
import re
from collections.abc import Iterable, Iterator
from enum import Enum
from importlib import import_module
from types import FunctionType

import hilum_hookspecs

from .markdown import code, prose, sentence, table
from .sources import Field, fields, members

HEAD = """# Hooks

A plugin implements those that it needs, with `@hookimpl`;
[how to write a plugin](../how-to/write-a-plugin.md) shows the whole. What a hook yields or is told
is a value: see [values](#values).
"""
VALUES = """## Values

Frozen dataclasses, made with keywords, and enums, all from `hilum_hookspecs`.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([HEAD, *_specifications(), VALUES, *map(_value, _reached())])


def _modules() -> list[str]:
    """Return the names of the contract's modules, the one with the common specifications first."""
    names = [module.name for module in pkgutil.iter_modules(hilum_hookspecs.__path__)]
    return sorted(names, key=lambda name: (name != "specs", name))


def _classes(module: str) -> Iterator[type]:
    """Yield the public classes that *module* defines, in the order of its source."""
    found = import_module(f"hilum_hookspecs.{module}")
    for name, value in vars(found).items():
        if isinstance(value, type) and value.__module__ == found.__name__ and name[0] != "_":
            yield value


def _specs() -> Iterator[type]:
    for module in _modules():
        yield from (each for each in _classes(module) if each.__name__.endswith("Specs"))


def _hooks(specs: type) -> Iterator[FunctionType]:
    for name, value in vars(specs).items():
        if name.startswith("hilum_") and isinstance(value, FunctionType):
            yield value


def _specifications() -> Iterator[str]:
    for module in _modules():
        lead = inspect.getdoc(import_module(f"hilum_hookspecs.{module}")) or ""
        for specs in _classes(module):
            if specs.__name__.endswith("Specs"):
                title = (inspect.getdoc(specs) or "").rstrip(".")
                yield f"## {title}\n\n{prose(lead)}\n"
                yield from map(_hook, _hooks(specs))


def _hook(hook: FunctionType) -> str:
    text, _, example = (inspect.getdoc(hook) or "").partition("Example::\n")
    head = f"def {hook.__name__}{_signature(hook)}"
    parts = [
        f"### `{hook.__name__}`",
        f"```python\n{head}: ...\n```",
        prose(text).strip(),
        f"```pycon\n{inspect.cleandoc(example)}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _signature(hook: FunctionType) -> str:
    """Return the signature as it is written; annotations are texts already."""
    return str(inspect.signature(hook)).replace("'", "")


def _reached() -> Iterator[type]:
    """Yield the values that a hook gives or gets, and those that they are made of."""
    known = {each.__name__: each for module in _modules() for each in _classes(module)}
    waiting = [
        str(each) for specs in _specs() for hook in _hooks(specs) for each in _annotations(hook)
    ]
    reached: set[str] = set()
    while waiting:
        for name in re.findall(r"\w+", waiting.pop()):
            value = known.get(name)
            if value is not None and name not in reached and _is_value(value):
                reached.add(name)
                waiting += [each.type for each in fields(value)]
    yield from (value for name, value in known.items() if name in reached)


def _annotations(hook: FunctionType) -> Iterable[object]:
    return inspect.get_annotations(hook).values()


def _is_value(value: type) -> bool:
    return dataclasses.is_dataclass(value) or issubclass(value, Enum)


def _value(value: type) -> str:
    head = f"### `{value.__name__}`\n\n{prose(inspect.getdoc(value) or '')}\n"
    if issubclass(value, Enum):
        found = members(value)
        rows = [(code(each.name), code(each.default), sentence(each.text)) for each in found]
        return f"{head}\n{table(('member', 'value', ''), rows)}\n"
    return f"{head}\n{table(('field', 'type', 'default', ''), map(_field_row, fields(value)))}\n"


def _field_row(each: Field) -> tuple[str, str, str, str]:
    return code(each.name), code(each.type), code(each.default), sentence(each.text)
