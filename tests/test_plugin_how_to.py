"""The how-to "Write a plugin": its tests pass and its tables go both ways."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hilum.cli.tree import HOST_COMMANDS
from hilum.testing import contracts
from hilum.testing.migrations import walk
from hilum_hookspecs import StorageSpec

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "how-to" / "write-a-plugin.md").read_text(encoding="utf-8")
TUTORIAL = (DOCS / "tutorial" / "first-plugin.md").read_text(encoding="utf-8")


WHAT_ELSE_THE_PAGE_SAYS = """

def test_another_clock_is_wrong(hilum_context, hilum_simulator, asked):
    method = Login(hilum_context(environment=hilum_simulator.environment), "").method()

    with pytest.raises(EhealthError, match=r"clock\\.wrong"):
        method.authenticate(asked)


def test_a_person_of_other_authorities_is_refused(method, hilum_request, hilum_simulator):
    from dataclasses import replace

    with pytest.raises(EhealthError, match=r"ehealth\\.refused"):
        method.authenticate(replace(hilum_request, environment=hilum_simulator.environment))
"""


def block_with(text: str, page: str = PAGE) -> str:
    """Return the block of Python that has *text* in its head or in it."""
    blocks = re.findall(r"^```(python.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (found,) = (block.partition("\n")[2] for block in blocks if text in block)
    return found


def passes(folder: Path, test: str) -> None:
    (folder / "test_of_the_page.py").write_text(test)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": "src", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_example_of_the_command_line_passes(tmp_path):
    passes(tmp_path, block_with("hilum_cli.configure"))


def test_the_method_of_the_tutorial_passes_at_the_simulator(tmp_path):
    package = tmp_path / "src" / "acme_hilum"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "login.py").write_text(block_with("title=src/acme_hilum/login.py", TUTORIAL))

    passes(tmp_path, block_with("hilum_simulator.environment") + WHAT_ELSE_THE_PAGE_SAYS)


def test_the_tables_go_up_down_and_up_again(tmp_path):
    (tmp_path / "acme_0001.py").write_text(block_with("def downgrade"))

    walk("acme", StorageSpec(metadata=tables, migrations=tmp_path, head="acme_0001"), tmp_path)


def tables():
    from sqlalchemy import Column, Integer, MetaData, Table

    metadata = MetaData()
    Table("acme_visit", metadata, Column("id", Integer, primary_key=True))
    return metadata


def test_every_contract_and_fixture_is_named():
    from hilum.testing import pytest_plugin

    fixtures = [name for name in vars(pytest_plugin) if name.startswith("hilum_")]
    names = [*contracts.__all__, *fixtures]

    assert [name for name in names if f"`{name}`" not in PAGE] == []


@pytest.mark.parametrize("group", ["audit", "db", "plugins", "session", "support", "trust", "user"])
def test_every_group_that_is_named_is_one_of_the_host(hilum_cli, group):
    assert group in HOST_COMMANDS
    assert f"`{group}`" in PAGE
    assert "COMMAND [ARGS]" in hilum_cli(group, "--help").output
