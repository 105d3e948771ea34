"""A plugin that was written for another contract is refused by name, and never imported."""

from __future__ import annotations

import sys

import pytest
from hilum.wanted_contract import fits, wanted_contract
from hilum_hookspecs import CONTRACT_VERSION

FITS = f"hilum-hookspecs~={CONTRACT_VERSION}"
OTHER = "hilum-hookspecs>=7.1,<8"


@pytest.mark.parametrize(
    ("requirement", "wanted"),
    [
        ("hilum-hookspecs~=0.1.0", "~=0.1.0"),
        ("hilum_hookspecs >=1.0, <2", ">=1.0,<2"),
        ("Hilum.Hookspecs (==1.*)", "==1.*"),
        ("hilum-hookspecs >=1.0\t,\n <2", ">=1.0,<2"),
        ("hilum-hookspecs[x]>=1 ; python_version > '3'", ">=1"),
        ("hilum-hookspecs>=1; extra == 'test'", ""),
        ("hilum-hookspecs", ""),
        ("hilum-hookspecs @ file:///tmp/x", ""),
        ("hilum-hookspecs-extra>=2", ""),
        ("click>=8", ""),
    ],
)
def test_the_range_is_read_from_the_requirements(requirement, wanted):
    assert wanted_contract(["other>=3", requirement]) == wanted


@pytest.mark.parametrize(
    ("wanted", "contract", "answer"),
    [
        ("~=0.1.0", "0.1.0", True),
        ("~=0.1.0", "0.1.7", True),
        ("~=0.1.0", "0.2.0", False),
        ("~=1.2", "1.9.0", True),
        ("~=1.2", "2.0.0", False),
        (">=1.2,<2", "1.2.0", True),
        (">=1.2,<2", "1.1.9", False),
        (">=1.2,<3", "2.5.0", True),
        ("==0.1.0", "0.1.0", True),
        ("==0.1.0", "0.1.1", False),
        ("==1.*", "1.4.2", True),
        ("==1.*", "2.0.0", False),
        ("==1.*", "0.9.0", False),
        ("!=1.3.0,>=1.0", "1.3.0", False),
        ("!=0.2.*", "0.2.3", False),
        ("!=0.2.*", "0.2.0", False),
        ("!=0.2.*", "0.1.9", True),
        ("!=0.2.0.*", "0.2", False),
        (">=0.2,!=0.2.3.*,<0.3", "0.2.4", True),
        (">=0.1", "0.1.4", True),
        (">=0.1", "0.2.0", False),
        (">=1.3", "1.10.0", True),
        (">=1.3", "2.0.0", False),
        (">1.0rc1,<=1.4", "1.4.0", True),
        ("===0.1.0", "0.1.0", True),
        ("", "9.9.9", True),
    ],
)
def test_a_range_fits_or_not(wanted, contract, answer):
    assert fits(wanted, contract) is answer


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a plugin of a third party that notes its import."""
    folder = tmp_path / "site"
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])

    def make(name, requirement):
        info = folder / f"{name}_hilum-2.1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}-hilum\nVersion: 2.1\n"
            f"Requires-Dist: {requirement}\n"
        )
        (info / "entry_points.txt").write_text(f"[hilum.plugins]\n{name} = {name}_hilum:Plugin\n")
        (folder / f"{name}_hilum.py").write_text(
            f"import pathlib\npathlib.Path({str(tmp_path / name)!r}).touch()\n"
            "class Plugin:\n    def __init__(self, context): pass\n"
        )

    yield make
    for name in [name for name in sys.modules if name.endswith("_hilum")]:
        del sys.modules[name]


@pytest.fixture
def cli(hilum_cli):
    hilum_cli.plugins = None
    hilum_cli.configure('[plugins]\nenabled = ["acme", "fine"]\n')
    return hilum_cli


@pytest.mark.attack("I1")
def test_a_plugin_for_another_contract_is_named_and_the_others_work(cli, install, tmp_path):
    install("acme", OTHER)
    install("fine", FITS)

    result = cli("db", "upgrade")

    assert result.exit_code == 0
    assert (
        "The plugin acme of acme-hilum works with versions >=7.1,<8 of the contract; this Hilum "
        f"has {CONTRACT_VERSION}. Install a version of acme-hilum that fits this Hilum."
    ) in result.errors
    assert not (tmp_path / "acme").exists()
    assert (tmp_path / "fine").exists()


def test_the_list_says_which_contract_does_not_fit(cli, install):
    install("acme", OTHER)

    _code, document = cli.json("plugins", "list")
    (acme,) = [each for each in document["plugins"] if each["name"] == "acme"]

    assert acme["state"] == "incompatible"
    assert acme["refusal"]["code"] == "plugin.incompatible"
    assert "refused" in cli("plugins", "list").output


def test_it_cannot_be_switched_on_but_off(cli, install):
    install("acme", OTHER)

    assert cli.json("plugins", "enable", "acme")[1]["error"]["code"] == "plugin.incompatible"
    assert cli("plugins", "enable", "acme").exit_code == 3
    assert cli("plugins", "disable", "acme").exit_code == 0


def test_one_that_says_nothing_works_and_its_maker_is_asked_to(cli, install, tmp_path):
    install("acme", "click")

    assert "does not say which versions of the contract" in cli("plugins", "enable", "acme").errors
    assert cli("db", "upgrade").exit_code == 0
    assert (tmp_path / "acme").exists()
