"""The source alone."""

from __future__ import annotations

import shutil

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hilum.testing.contracts import CertificateSourceContract
from vault_hilum.plugin import Plugin


@pytest.fixture
def source(hilum_host, hilum_context, hilum_alice, tmp_path):
    folder = tmp_path / "vault"
    folder.mkdir()
    shutil.copy2(hilum_alice.keystore, folder / "alice.p12")
    (folder / "alice.p12").chmod(0o600)
    chain = (hilum_alice.holder.certificate, *hilum_alice.holder.chain)
    (folder / "alice.pem").write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in chain))
    settings = {"folder": folder, "environment": "test"}
    hilum_host.register(Plugin(hilum_context(Plugin, name="vault", settings=settings)), "vault")
    (source,) = hilum_host.collect("hilum_certificate_sources")
    return source


class TestVault(CertificateSourceContract):
    """What every source must do."""

    @pytest.fixture
    def known(self):
        return "alice"

    @pytest.fixture
    def environment_name(self):
        return "test"


def test_it_finds_the_keystores_of_its_folder(source):
    assert [each.path.name for each in source.find(None)] == ["alice.p12"]
