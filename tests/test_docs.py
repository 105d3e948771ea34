"""Every block of the documentation runs; docs/contributing.md says what is done with which."""

from __future__ import annotations

import ast
import doctest
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from shlex import quote

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
PLACES = (
    "docs/**/*.md",
    "README.md",
    "hookspecs/README.md",
    "core/*/README.md",
    "plugins/*/README.md",
)
PAGES = sorted(path for place in PLACES for path in ROOT.glob(place))
TESTED_ELSEWHERE = {"docs/tutorial/first-plugin.md": "tests/installs/test_tutorial.py"}
PASSWORD, PIN = "Correct-Horse-7", "2580"
NOT_RUN = re.compile(r"not-run: (\S.*)")
SECONDS = 180


@dataclass(frozen=True)
class Block:
    """A fenced block: the words after the fence, what stands in it, where."""

    page: str
    line: int
    info: str
    text: str

    @property
    def kind(self) -> str:
        return NOT_RUN.sub("", self.info).strip()

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Command:
    """What is typed into the shell, and what must come of it."""

    place: str
    text: str
    exit_code: int = 0
    output: str = ""
    background: bool = False


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path) -> list[Block]:
    name = name_of(path)
    tokens = MarkdownIt("commonmark").parse(path.read_text(encoding="utf-8"))
    return [
        Block(name, (token.map or [0])[0] + 1, token.info.strip(), token.content)
        for token in tokens
        if token.type in ("fence", "code_block") and not token.info.startswith("{")
    ]


def console(block: Block, exit_code: int) -> Iterator[Command]:
    """Yield each command of a transcript with the lines that it prints."""
    commands = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert commands[0] == "", f"{block.place}: begins with no command"
    for number, transcript in enumerate(commands[1:], start=1):
        typed, *lines = transcript.splitlines()
        while lines and lines[0].startswith("> "):
            typed += "\n" + lines.pop(0).removeprefix("> ")
        last = number == len(commands) - 1
        yield Command(block.place, typed, exit_code if last else 0, "\n".join(lines).strip())


def typed(block: Block) -> Iterator[Command]:
    """Yield what *block* types into the shell of its page."""
    if block.kind == "sh" or block.kind == "sh background":
        text = f"set -e\n{block.text}\nset +e"
        yield Command(block.place, text, background="background" in block.kind)
    elif block.kind == "python run":
        yield Command(block.place, f"python - <<'END OF BLOCK'\n{block.text}\nEND OF BLOCK")
    elif transcript := re.fullmatch(r"console(?: exit=(\d+))?", block.kind):
        yield from console(block, int(transcript[1] or 0))


def check_content(block: Block) -> None:
    """Parse, compile or run what needs no shell; refuse a kind that nobody knows."""
    if block.kind == "python":
        check_imports(ast.parse(block.text, block.place))
    elif block.kind == "toml":
        tomllib.loads(block.text)
    elif block.kind == "json":
        json.loads(block.text)
    elif block.kind == "pycon":
        example = doctest.DocTestParser().get_doctest(block.text, {}, block.place, None, None)
        assert doctest.DocTestRunner().run(example).failed == 0
    elif block.kind != "text":
        pytest.fail(f"{block.place}: no test knows what to do with {block.info!r}")


def check_imports(tree: ast.Module) -> None:
    """Hold that what a fragment imports of ours is there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hilum"):
            module = import_module(node.module or "")
            assert [each.name for each in node.names if not hasattr(module, each.name)] == []


def script(commands: list[Command], folder: Path) -> Path:
    """Write a script that says where the output of each command begins and how it ended."""
    lines = []
    for number, command in enumerate(commands):
        file = folder / f"{number}.sh"
        file.write_text(command.text + "\n")
        lines += [f"echo '<<{number} begins>>'", started(command, file), f'echo "<<{number} $?>>"']
    path = folder / "page.sh"
    path.write_text("\n".join([*lines, "echo '<<page ends>>'", ""]))
    return path


def started(command: Command, file: Path) -> str:
    if not command.background:
        return f". {quote(str(file))}"
    log = quote(str(file.with_suffix(".log")))
    return f"""bash {quote(str(file))} >{log} 2>&1 &
until [ -s {log} ] || ! kill -0 $!; do sleep 0.05; done; [ -s {log} ]"""


def said_by(path: Path, home: Path) -> str:
    """Run the script at a terminal, answering questions, and return all that was shown."""
    master, terminal = pty.openpty()
    process = subprocess.Popen(
        ["bash", path],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=home,
        start_new_session=True,
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            **{"HOME": str(home), "LANG": "C.UTF-8", "COLUMNS": "100", "TERM": "dumb"},
            **{"PASSWORD": PASSWORD, "PIN": PIN},
        },
    )
    try:
        return conversation(master, process)
    finally:
        with suppress(ProcessLookupError):  # all of them ended by themselves
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        os.close(terminal)
        os.close(master)


def conversation(master: int, process: subprocess.Popen[bytes]) -> str:
    """Read until the page ends or the shell gives up."""
    said, answered, end = "", 0, time.monotonic() + SECONDS
    while "<<page ends>>" not in said and time.monotonic() < end:
        over = process.poll() is not None
        if not select.select([master], [], [], 0 if over else 0.2)[0]:
            if over:
                break
            continue
        said += os.read(master, 65536).decode(errors="replace").replace("\r\n", "\n")
        question = said[answered:].rpartition("\n")[2]
        if question.endswith(": "):
            answered = len(said)
            os.write(master, f"{answer(question)}\n".encode())
    return said


def answer(question: str) -> str:
    if "PIN" in question:
        return PIN
    return PASSWORD if "password" in question.casefold() else "yes"


def shown_by(number: int, said: str) -> tuple[str, int] | None:
    """Return what the command printed and its exit code; ``None`` when it was not reached."""
    found = re.search(rf"<<{number} begins>>\n(.*?)<<{number} (\d+)>>", said, re.DOTALL)
    return (found[1], int(found[2])) if found else None


def assert_alike(shown: str, wanted: str, place: str) -> None:
    """Hold that *shown* is *wanted*; a line ``...`` stands for any lines, else for any text."""
    lines = "".join(f"{line.rstrip()}\n" for line in shown.strip().splitlines())
    pattern = "".join(
        r"(?:.*\n)*"
        if line.strip() == "..."
        else ".*".join(map(re.escape, line.rstrip().split("..."))) + r"\n"
        for line in wanted.splitlines()
    )
    assert re.fullmatch(pattern, lines), f"{place}: shown was\n{lines}"


@pytest.mark.parametrize(
    "path",
    [path for path in PAGES if name_of(path) not in TESTED_ELSEWHERE],
    ids=lambda path: name_of(path),
)
def test_every_block_of_the_page_runs(path, tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    commands: list[Command] = []
    for block in blocks(path):
        if NOT_RUN.search(block.info):
            continue
        of_block = list(typed(block))
        commands += of_block
        if not of_block:
            check_content(block)
    said = said_by(script(commands, tmp_path), home) if commands else ""

    for number, command in enumerate(commands):
        result = shown_by(number, said)
        assert result is not None, f"{command.place}: not reached\n{said}"
        shown, exit_code = result
        assert exit_code == command.exit_code, f"{command.place}: {command.text}\n{said}"
        if command.output:
            assert_alike(shown, command.output, command.place)


@pytest.mark.parametrize(
    "block",
    [block for path in PAGES for block in blocks(path) if "not-run" in block.info],
    ids=lambda block: f"{block.place} {block.info}",
)
def test_a_block_that_does_not_run_says_why(block):
    assert NOT_RUN.search(block.info)


def test_a_page_that_is_tested_elsewhere_has_its_test():
    there = [page for page in TESTED_ELSEWHERE if (ROOT / page).exists()]

    assert [page for page in there if not (ROOT / TESTED_ELSEWHERE[page]).exists()] == []


@pytest.mark.parametrize(
    ("wanted", "alike"),
    [("open until ...", True), ("...\nlast", True), ("open", False), ("last", False)],
)
def test_dots_stand_for_what_a_page_leaves_out(wanted, alike):
    shown = "open until 01/04/2022\n" if wanted.startswith("open") else "first\nsecond\nlast\n"

    if alike:
        assert_alike(shown, wanted, "page")
    else:
        with pytest.raises(AssertionError):
            assert_alike(shown, wanted, "page")
