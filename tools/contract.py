"""Write the contract between host and plugins down as text, and see whether its version follows.

``hookspecs/tests/contract.txt`` holds every public name of ``hilum_hookspecs`` with its signature
or type, one a line, below the version that it is. While that version is not released the text may
be written anew (``make contract``). Once it is, a change needs a higher ``CONTRACT_VERSION``:
see ``docs/decisions/contract.md``.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "hookspecs/src/hilum_hookspecs"
SNAPSHOT = ROOT / "hookspecs/tests/contract.txt"
DRAFT = "not released yet"
FROM_HOST = ("context.PluginContext", "sessions.AuthRequest", "ports")
"""What only the host makes: plugins do not miss what is new in it."""


class Contract(NamedTuple):
    """The text of one version of the contract."""

    version: str
    draft: bool
    lines: tuple[str, ...]
    after: str = ""
    """The version that was released before a draft; empty for the first one."""

    @property
    def text(self) -> str:
        """Return what stands in the snapshot."""
        status = f", {DRAFT}" if self.draft else ""
        status += f", after {self.after}" if self.draft and self.after else ""
        return "\n".join([f"contract {self.version}{status}", "", *self.lines, ""])

    @classmethod
    def parse(cls, text: str) -> Contract:
        """Read a snapshot."""
        head, _empty, *lines = text.splitlines()
        version, *status = head.removeprefix("contract ").split(", ")
        after = status[1].removeprefix("after ") if len(status) > 1 else ""
        return cls(version, DRAFT in status, tuple(lines), after)

    @property
    def released(self) -> str:
        """The version that plugins may have been written for; empty before the first release."""
        return self.after if self.draft else self.version


def described(source: str, module: str) -> Iterator[str]:
    """Yield one line for each public name that the module *source* defines."""
    yield from _block(ast.parse(source).body, module)


def breaking(before: Contract, now: Contract) -> list[str]:
    """Return the lines that plugins of *before* may trip over: gone, changed, or newly required."""
    gone = [line for line in before.lines if line not in now.lines]
    classes = {line.split("(")[0].removeprefix("class ") for line in before.lines}
    required = [
        line
        for line in now.lines
        if line not in before.lines
        and re.fullmatch(r"[^(=]+: [^=]+", line)
        and line.split(":")[0].rpartition(".")[0] in classes
        and not line.startswith(FROM_HOST)
    ]
    return gone + required


def objection(before: Contract, now: Contract) -> str:
    """Say why *now* may not take the place of *before*; empty when it may."""
    if not before.released or before.lines == now.lines:
        return ""
    broken = breaking(before, now)
    least = _next(before.released, breaks=bool(broken))
    if _numbers(now.version) >= _numbers(least):
        return ""
    why = "breaks plugins" if broken else "adds to the contract"
    detail = "".join(f"\n    {line}" for line in broken)
    return (
        f"This change {why}: set CONTRACT_VERSION, and the version in hookspecs/pyproject.toml, "
        f"to {least} at least.{detail}"
    )


def current() -> Contract:
    """Return the contract as it stands in the source, as if it were released."""
    lines = [
        line
        for path in sorted(PACKAGE.glob("*.py"))
        if path.stem != "__init__"
        for line in described(path.read_text(encoding="utf-8"), path.stem)
    ]
    version = re.search(r'^CONTRACT_VERSION: Final = "(.+)"', _markers(), re.MULTILINE)
    if version is None:
        raise SystemExit("hilum_hookspecs/markers.py has no CONTRACT_VERSION")
    return Contract(version[1], draft=False, lines=tuple(lines))


def _markers() -> str:
    return (PACKAGE / "markers.py").read_text(encoding="utf-8")


def _block(body: list[ast.stmt], prefix: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            bases = ", ".join(map(ast.unparse, [*node.bases, *node.keywords]))
            yield f"class {prefix}.{node.name}({bases}){_decorators(node)}"
            yield from _block(node.body, f"{prefix}.{node.name}")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if not node.name.startswith("_") or node.name == "__init__":
                returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
                signature = f"({ast.unparse(node.args)}){returns}"
                yield f"{prefix}.{node.name}{signature}{_decorators(node)}"
        elif isinstance(node, ast.AnnAssign) and _public(node.target):
            value = f" = {ast.unparse(node.value)}" if node.value else ""
            shown = f"{ast.unparse(node.target)}: {ast.unparse(node.annotation)}{value}"
            if shown.partition(":")[0] != "CONTRACT_VERSION":
                yield f"{prefix}.{shown}"
        elif isinstance(node, ast.Assign) and all(map(_public, node.targets)):
            yield f"{prefix}.{ast.unparse(node)}"


def _public(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and not target.id.startswith("_")


def _decorators(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return "".join(f" @{ast.unparse(each)}" for each in node.decorator_list)


def _next(version: str, *, breaks: bool) -> str:
    """Return the least version after *version*: semantic versions, also those that start with 0."""
    numbers = _numbers(version)
    place = next((n for n, number in enumerate(numbers) if number), 0) + (0 if breaks else 1)
    raised = [*numbers[:place], numbers[place] + 1, *(0 for _ in numbers[place + 1 :])]
    return ".".join(map(str, raised))


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def main(arguments: list[str]) -> int:
    """Write the snapshot; ``--check`` only compares, ``--release`` takes the draft mark away."""
    before = Contract.parse(SNAPSHOT.read_text(encoding="utf-8"))
    now = current()
    if now.version != before.version or before.draft:
        draft = "--release" not in arguments
        now = now._replace(draft=draft, after=before.released if draft else "")
    refused = objection(before, now)
    if refused:
        print(refused)
        return 1
    if "--check" in arguments:
        if now == before:
            return 0
        print("hookspecs/tests/contract.txt is not what the source says. Run: make contract")
        return 1
    SNAPSHOT.write_text(now.text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
