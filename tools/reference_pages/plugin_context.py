"""The page of what a plugin gets: its context with every port, errors, texts, a session made."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from hilum_ehealth.environments import Environment
from hilum_hookspecs import Domain, EhealthSession, HilumError, PluginContext, errors, ports

from .markdown import code, sentence, table, with_code
from .sources import Field, fields, signature

HEAD = """# What a plugin gets

Hilum makes a plugin with a [context](#plugincontext). What stands in it are *ports*: protocols that
the host fulfils, and in a test the [fakes of the kit](testing-kit.md). The values that hooks give
and get stand in [hooks](hooks.md#values).
"""
ERRORS = """## Errors

A plugin raises one of these, from `hilum_hookspecs`, or lets an error of `hilum_ehealth` pass.
"""


def page() -> str:
    """Return the page."""
    of = EhealthSession.of
    parts = [
        HEAD,
        _described(PluginContext, "##"),
        _context_fields(),
        _function(PluginContext.folder, "context.folder"),
        _described(Environment, "##"),
        table(("field", "type", "default", ""), map(_row, fields(Environment))) + "\n",
        *_ports(),
        ERRORS,
        *_errors(),
        _described(Domain, "##"),
        *(
            _function(each, f"_.{name}" if name != "__call__" else "_")
            for name, each in _own(Domain)
        ),
        "## A session\n",
        _function(of, "EhealthSession.of"),
    ]
    return "\n".join(parts)


def _described(form: type, level: str) -> str:
    return f"{level} `{form.__name__}`\n\n{with_code(_doc(form))}\n"


def _context_fields() -> str:
    """Write the fields; one that is a port says what the port is."""
    known = {form.__name__: form for form in _protocols()}
    rows = []
    for each in fields(PluginContext):
        port = known.get(each.type)
        text = each.text or _doc(port).partition("\n")[0] if port else each.text
        form = f"[{code(each.type)}](#{each.type.lower()})" if port else code(each.type)
        rows.append((code(each.name), form, sentence(text)))
    return table(("field", "type", ""), rows) + "\n"


def _row(each: Field) -> tuple[str, str, str, str]:
    return code(each.name), code(each.type), code(each.default), sentence(each.text)


def _protocols() -> Iterator[type]:
    for value in vars(ports).values():
        if getattr(value, "_is_protocol", False) and value.__module__ == ports.__name__:
            yield value


def _ports() -> Iterator[str]:
    for form in _protocols():
        yield _described(form, "##")
        yield from (_function(each, name) for name, each in _own(form))


def _own(form: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the methods that *form* describes itself."""
    for name, value in vars(form).items():
        if inspect.isfunction(value) and (name[0] != "_" or name == "__call__") and value.__doc__:
            yield name, value


def _function(function: Callable[..., Any], name: str) -> str:
    return f"```text\n{name}{signature(function)}\n```\n\n{with_code(_doc(function))}\n"


def _doc(value: object) -> str:
    return inspect.getdoc(value) or ""


def _errors() -> Iterator[str]:
    yield _function(HilumError.__init__, "HilumError") + f"\n{with_code(_doc(HilumError))}\n"
    rows = [
        (
            code(form.__name__),
            code(form.__mro__[1].__name__),
            code(form.default_code),
            str(form.exit_code),
            sentence(_doc(form)),
        )
        for form in vars(errors).values()
        if isinstance(form, type) and issubclass(form, HilumError) and form is not HilumError
    ]
    yield table(("class", "is a", "code by default", "exit", ""), rows) + "\n"
