"""Wheels in empty environments: all of them together, and each with only what it declares."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
MEMBERS = {
    "hilum-hookspecs": "hookspecs",
    "hilum-ehealth": "core/ehealth",
    "hilum": "core/host",
    "hilum-provider-records": "plugins/provider_records",
    "hilum-cert-manager": "plugins/cert_manager",
    "hilum-ehealth-auth": "plugins/ehealth_auth",
    "hilum-fallback-login": "plugins/fallback_login",
    "hilum-session-liveness": "plugins/session_liveness",
    "hilum-ehealthbox": "plugins/ehealthbox",
    "hilum-simulator": "plugins/simulator",
}
TEST_TOOLS = ("pytest", "hypothesis")

pytestmark = pytest.mark.install


def run(*command: object, cwd: Path = ROOT) -> str:
    result = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
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
    """Make an environment that holds the named members, what they declare, and nothing else."""

    def make(*names: str) -> Path:
        folder = tmp_path / "env"
        run(sys.executable, "-m", "venv", "--without-pip", folder)
        python = folder / "bin" / "python"
        everything = closure(names)
        requirements = tmp_path / "requirements.txt"
        requirements.write_text(pinned(everything - MEMBERS.keys()))
        pip = (sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps")
        run(*pip, "--require-hashes", "-r", requirements)
        run(*pip, *(wheels[name] for name in sorted(everything & MEMBERS.keys())))
        return folder / "bin"

    return make


def test_every_wheel_holds_its_licence(wheels):
    for wheel in wheels.values():
        names = zipfile.ZipFile(wheel).namelist()
        assert any(name.endswith("licenses/LICENSE") for name in names), wheel.name


def test_the_wheels_work_together_in_an_empty_environment_without_qt(environment, tmp_path):
    programs = environment(*MEMBERS)
    listed = run(programs / "hilum", "--data-dir", tmp_path / "data", "plugins", "list")
    for member in MEMBERS.values():
        if member.startswith("plugins/"):
            assert Path(member).name in listed
    run(programs / "hilum", "--lang", "fr", "demo")
    installed = run(
        programs / "python",
        "-c",
        "import importlib.util as u; print(u.find_spec('PyQt6'), u.find_spec('pytest'))",
    )
    assert installed == "None None\n"


@pytest.mark.parametrize("name", MEMBERS)
def test_each_distribution_passes_its_tests_with_only_what_it_declares(environment, name):
    kit = () if name == "hilum-hookspecs" else ("hilum-ehealth[testing]",)
    host = ("hilum",) if MEMBERS[name].startswith("plugins/") else ()
    programs = environment(name, *kit, *host, *TEST_TOOLS)
    tests = ROOT / MEMBERS[name] / "tests"
    quiet = ("-q", "-p", "no:cacheprovider", "-m", "not softhsm and not contracts")
    run(programs / "python", "-m", "pytest", *quiet, tests)
