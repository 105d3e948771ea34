"""The tutorial, followed literally in an empty folder with built wheels."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "first-plugin.md"
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.install


class Block(NamedTuple):
    """One block of the page: a file, or lines to type with what is then seen."""

    language: str
    options: str
    text: str

    @property
    def file(self) -> str | None:
        match = re.search(r"title=(\S+)", self.options)
        return match[1] if match else None

    @property
    def exit_code(self) -> int:
        match = re.search(r"exit=(\d+)", self.options)
        return int(match[1]) if match else 0

    def steps(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each command with the lines that are seen."""
        command, seen = "", []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                if command:
                    yield command, seen
                command, seen = line[2:], []
            else:
                seen.append(line)
        yield command, seen


def blocks() -> list[Block]:
    return [Block(*match.groups()) for match in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))]


def shows(output: str, lines: list[str]) -> bool:
    """Compare: a line ``...`` stands for any lines, ``...`` in a line for anything."""
    pattern = "".join(
        r"(?:.*\n)*" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\s*\n"
        for line in lines
    )
    return not lines or re.fullmatch(pattern, re.sub(r" +\[100%\]", " [100%]", output)) is not None


@pytest.fixture
def reader(tmp_path, environment):
    """Somebody with an empty folder, a terminal and an environment of built wheels."""
    programs = environment(
        *("hilum", "hilum-provider-records", "hilum-cert-manager", "hilum-ehealth[testing]"),
        *("pytest", "hatchling", "editables"),
        with_pip=True,
    )
    folder = tmp_path / "empty"
    folder.mkdir()
    environ = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "HILUM_DATA_DIR": str(tmp_path / "data"),
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    def types(command: str, exit_code: int = 0) -> str:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == exit_code, f"{command}\n{done.stdout}"
        return done.stdout

    types.folder = folder
    return types


def write(folder: Path, block: Block) -> None:
    path = folder / str(block.file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text)


def test_every_step_of_the_tutorial_does_what_it_says(reader):
    for block in blocks():
        if block.file:
            write(reader.folder, block)
            continue
        for command, lines in block.steps():
            output = reader(command, block.exit_code)
            assert shows(output, lines), f"$ {command}\n{output}"

    loaded = reader(
        'python -c \'import pytest, sys; pytest.main(["-q", "tests/test_acme.py"]);'
        " print(sorted(sys.modules))'"
    )
    for library in ("sqlalchemy", "PyKCS11", "ssl", "zeep", "lxml"):
        assert f"'{library}'" not in loaded


def test_every_block_is_followed():
    assert [block for block in blocks() if not block.file and block.language != "console"] == []
