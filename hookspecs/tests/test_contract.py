"""The contract does not change unless its version says so."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from hilum_hookspecs import CONTRACT_VERSION

TOOL = Path(__file__).parents[2] / "tools" / "contract.py"

VALUE = "class records.Finding() @dataclass(frozen=True, slots=True, kw_only=True)"
CODE = "records.Finding.code: str"
RELEASED = f"contract 1.2.0\n\n{VALUE}\n{CODE}\n"


@pytest.fixture(scope="module")
def tool():
    spec = spec_from_file_location("contract_tool", TOOL)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_the_contract_is_the_one_that_was_written_down():
    done = subprocess.run(
        [sys.executable, TOOL, "--check"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


def test_the_contracts_version_is_that_of_its_distribution():
    project = tomllib.loads((TOOL.parents[1] / "hookspecs/pyproject.toml").read_text())["project"]

    assert project["version"] == CONTRACT_VERSION


def test_what_is_public_is_written_down_without_bodies_and_docstrings(tool):
    source = '''
class Port(Protocol):
    """Words."""
    kept: str = "x"
    _own: int
    def ask(self, name: str = "a", *, often: bool) -> None:
        """Words."""
        return print(name)
    def _private(self): ...
'''
    assert list(tool.described(source, "ports")) == [
        "class ports.Port(Protocol)",
        "ports.Port.kept: str = 'x'",
        "ports.Port.ask(self, name: str='a', *, often: bool) -> None",
    ]


@pytest.mark.parametrize(
    ("lines", "version", "least"),
    [
        ([VALUE, CODE, "records.Finding.fix: str = ''"], "1.2.0", "1.3.0"),
        ([VALUE, CODE, "records.Finding.fix: str = ''"], "1.3.0", ""),
        ([VALUE, CODE, "records.Finding.fix: str"], "1.3.0", "2.0.0"),
        ([VALUE, "records.Finding.code: int"], "1.9.0", "2.0.0"),
        ([VALUE], "1.3.0", "2.0.0"),
        ([VALUE], "2.0.0", ""),
        ([VALUE, CODE], "1.2.0", ""),
    ],
)
def test_a_change_of_what_was_released_needs_the_version_that_says_so(tool, lines, version, least):
    before = tool.Contract.parse(RELEASED)

    said = tool.objection(before, tool.Contract(version, draft=False, lines=tuple(lines)))

    assert bool(said) == bool(least)
    assert least in said


def test_before_1_0_a_break_moves_the_second_number_and_an_addition_the_third(tool):
    before = tool.Contract.parse(RELEASED.replace("1.2.0", "0.4.1"))

    def objection(*lines):
        return tool.objection(before, before._replace(lines=lines))

    assert "to 0.5.0" in objection(VALUE)
    assert "to 0.4.2" in objection(VALUE, CODE, "records.Finding.fix: str = ''")


def test_a_first_draft_may_change_and_a_later_one_is_held_to_what_was_released(tool):
    first = tool.Contract.parse(RELEASED.replace("1.2.0", "1.2.0, not released yet"))
    later = tool.Contract.parse(RELEASED.replace("1.2.0", "1.3.0, not released yet, after 1.2.0"))
    changed = tool.Contract("1.3.0", draft=True, lines=(VALUE,))

    assert tool.objection(first, changed) == ""
    assert "to 2.0.0" in tool.objection(later, changed)


def test_a_snapshot_is_read_as_it_was_written(tool):
    for text in (RELEASED, RELEASED.replace("1.2.0", "1.3.0, not released yet, after 1.2.0")):
        assert tool.Contract.parse(text).text == text


@pytest.fixture
def snapshot(tool, tmp_path, monkeypatch):
    """Let the tool write elsewhere; returns the file, which says what is not so."""
    file = tmp_path / "contract.txt"
    file.write_text(f"contract {CONTRACT_VERSION}, not released yet\n\n{CODE}\n")
    monkeypatch.setattr(tool, "SNAPSHOT", file)
    return file


def test_a_stale_text_is_said_with_what_to_do_and_written_anew(tool, snapshot, capsys):
    assert tool.main(["--check"]) == 1
    assert "make contract" in capsys.readouterr().out
    assert tool.main([]) == 0
    assert tool.main(["--check"]) == 0


def test_a_release_takes_the_mark_of_a_draft_away(tool, snapshot):
    tool.main(["--release"])

    assert snapshot.read_text().startswith(f"contract {CONTRACT_VERSION}\n")
    assert tool.main(["--check"]) == 0


def test_what_was_released_is_not_written_over(tool, snapshot, capsys):
    released = f"contract {CONTRACT_VERSION}\n\nrecords.Finding.gone: str = ''\n"
    snapshot.write_text(released)

    assert tool.main([]) == 1
    assert "This change breaks plugins: set CONTRACT_VERSION" in capsys.readouterr().out
    assert snapshot.read_text() == released
