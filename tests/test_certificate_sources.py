"""A third party's source of certificates beside the keystores that Hilum imports."""

from __future__ import annotations

import sys

import pytest

VAULT = """
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hilum_hookspecs import ActiveCertificate, CertificateSource, HilumError, Message, hookimpl

@dataclass(frozen=True)
class Settings:
    folder: Path = Path("vault")
    locked: bool = False
    shift_days: int = 0

class Plugin:
    Settings = Settings

    def __init__(self, context):
        self.context = context

    @hookimpl
    def hilum_certificate_sources(self):
        label = Message("vault_hilum", "Vault")
        yield CertificateSource(name="vault", label=label, active=self.active, find=self.find)

    def active(self, provider_id, environment):
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

        settings = self.context.settings
        if settings.locked:
            raise HilumError("vault.locked", message=Message("vault_hilum", "The vault is locked."))
        keystore = settings.folder / f"{provider_id}.p12"
        if not keystore.with_suffix(".pem").is_file():
            return None
        chain = x509.load_pem_x509_certificates(keystore.with_suffix(".pem").read_bytes())
        shift = timedelta(days=settings.shift_days)
        first, *rest = (each.public_bytes(Encoding.DER) for each in chain)
        return ActiveCertificate(
            provider_id=provider_id, environment=environment, keystore=keystore,
            certificate=first, chain=tuple(rest), stage="complete",
            not_before=chain[0].not_valid_before_utc + shift,
            not_after=chain[0].not_valid_after_utc + shift,
        )

    def find(self, folder):
        return ()
"""


@pytest.fixture
def vault(bare_practice, materials, tmp_path, monkeypatch):
    """A practice where Alice's keystore lies in the vault of a third party, and nowhere else."""
    from cryptography.hazmat.primitives.serialization import Encoding
    from hilum_ehealth.keystore import read_keystore

    site = tmp_path / "site"
    info = site / "vault_hilum-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: vault-hilum\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[hilum.plugins]\nvault = vault_hilum:Plugin\n")
    (site / "vault_hilum.py").write_text(VAULT)
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])

    keystore, _card = materials["85073003328"]
    folder = bare_practice.folder / "vault"
    folder.mkdir()
    (folder / "alice.p12").write_bytes(keystore.read_bytes())
    (folder / "alice.p12").chmod(0o600)
    password = bare_practice.secrets["keystore-password"]
    entry = read_keystore(keystore, password).authentication
    pem = b"".join(each.public_bytes(Encoding.PEM) for each in (entry.certificate, *entry.chain))
    (folder / "alice.pem").write_bytes(pem)
    bare_practice.add_alice()

    def configured(**settings):
        bare_practice.write_settings()
        path = bare_practice.folder / "config.toml"
        said = "".join(f"{key} = {value}\n" for key, value in settings.items())
        path.write_text(f'{path.read_text()}\n[plugins]\nenabled = ["vault"]\n[vault]\n{said}')

    bare_practice.configured = configured
    configured(folder=f'"{folder}"')
    yield bare_practice
    sys.modules.pop("vault_hilum", None)


def test_a_session_opens_with_the_certificate_of_another_source(vault):
    assert vault.open()["method"] == "eid"

    assert vault.fine("session", "check", "--provider", "alice", "--probe")


def test_the_check_of_a_record_asks_every_source(vault):
    assert vault.fine("provider", "check", "alice")["findings"] == []


@pytest.mark.parametrize(
    ("days", "found"), [(-9000, "certificate.expired"), (9000, "certificate.not-yet-valid")]
)
def test_the_dates_of_its_certificate_are_judged(vault, days, found):
    vault.configured(folder=f'"{vault.folder / "vault"}"', shift_days=days)

    _code, error, details = vault.refused_open()

    assert error == "record.invalid"
    assert [each["code"] for each in details["findings"]] == [found]


def test_a_certificate_of_somebody_else_is_told(vault, materials):
    from cryptography.hazmat.primitives.serialization import Encoding
    from hilum_ehealth.keystore import read_keystore

    keystore, _card = materials["17073003384"]
    entry = read_keystore(keystore, vault.secrets["keystore-password"]).authentication
    pem = entry.certificate.public_bytes(Encoding.PEM)
    (vault.folder / "vault" / "alice.pem").write_bytes(pem)

    _code, _error, details = vault.refused_open()

    assert [each["code"] for each in details["findings"]] == ["record.wrong-person"]


def test_what_a_source_refuses_is_said_as_it_says_it(vault):
    vault.configured(locked="true")

    _code, error, details = vault.refused_open()

    assert error == "record.invalid"
    (finding,) = details["findings"]
    assert (finding["code"], finding["message"]) == ("vault.locked", "The vault is locked.")


def test_without_any_certificate_both_are_asked_and_importing_is_proposed(vault):
    (vault.folder / "vault" / "alice.pem").unlink()

    _code, error, details = vault.refused_open()

    assert error == "record.invalid"
    assert [each["code"] for each in details["findings"]] == ["certificate.missing"]


@pytest.mark.parametrize("command", [("list",), ("show", "--provider", "alice")])
def test_the_lists_of_imported_keystores_name_it(vault, command):
    lines = vault.cli("--environment", "other", "certificate", *command).output

    assert "not imported: another plugin gives it" in lines
    assert "no eHealth certificate" not in lines
