from __future__ import annotations

import pytest
from hilum.testing.contracts import CliCommandContract, StorageSpecContract
from hilum_ehealthbox.cli import CliPlugin
from hilum_ehealthbox.plugin import HEAD, Plugin


def test_a_strict_host_takes_the_plugin(hilum_host, context):
    hilum_host.register(Plugin(context), "ehealthbox")
    (spec,) = hilum_host.collect("hilum_storage")
    assert spec.head == HEAD


class TestTables(StorageSpecContract):
    plugin_name = "ehealthbox"

    @pytest.fixture
    def tables(self, hilum_context):
        (tables,) = Plugin(hilum_context(Plugin)).hilum_storage()
        return tables


class TestCommand(CliCommandContract):
    @pytest.fixture
    def command(self, hilum_context):
        (command,) = CliPlugin(hilum_context(Plugin)).hilum_cli_commands()
        return command
