"""Which contract a plugin was written for: the range of ``hilum-hookspecs`` that it depends on.

It stands in the metadata of the plugin's distribution, so it is known without importing anything.
Versions are numbers with dots; what follows the numbers (``rc1``, ``.post1``) does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

Version = tuple[int, ...]

_REQUIREMENT: Final = re.compile(
    r"hilum[-_.]hookspecs\s*(?:\[[^]]*\])?\s*\(?([^;()@]*)\)?\s*(;.*)?"
)
_CLAUSE: Final = re.compile(r"(~=|===?|!=|<=?|>=?)\s*v?(\d+(?:\.\d+)*)(\.\*)?[^,]*")


class _Clause(NamedTuple):
    operator: str
    version: Version
    wildcard: bool = False
    """Every version that begins like this one is meant: ``==1.*``."""


def wanted_contract(requirements: Iterable[str]) -> str:
    """Return the versions of the contract that *requirements* allow: ``>=0.1,<0.2``.

    *requirements* are those of a distribution (``Requires-Dist``). Empty when none of them says.
    """
    for each in requirements:
        match = _REQUIREMENT.fullmatch(each.strip().lower())
        if match and "extra" not in (match[2] or ""):
            return "".join(match[1].split()) if _CLAUSE.match(match[1].strip()) else ""
    return ""


def fits(wanted: str, contract: str) -> bool:
    """Tell whether a plugin that wants *wanted* can work with the version *contract*.

    Without an upper end, what is compatible with the least version that is named fits: the first
    number that is not zero is the same. A plugin that says nothing is given the benefit of doubt.
    """
    clauses = list(_clauses(wanted))
    version = _numbers(contract)
    if not all(_holds(clause, version) for clause in clauses):
        return False
    least = [each.version for each in clauses if each.operator in (">", ">=")]
    ends = any(each.operator in ("<", "<=", "==") for each in clauses)
    return ends or not least or version < _next_breaking(max(least))


def _clauses(wanted: str) -> Iterator[_Clause]:
    """Read *wanted*; ``~=1.2`` becomes the range that it means."""
    for operator, number, wildcard in _CLAUSE.findall(wanted):
        version = _numbers(number)
        if operator == "~=":
            kept = version if wildcard else version[:-1]
            yield _Clause(">=", version)
            yield _Clause("<", (*kept[:-1], kept[-1] + 1) if kept else (version[0] + 1,))
        else:
            yield _Clause("==" if operator == "===" else operator, version, bool(wildcard))


def _holds(clause: _Clause, version: Version) -> bool:
    longest = max(len(clause.version), len(version))
    named, ours = (each + (0,) * (longest - len(each)) for each in (clause.version, version))
    if clause.wildcard:
        named, ours = (each[: len(clause.version)] for each in (named, ours))
    return {
        "==": ours == named,
        "!=": ours != named,
        "<": ours < named,
        "<=": ours <= named,
        ">": ours > named,
        ">=": ours >= named,
    }[clause.operator]


def _next_breaking(version: Version) -> Version:
    """Return the first version that may break what was written for *version*."""
    for place, number in enumerate(version):
        if number:
            return (*version[:place], number + 1)
    return (*version[:-1], version[-1] + 1)


def _numbers(version: str) -> Version:
    return tuple(int(part) for part in re.findall(r"\d+", version))
