"""What the tests of provider records share."""

from __future__ import annotations

from datetime import date

import pytest
from hilum_hookspecs import Finding, InamiPeriod, Profession, Provider, Purpose, RecordError
from hilum_provider_records.cli import CliPlugin
from hilum_provider_records.plugin import Plugin
from hilum_provider_records.tables import metadata

PLUGINS = {"provider_records": Plugin, "provider_records.cli": CliPlugin}

NISS = "85073003328"
OTHER_NISS = "17073003384"


class OwnProviders:
    """The port ``Providers`` over this plugin alone."""

    plugin: Plugin

    def find(self, text: str) -> Provider:
        (directory,) = self.plugin.hilum_provider_directories()
        found = directory.find(text)
        if len(found) != 1:
            raise RecordError("record.ambiguous" if found else "record.not-found")
        return found[0]

    def all(self) -> list[Provider]:
        (directory,) = self.plugin.hilum_provider_directories()
        return list(directory.all())

    def check(self, records: list[Provider], purpose: Purpose) -> list[Finding]:
        (validator,) = self.plugin.hilum_record_validators()
        return list(validator.check(records, purpose))


@pytest.fixture
def context(hilum_context):
    providers = OwnProviders()
    made = hilum_context(Plugin, tables=lambda: metadata, providers=providers)
    providers.plugin = Plugin(made)
    return made


@pytest.fixture
def plugin(context):
    return context.providers.plugin


@pytest.fixture
def alice():
    number = InamiPeriod(number="53886171521", start=date(2020, 1, 1))
    return Provider(
        id="example-k7f3",
        last_name="Example",
        first_names="Alice",
        niss=NISS,
        birth_date=date(1985, 7, 30),
        gender="M",
        email="alice@example.test",
        professions=(Profession(name="physiotherapist", inami=(number,), default=True),),
    )


@pytest.fixture
def bob():
    number = InamiPeriod(number="10000205004")
    return Provider(
        id="builder-x2x2",
        last_name="Builder",
        niss=OTHER_NISS,
        professions=(Profession(name="doctor", inami=(number,)),),
    )


@pytest.fixture
def cli(hilum_cli):
    hilum_cli.plugins = PLUGINS
    return hilum_cli
