from __future__ import annotations

from dataclasses import replace

import pytest
from hilum.testing.contracts import (
    CertificateSourceContract,
    CliCommandContract,
    RecordValidatorContract,
    StorageSpecContract,
)
from hilum_cert_manager.cli import CliPlugin


class TestSource(CertificateSourceContract):
    @pytest.fixture
    def source(self, source, keystores, alice, secrets):
        source.import_keystore(keystores.complete(), alice.id, secrets["keystore-password"])
        return source

    @pytest.fixture
    def known(self, alice):
        return alice.id

    @pytest.fixture
    def environment_name(self, context):
        return context.environment.name


class TestValidator(RecordValidatorContract):
    @pytest.fixture
    def validator(self, validator, source, keystores, alice, secrets):
        source.import_keystore(keystores.complete(), alice.id, secrets["keystore-password"])
        return validator

    @pytest.fixture
    def good(self, alice):
        return [alice]

    @pytest.fixture
    def bad(self, bob, alice):
        return [bob, replace(alice, id="no-certificate")]


def test_a_strict_host_takes_the_plugin(hilum_host, plugin):
    hilum_host.register(plugin, "cert_manager")

    assert len(hilum_host.collect("hilum_certificate_sources")) == 1
    assert len(hilum_host.collect("hilum_record_validators")) == 1
    assert len(hilum_host.collect("hilum_storage")) == 1


class TestTables(StorageSpecContract):
    plugin_name = "cert_manager"

    @pytest.fixture
    def tables(self, plugin):
        (tables,) = plugin.hilum_storage()
        return tables


class TestCommand(CliCommandContract):
    @pytest.fixture
    def command(self, context):
        (command,) = CliPlugin(context).hilum_cli_commands()
        return command
