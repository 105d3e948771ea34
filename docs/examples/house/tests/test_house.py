"""The practice's own records and log-in, alone."""

from __future__ import annotations

import json

import pytest
from hilum.testing.contracts import AuthMethodContract, ProviderDirectoryContract
from hilum_ehealth.testing.people import PlayedPlatform
from hilum_hookspecs import CredentialRejected, RecordError
from house_hilum.plugin import Plugin
from house_hilum.staff import Staff, scrypt

SALT = b"made up for test"


@pytest.fixture
def staff(tmp_path):
    path = tmp_path / "staff.json"
    alice = {
        "id": "alice",
        "last_name": "Example",
        "first_names": "Alice",
        "niss": "85073003328",
        "profession": "physiotherapist",
        "inami": "54123426501",
        "salt": SALT.hex(),
        "password": scrypt("open sesame", SALT).hex(),
    }
    path.write_text(json.dumps([alice]))
    return path


@pytest.fixture
def platform():
    return PlayedPlatform()


@pytest.fixture
def plugin(hilum_host, hilum_context, staff, platform):
    context = hilum_context(Plugin, name="house", settings={"staff": staff})
    hilum_host.register(Plugin(context, open_token=platform), "house")
    return hilum_host


@pytest.fixture
def method(plugin, hilum_secrets):
    hilum_secrets.give("account-password", "open sesame")
    (method,) = plugin.collect("hilum_auth_methods")
    return method


class TestLogin(AuthMethodContract):
    """What every method must do."""


class TestStaff(ProviderDirectoryContract):
    """What every directory must do."""

    @pytest.fixture
    def directory(self, plugin):
        (directory,) = plugin.collect("hilum_provider_directories")
        return directory

    @pytest.fixture
    def known(self, staff):
        return Staff(staff).all()[0]


def test_another_password_opens_no_keystore(method, hilum_request, hilum_secrets, platform):
    hilum_secrets.give("account-password", "guess")

    with pytest.raises(CredentialRejected):
        method.authenticate(hilum_request)
    assert hilum_secrets.asked == ["account-password"]
    assert platform.asked == []


def test_a_list_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(RecordError, match="no-staff"):
        Staff(tmp_path / "nowhere.json").all()
