"""Wheels of every distribution, and environments that hold some of them and nothing else."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]


def members() -> dict[str, str]:
    """Return the folder of each distribution of the workspace."""
    return {
        tomllib.loads(file.read_text())["project"]["name"]: str(file.parent.relative_to(ROOT))
        for pattern in ("hookspecs", "core/*", "plugins/*")
        for file in sorted(ROOT.glob(f"{pattern}/pyproject.toml"))
    }


MEMBERS = members()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that wants a ``member`` once for each distribution."""
    if "member" in metafunc.fixturenames:
        metafunc.parametrize("member", MEMBERS)


def run(*command: object, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> str:
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout[-4000:]}\n{result.stderr[-4000:]}"
    return result.stdout


def closure(texts: tuple[str, ...]) -> set[str]:
    """Collect the distributions that the requirements declare, and what these declare in turn."""
    found: dict[str, set[str]] = {}
    waiting = [Requirement(text) for text in texts]
    while waiting:
        wanted = waiting.pop()
        name = wanted.name.lower().replace("_", "-")
        extras = {"", *wanted.extras} - found.get(name, set())
        found.setdefault(name, set()).update(extras)
        waiting += [
            requirement
            for requirement in map(Requirement, importlib.metadata.requires(name) or ())
            for extra in extras
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra})
        ]
    return set(found)


def pinned(names: set[str]) -> str:
    """Cut the lines of *names* out of the pinned requirements."""
    blocks = re.split(r"\n(?=\S)", (ROOT / "requirements/dev.txt").read_text())
    return "\n".join(block for block in blocks if re.split(r"[= ;]", block)[0] in names)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    for member in MEMBERS.values():
        run(
            sys.executable,
            "-m",
            "hatchling",
            "build",
            "-t",
            "wheel",
            "-d",
            folder,
            cwd=ROOT / member,
        )
    return {name: next(folder.glob(f"{name.replace('-', '_')}-*.whl")) for name in MEMBERS}


@pytest.fixture
def environment(tmp_path, wheels):
    """Make an environment that holds what is named, what that declares, and nothing else."""

    def make(*names: str, with_pip: bool = False) -> Path:
        folder = tmp_path / "env"
        run(sys.executable, "-m", "venv", *([] if with_pip else ["--without-pip"]), folder)
        python = folder / "bin" / "python"
        everything = closure(names)
        requirements = tmp_path / "requirements.txt"
        requirements.write_text(pinned(everything - MEMBERS.keys()))
        pip = (sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps")
        run(*pip, "--require-hashes", "-r", requirements)
        run(*pip, *(wheels[name] for name in sorted(everything & MEMBERS.keys())))
        return folder / "bin"

    return make


@pytest.fixture(scope="session", name="run")
def run_fixture():
    """Run a program that must succeed; returns what it printed."""
    return run


@pytest.fixture(scope="session")
def folders():
    """The folder of each distribution."""
    return {name: ROOT / folder for name, folder in MEMBERS.items()}
