"""The settings file of a simulator: written once, then brought up to date around a person's own."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest
from hilum_hookspecs import ConfigurationError
from hilum_simulator.settings_file import settings_text, write_settings

OWN = """# mine
[general]
environment = "acceptance"  # for a while

[environments.simulator]
sts = "https://127.0.0.1:1/old"  # the port changes
probe = "mine"

[environments.other]
sts = "https://other.example"

[plugins]
disabled = ["fallback_login"]
"""


@pytest.fixture
def environment(hilum_simulator):
    return hilum_simulator.environment


@pytest.fixture
def file(tmp_path):
    return tmp_path / "settings.toml"


def read(file):
    return tomllib.loads(file.read_text())


def test_a_card_or_a_module_is_written_into_the_settings(environment, tmp_path):
    module = tomllib.loads(settings_text(environment, pkcs11_module=tmp_path / 'a"b.so'))
    card = tomllib.loads(settings_text(environment, software_card=tmp_path / "card.json"))
    assert module["ehealth_auth"] == {"pkcs11_module": str(tmp_path / 'a"b.so')}
    assert card["ehealth_auth"] == {"software_card": str(tmp_path / "card.json")}


def test_what_a_person_wrote_stays(environment, file):
    file.write_text(OWN)
    write_settings(file, environment)
    text = file.read_text()
    assert text.startswith('# mine\n[general]\nenvironment = "acceptance"  # for a while\n')
    assert "# the port changes" in text
    assert text.endswith(OWN[OWN.index("[environments.other]") :])
    described = read(file)["environments"]["simulator"]
    assert described["sts"] == environment.endpoints["sts"]
    assert described["probe"] == "mine"
    assert described["trust"] == str(environment.trust_folder)


def test_the_card_of_an_earlier_start_stays(environment, file, tmp_path):
    write_settings(file, environment, software_card=tmp_path / "card.json")
    before = file.read_text()
    write_settings(file, environment)
    assert file.read_text() == before


def test_another_card_takes_the_place_of_the_first(environment, file, tmp_path):
    write_settings(file, environment, software_card=tmp_path / "card.json")
    write_settings(file, environment, pkcs11_module=tmp_path / "module.so")
    assert read(file)["ehealth_auth"] == {"pkcs11_module": str(tmp_path / "module.so")}


def test_a_card_can_be_added_later(environment, file, tmp_path):
    write_settings(file, environment, card_hint=tmp_path / "card.json")
    assert "ehealth_auth" not in read(file)
    write_settings(file, environment, software_card=tmp_path / "card.json")
    assert read(file)["ehealth_auth"] == {"software_card": str(tmp_path / "card.json")}


def test_a_file_without_the_environment_gets_it(environment, file):
    file.write_text('[plugins]\ndisabled = ["x"]\n')
    write_settings(file, replace(environment, trust_folder=file.parent))
    assert read(file)["plugins"] == {"disabled": ["x"]}
    assert read(file)["environments"]["simulator"]["trust"] == str(file.parent)


@pytest.mark.parametrize(
    "content", [b"[general", b"\xff\xfe", b"environments = 3\n", b"[environments]\nsimulator = 3\n"]
)
def test_a_file_that_is_no_settings_is_refused_and_kept(environment, file, content):
    file.write_bytes(content)
    with pytest.raises(ConfigurationError) as refused:
        write_settings(file, environment)
    assert refused.value.code == "settings.syntax"
    assert refused.value.details["path"] == str(file)
    assert file.read_bytes() == content
