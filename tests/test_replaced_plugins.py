"""The how-to "Replace a plugin": own records and own log-in by settings alone, at the simulator."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "docs" / "examples" / "house"
PAGE = ROOT / "docs" / "how-to" / "replace-a-plugin.md"
HOUSE_PASSWORD = "open sesame"


def blocks_of_the_page(language: str) -> list[str]:
    pattern = rf"^```{language}\n(.*?)^```$"
    return re.findall(pattern, PAGE.read_text(), re.MULTILINE | re.DOTALL)


def settings_of_the_page() -> str:
    return blocks_of_the_page("toml")[0]


@pytest.fixture
def house(bare_practice, monkeypatch, tmp_path):
    """A practice where the example is installed, and the settings of the page are made."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    site = tmp_path / "site"
    info = site / "house_hilum-0.1.0.dist-info"
    info.mkdir(parents=True)
    requires = "".join(f"Requires-Dist: {each}\n" for each in project["dependencies"])
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n{requires}"
    )
    (entry,) = project["entry-points"]["hilum.plugins"].items()
    (info / "entry_points.txt").write_text("[hilum.plugins]\n{} = {}\n".format(*entry))
    monkeypatch.setattr(sys, "path", [str(site), str(EXAMPLE / "src"), *sys.path])

    settings = (bare_practice.folder / "config.toml").read_text()
    bare_practice.cli.configure(settings + settings_of_the_page())
    write_staff(bare_practice.folder / "staff.json")
    bare_practice.secrets = {
        "keystore-password": bare_practice.secrets["keystore-password"],
        "account-password": HOUSE_PASSWORD,
    }
    yield bare_practice
    for name in [name for name in sys.modules if name.startswith("house_hilum")]:
        del sys.modules[name]


def write_staff(path: Path) -> None:
    from house_hilum.staff import scrypt

    salt = os.urandom(16)
    (alice,) = json.loads(blocks_of_the_page("json")[0])
    assert set(alice) >= {"salt", "password"}
    kept = {"salt": salt.hex(), "password": scrypt(HOUSE_PASSWORD, salt).hex()}
    path.write_text(json.dumps([{**alice, **kept}]))


@pytest.fixture
def house_with_certificate(house, materials):
    keystore, _card = materials["85073003328"]
    house.fine("certificate", "import", str(keystore), "--provider", "alice")
    return house


def test_the_list_of_plugins_says_who_took_whose_place(house):
    plugins = {each["name"]: each for each in house.fine("plugins", "list")["plugins"]}

    assert plugins["house"]["state"] == "on"
    assert plugins["house"]["offers"] == {
        "hilum_auth_methods": ["house"],
        "hilum_provider_directories": ["house"],
    }
    for replaced in ("ehealth_auth", "fallback_login", "provider_records"):
        assert plugins[replaced]["state"] == "disabled"


def test_a_session_opens_with_the_houses_own_records_and_log_in(house_with_certificate):
    document = house_with_certificate.open()

    assert document["method"] == "house"
    assert document["provider"] == "alice"
    assert house_with_certificate.fine("session", "check", "--provider", "alice", "--probe")


def test_the_houses_password_is_asked_before_anything_else(house_with_certificate):
    house_with_certificate.secrets["account-password"] = "guess"
    before = house_with_certificate.simulator.request_count

    code, error, _details = house_with_certificate.refused_open()

    assert (code, error) == (4, "house.password-rejected")
    assert house_with_certificate.simulator.request_count == before


def test_hilums_own_methods_and_records_are_gone(house_with_certificate):
    code, error, details = house_with_certificate.refused_open("--method", "eid")

    assert (code, error) == (2, "usage.unknown-method")
    assert "house" in str(details["known"])
    assert house_with_certificate.refused("provider", "list")[1] == "plugin.disabled"


def test_taking_the_settings_out_brings_hilums_own_back(house):
    text = (house.folder / "config.toml").read_text()
    house.cli.configure(text.replace(settings_of_the_page(), ""))

    assert house.fine("provider", "list")["providers"] == []


@pytest.mark.parametrize("example", ["house", "vault"])
def test_the_example_passes_its_own_tests(example):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "tests"],
        cwd=EXAMPLE.parent / example,
        env={**os.environ, "PYTHONPATH": "src", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_the_page_shows_the_source_of_certificates_as_it_is():
    (shown,) = blocks_of_the_page("python")
    source = EXAMPLE.parent / "vault" / "src" / "vault_hilum" / "plugin.py"

    assert shown in source.read_text()
