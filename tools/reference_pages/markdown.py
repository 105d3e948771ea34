"""Turning docstrings and values into Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from textwrap import dedent

_CODE_OR_MARKUP = re.compile(r"(`[^`]*`)|<")
_LITERAL = re.compile(r"::\n\n((?:    .*\n|\n)+)")
_ROLE = re.compile(r":[a-z]+:`~?([^`]+)`")


def prose(text: str) -> str:
    """Return a docstring's text as Markdown: code marks and roles, nothing else."""
    return _ROLE.sub(r"`\1`", text).replace("``", "`")


def with_code(text: str) -> str:
    """Return :func:`prose` whose literal blocks (``::``) are fenced."""
    return _LITERAL.sub(
        lambda found: f":\n\n```python\n{dedent(found[1]).strip()}\n```\n\n", prose(text)
    )


def sentence(text: str) -> str:
    """Return *text* for a cell: one line, without the full stop."""
    return " ".join(prose(text).split()).removesuffix(".")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; what would end a cell is escaped."""
    lines = [_row(head), _row(["---"] * len(head))]
    lines += [_row([_cell(text) for text in row]) for row in rows]
    return "\n".join(lines)


def code(text: str) -> str:
    """Mark *text* as code, or return nothing for nothing."""
    return f"`{text}`" if text else ""


def _cell(text: str) -> str:
    """Escape what ends a cell and, outside code, what begins markup."""
    return _CODE_OR_MARKUP.sub(lambda found: found[1] or r"\<", text).replace("|", r"\|")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("  |", " |")
