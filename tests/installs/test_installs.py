"""Wheels in empty environments: all of them together, and each with only what it declares."""

from __future__ import annotations

import zipfile

import pytest

TEST_TOOLS = ("pytest", "hypothesis")

pytestmark = pytest.mark.install


def test_every_wheel_holds_its_licence(wheels):
    for wheel in wheels.values():
        names = zipfile.ZipFile(wheel).namelist()
        assert any(name.endswith("licenses/LICENSE") for name in names), wheel.name


def test_the_wheels_work_together_in_an_empty_environment_without_qt(
    environment, folders, run, tmp_path
):
    programs = environment(*folders)
    listed = run(programs / "hilum", "--data-dir", tmp_path / "data", "plugins", "list")
    for folder in folders.values():
        if folder.parent.name == "plugins":
            assert folder.name in listed
    run(programs / "hilum", "--lang", "fr", "demo")
    installed = run(
        programs / "python",
        "-c",
        "import importlib.util as u; print(u.find_spec('PyQt6'), u.find_spec('pytest'))",
    )
    assert installed == "None None\n"


def test_each_distribution_passes_its_tests_with_only_what_it_declares(
    member, environment, folders, run
):
    kit = () if member == "hilum-hookspecs" else ("hilum-ehealth[testing]",)
    host = ("hilum",) if folders[member].parent.name == "plugins" else ()
    programs = environment(member, *kit, *host, *TEST_TOOLS)
    quiet = ("-q", "-p", "no:cacheprovider", "-m", "not softhsm and not contracts")
    run(programs / "python", "-m", "pytest", *quiet, folders[member] / "tests")
