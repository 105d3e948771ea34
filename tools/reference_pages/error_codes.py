"""The page of error codes: the exit code and every pair of texts that a code can have."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from collections.abc import Iterator, Mapping

from hilum.catalogue import exit_code
from hilum.catalogue.entries import Entry, entries, families
from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import Message

from .markdown import code, table

HEAD = """# Error codes

`error.code` of `--json` is stable; the sentence and the remedy are in the language of the user,
here in English. `{name}` is filled in from `error.details`; where a code has several sentences the
details decide. [Exit codes](exit-codes.md) says how a code leads to its exit code.

Plugins bring codes of their own beside these; a code that nobody described is shown with the words
of its family, the last table.
"""
COLUMNS = ("code", "exit", "what it says", "what to do")


def page() -> str:
    """Return the page."""
    known = entries()
    sections = [HEAD]
    for family in dict.fromkeys(each.partition(".")[0] for each in sorted(known)):
        members = sorted(each for each in known if each.partition(".")[0] == family)
        rows = [row for each in members for row in _rows(each, known[each])]
        sections.append(f"## `{family}`\n\n{table(COLUMNS, rows)}\n")
    general = [row for family, texts in families().items() for row in _rows(family, texts)]
    sections.append(f"## Families\n\n{table(('family', *COLUMNS[1:]), general)}\n")
    return "\n".join(sections)


def _rows(name: str, entry: Entry) -> Iterator[tuple[str, str, str, str]]:
    """Yield a row for each pair of texts; only the first one names the code."""
    pairs = list(dict.fromkeys(_pairs(entry)))
    for number, (message, remedy) in enumerate(pairs):
        first = (code(name), str(exit_code(EhealthError(name)))) if number == 0 else ("", "")
        yield (*first, message, remedy)


def _pairs(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield the texts for each combination of details that *entry* tells apart."""
    if not callable(entry):
        yield _english(entry)
        return
    tree = ast.parse(textwrap.dedent(inspect.getsource(entry)))
    keys = sorted(set(_details(tree)))
    values = [None, "x", *_constants(tree), *_looked_up(tree, entry)]
    for chosen in itertools.product(values, repeat=len(keys)):
        details = dict(zip(keys, chosen, strict=True))
        yield _english(entry({key: value for key, value in details.items() if value is not None}))


def _english(texts: tuple[Message, Message | None]) -> tuple[str, str]:
    return texts[0].id, texts[1].id if texts[1] else ""


def _details(tree: ast.AST) -> Iterator[str]:
    """Yield the details that a chooser of texts looks at."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "details.get":
            yield ast.literal_eval(node.args[0])


def _looked_up(tree: ast.AST, entry: Entry) -> Iterator[object]:
    """Yield the keys of the tables in which it looks them up."""
    known = getattr(entry, "__globals__", {})
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            table_of_texts = known.get(node.value.id)
            if isinstance(table_of_texts, Mapping):
                yield from table_of_texts


def _constants(tree: ast.AST) -> list[object]:
    """Return the values that it compares them with."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            found += [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
    return list(dict.fromkeys(found))
