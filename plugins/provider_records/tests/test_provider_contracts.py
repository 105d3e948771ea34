from __future__ import annotations

from dataclasses import replace

import pytest
from hilum.testing.contracts import (
    CliCommandContract,
    ProviderDirectoryContract,
    RecordValidatorContract,
    StorageSpecContract,
)
from hilum_provider_records.cli import CliPlugin
from hilum_provider_records.records import Records


class TestDirectory(ProviderDirectoryContract):
    @pytest.fixture
    def known(self, alice):
        return alice

    @pytest.fixture
    def directory(self, context, plugin, alice, bob):
        Records(context).add(alice)
        Records(context).add(bob)
        (directory,) = plugin.hilum_provider_directories()
        return directory


class TestValidator(RecordValidatorContract):
    @pytest.fixture
    def validator(self, plugin):
        (validator,) = plugin.hilum_record_validators()
        return validator

    @pytest.fixture
    def good(self, alice, bob):
        return [alice, bob]

    @pytest.fixture
    def bad(self, alice):
        return [
            replace(alice, id="check-digits", niss="85073003329"),
            replace(alice, id="length", niss="8507300332"),
        ]


def test_a_strict_host_takes_the_plugin(hilum_host, plugin):
    hilum_host.register(plugin, "provider_records")

    assert len(hilum_host.collect("hilum_provider_directories")) == 1
    assert len(hilum_host.collect("hilum_record_validators")) == 1
    assert len(hilum_host.collect("hilum_storage")) == 1


class TestTables(StorageSpecContract):
    plugin_name = "provider_records"

    @pytest.fixture
    def tables(self, plugin):
        (tables,) = plugin.hilum_storage()
        return tables


class TestCommand(CliCommandContract):
    @pytest.fixture
    def command(self, context):
        (command,) = CliPlugin(context).hilum_cli_commands()
        return command
