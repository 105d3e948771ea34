"""Reading classes as they are written: fields with their types, defaults and docstrings."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple


class Field(NamedTuple):
    """A field of a class as its source says it."""

    name: str
    type: str
    default: str
    """Empty for a field that must be given."""

    text: str
    """The docstring under it."""


def fields(form: type) -> Iterator[Field]:
    """Yield the annotated fields of *form* in their order, those with a docstring with it."""
    body = _body(form)
    for statement, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield Field(
                name=statement.target.id,
                type=ast.unparse(statement.annotation),
                default=_default(statement.value),
                text=_text(following),
            )


def members(form: type) -> Iterator[Field]:
    """Yield the members of the enum *form* in their order."""
    body = _body(form)
    for statement, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name, value = statement.targets[0].id, ast.unparse(statement.value)
            yield Field(name=name, type="", default=value, text=_text(following))


class _AsWritten(str):
    """An annotation that is shown without quotes."""

    def __repr__(self) -> str:
        return str(self)


def signature(function: Callable[..., Any]) -> str:
    """Return how *function* is called, as it is written; a method without its ``self``."""
    found = inspect.signature(function)
    shown = [
        each.replace(annotation=_written(each.annotation, each.empty))
        for each in found.parameters.values()
        if each.name != "self"
    ]
    returned = _written(found.return_annotation, found.empty)
    return str(found.replace(parameters=shown, return_annotation=returned))


def _written(annotation: Any, empty: object) -> Any:
    return annotation if annotation is empty else _AsWritten(annotation)


def _body(form: type) -> list[ast.stmt]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(form))).body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101  # what getsource gives for a class
    return definition.body


def _text(statement: ast.stmt | None) -> str:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return inspect.cleandoc(str(statement.value.value))
    return ""


def _default(value: ast.expr | None) -> str:
    """Return a default as it is written; of ``field(default=x, ...)`` the ``x``."""
    if value is None:
        return ""
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "field":
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in value.keywords}
        return given.get(
            "default", f"{given['default_factory']}()" if "default_factory" in given else ""
        )
    return ast.unparse(value)
