from __future__ import annotations

import pytest
from hilum.environments import choose_environment
from hilum.settings import Settings
from hilum_ehealth.environments import EHBOX_CONSULTATION, STS
from hilum_hookspecs import ConfigurationError

OTHER = """
[general]
environment = "other"
contact = "practice@example.org"

[environments.other]
sts = "https://sts.example/v1"
ehbox_consultation = "https://box.example/v3"
trust = "anchors"
signer_enterprise = "0123456749"
signer_prefix = "TEST"
"""


def settings(tmp_path, text="") -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return Settings.read(path, {})


def refused(tmp_path, text, name=None) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        choose_environment(name, settings(tmp_path, text), tmp_path)
    return caught.value


def test_production_is_the_default(tmp_path):
    environment = choose_environment(None, settings(tmp_path), tmp_path)

    assert (environment.name, environment.built_in) == ("production", True)
    assert environment.trust_folder == tmp_path / "trust" / "production"
    assert environment.endpoints[STS].startswith("https://services.ehealth.fgov.be/")


def test_the_option_wins_over_the_settings(tmp_path):
    assert (
        choose_environment("acceptance", settings(tmp_path, OTHER), tmp_path).name == "acceptance"
    )


def test_a_described_environment_is_made_of_its_settings(tmp_path):
    environment = choose_environment(None, settings(tmp_path, OTHER), tmp_path)

    assert (environment.name, environment.built_in) == ("other", False)
    assert environment.endpoints == {
        STS: "https://sts.example/v1",
        EHBOX_CONSULTATION: "https://box.example/v3",
    }
    assert environment.trust_folder == tmp_path / "anchors"
    assert environment.signer.enterprise == "0123456749"
    assert environment.signer.application_prefix == "TEST"
    assert environment.contact == "practice@example.org"


def test_an_unknown_environment_is_refused_with_the_nearest(tmp_path):
    error = refused(tmp_path, OTHER, "acceptence")

    assert error.code == "settings.unknown-environment"
    assert error.details["nearest"] == "acceptance"
    assert "other" in error.details["known"]


@pytest.mark.parametrize(
    "url",
    [
        *("http://sts.example/", "ftp://sts.example/", "https://", "x", "https://[", "https://h:p"),
        *("https://a:canary@sts.example/", "https://sts.example/\u00e9", "https://sts.example/a b"),
    ],
)
def test_an_endpoint_must_be_https_without_a_password(tmp_path, url):
    error = refused(tmp_path, OTHER.replace("https://sts.example/v1", url))

    assert (error.code, error.details["key"]) == ("settings.invalid-value", "sts")
    assert "canary" not in repr(error.details)


@pytest.mark.parametrize("name", ["../up", "A", ""])
def test_a_name_that_could_be_a_path_is_refused(tmp_path, name):
    text = f'[environments."{name}"]\nsts = "https://sts.example/"\ntrust = "t"\n'

    assert refused(tmp_path, text + f'[general]\nenvironment = "{name}"\n').code.startswith(
        "settings."
    )


def test_a_contact_that_could_be_a_header_is_refused(tmp_path):
    error = refused(tmp_path, '[general]\ncontact = "a@example.org\\r\\nX-Evil: 1"\n')

    assert error.details["expected"] == "e-mail-address"
