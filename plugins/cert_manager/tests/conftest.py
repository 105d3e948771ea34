"""What the tests of certificates share: a made-up authority, keystores of Alice, her record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hilum_cert_manager.cli import CliPlugin
from hilum_cert_manager.plugin import Plugin
from hilum_cert_manager.tables import metadata
from hilum_ehealth.testing.authority import Pki
from hilum_ehealth.testing.issuing import new_key
from hilum_ehealth.testing.platform_keystore import (
    incomplete_keystore,
    make_encryption_certificate,
    platform_keystore,
)
from hilum_hookspecs import InamiPeriod, Profession, Provider, ProviderDirectory

PASSWORD = "correct horse 42"
NISS = "85073003328"
OTHER_NISS = "17073003384"


@dataclass
class Keystores:
    """Makes keystore files; the old form with few iterations, which is the fastest."""

    pki: Pki
    folder: Path

    def complete(self, name: str = "alice.p12", niss: str = NISS, **dates: object) -> Path:
        return self.write(name, self._installed(niss, encryption=True, **dates))

    def without_encryption_key(self, name: str = "no-etk.p12", niss: str = NISS) -> Path:
        return self.write(name, self._installed(niss, encryption=False))

    def incomplete(self, name: str = "requested.p12") -> Path:
        key = new_key("ec")
        data = incomplete_keystore(
            authentication_key=key, now=self.pki.now, password=PASSWORD, old=True
        )
        return self.write(name, data)

    def write(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        path.chmod(0o600)
        return path

    def _installed(self, niss: str, *, encryption: bool, **more: object) -> bytes:
        alias = str(more.pop("alias", "authentication"))
        issued = self.pki.ehealth_certificate(niss=niss, name="ALICE EXAMPLE", **more)
        keys = []
        if encryption:
            key = new_key("ec")
            certificate = make_encryption_certificate(
                issued.private_key, issued.certificate, key, 2**127 + 5
            )
            keys = [(key, certificate)]
        return platform_keystore(
            authentication_key=issued.private_key,
            chain=(issued.certificate, issued.chain[0]),
            encryption=keys,
            password=PASSWORD,
            old=True,
            alias=alias,
        )


@pytest.fixture(scope="session")
def authorities():
    from hilum.testing.fakes import START

    return Pki.create(START, key="ec")


@pytest.fixture
def keystores(authorities, tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir()
    return Keystores(authorities, folder)


@pytest.fixture
def alice():
    number = InamiPeriod(number="53886171521")
    return Provider(
        id="alice-k7f3",
        last_name="Example",
        first_names="Alice",
        niss=NISS,
        professions=(Profession(name="physiotherapist", inami=(number,)),),
    )


@pytest.fixture
def bob():
    return Provider(id="bob-x2x2", last_name="Builder", niss=OTHER_NISS)


@dataclass
class OnlySource:
    """The certificates of the plugin, as the host gives them when no other source is there."""

    plugin: Plugin | None = None
    environment: str = ""

    def active(self, provider_id):
        (source,) = self.plugin.hilum_certificate_sources()
        return source.active(provider_id, self.environment)


@pytest.fixture
def context(hilum_context, authorities, alice, bob):
    from hilum.testing.fakes import FakeProviders

    made = hilum_context(
        Plugin,
        tables=lambda: metadata,
        providers=FakeProviders(records=[alice, bob]),
        certificates=OnlySource(),
    )
    authorities.write_trust(made.environment.trust_folder)
    return made


@pytest.fixture
def plugin(context):
    made = Plugin(context)
    context.certificates.plugin, context.certificates.environment = made, context.environment.name
    return made


@pytest.fixture
def source(plugin):
    (source,) = plugin.hilum_certificate_sources()
    return source


@pytest.fixture
def validator(plugin):
    (validator,) = plugin.hilum_record_validators()
    return validator


@pytest.fixture
def cli(hilum_cli, authorities, alice, bob, tmp_path):
    from hilum.testing.plugins import offering

    trust = tmp_path / "anchors"
    authorities.write_trust(trust)
    staff = ProviderDirectory(
        name="staff",
        find=lambda text: [record for record in (alice, bob) if text in (record.id, record.niss)],
        all=lambda: (alice, bob),
    )
    hilum_cli.plugins = {
        "cert_manager": Plugin,
        "cert_manager.cli": CliPlugin,
        "staff": offering("hilum_provider_directories", lambda: [staff]),
    }
    hilum_cli.configure(
        f"""
        [general]
        environment = "other"
        [environments.other]
        sts = "https://127.0.0.1:9/sts"
        trust = "{trust}"
        """
    )
    return hilum_cli


@pytest.fixture
def secrets():
    return {"keystore-password": PASSWORD}


@pytest.fixture
def a_year():
    return timedelta(days=365)
