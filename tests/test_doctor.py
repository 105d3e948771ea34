"""``hilum doctor`` in a whole installation: the first line that is wrong names the trouble."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import pytest
from hilum.plugins import FIRST_PARTY
from hilum.services.health.data_folder import is_ours
from hilum_ehealth.testing.token import load_card, softhsm_library, softhsm_settings

MODULE = softhsm_library()
ALICE = "85073003328"


@pytest.fixture(autouse=True)
def _no_pcscd(monkeypatch, tmp_path):
    """The pcscd of this computer takes no part."""
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(tmp_path / "no-pcscd"))


@pytest.fixture
def first(practice):
    """Run the doctor; return its exit code and the first link in one of these states."""

    def examine(states, *arguments):
        code, document = practice("doctor", *arguments)
        for check in document["checks"]:
            for link in check["links"]:
                if link["state"] in states:
                    assert link["remedy"]
                    return code, check["name"], link
        return code, None, None

    return examine


@pytest.fixture
def first_trouble(first):
    return lambda *arguments: first(("failed", "warning"), *arguments)


@pytest.fixture
def first_failure(first):
    return lambda *arguments: first(("failed",), *arguments)


@pytest.fixture
def real_reader(practice, monkeypatch, tmp_path):
    """Use SoftHSM as the reader instead of the card in a file; returns what puts the card in."""
    if MODULE is None:
        pytest.skip("SoftHSM is not installed (package softhsm2)")
    monkeypatch.setenv("SOFTHSM2_CONF", str(softhsm_settings(tmp_path)))
    use_module(practice, MODULE)
    pki = practice.simulator.pki

    def insert():
        card = pki.citizen(niss=ALICE, given_names=("Alice",), surname="Example")
        load_card(
            MODULE,
            pin="2580",
            authentication=(card.authentication.private_key, card.authentication.certificate),
            signature=(card.signature.private_key, card.signature.certificate),
            ca=card.ca,
            root=card.root,
        )

    return insert


def use_module(practice, module):
    practice.settings = {"pkcs11_module": f'"{module}"'}
    practice.write_settings()


def test_a_practice_that_works_is_all_well(first_trouble):
    assert first_trouble() == (0, None, None)


def test_nothing_installed(first_trouble, first_failure, practice, monkeypatch):
    monkeypatch.setattr("hilum_ehealth.card.modules.known_modules", lambda: (Path("/none/a"),))
    practice.settings = {}
    practice.write_settings()

    _code, _check, service = first_trouble()
    code, check, software = first_failure()

    assert (code, check) == (3, "card")
    assert "pcscd" in service["cause"]
    assert "eID software was not found" in software["cause"]


@pytest.mark.softhsm
def test_card_in(first_trouble, real_reader):
    real_reader()

    assert first_trouble() == (0, None, None)


@pytest.mark.softhsm
@pytest.mark.attack("C4")
def test_card_out(first_trouble, real_reader):
    code, check, link = first_trouble()

    assert (code, check, link["code"]) == (3, "card", "card.not-present")
    assert "no identity card in the reader" in link["cause"]


@pytest.mark.attack("C4")
def test_wrong_module(first_failure, practice, tmp_path):
    module = tmp_path / "module.so"
    module.write_text("no library")
    use_module(practice, module)

    code, check, link = first_failure()

    assert (code, check, link["name"]) == (3, "card", "module")
    assert str(module) in link["cause"]


def test_module_not_there(first_failure, practice):
    use_module(practice, "/none/libbeidpkcs11.so.0")

    code, check, link = first_failure()

    assert (code, check, link["code"]) == (3, "card", "card.middleware-not-found")
    assert "/none/libbeidpkcs11.so.0" in link["cause"]


@pytest.mark.attack("F4")
def test_clock_moved(first_trouble, practice, hilum_simulator_clock):
    from hilum.testing.fakes import StillClock

    practice.cli.clock = StillClock(hilum_simulator_clock.now())
    practice.cli.clock.advance(hours=-3)

    code, check, link = first_trouble("--only", "clock")

    assert (code, check) == (3, "clock")
    assert "3 hours slow" in link["cause"]


def test_endpoint_down(first_trouble, practice):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    settings = practice.cli.folder / "config.toml"
    text = settings.read_text().replace(
        practice.simulator.environment.endpoints["sts"], f"https://127.0.0.1:{port}/sts"
    )
    settings.write_text(text)

    code, check, link = first_trouble()

    assert (code, check) == (3, "endpoint-sts")
    assert "cannot be reached" in link["cause"]


def test_platform_in_outage(first_trouble, practice):
    practice.simulator.switches.set("outage", "")

    code, check, link = first_trouble()

    assert (code, check) == (3, "endpoint-sts")
    assert link["cause"] == "eHealth is not available for the moment."


def test_keystore_gone(first_trouble, practice):
    (kept,) = practice.cli.folder.glob("cert_manager/keystores/alice/*.p12")
    kept.unlink()

    code, check, link = first_trouble()

    assert (code, check, link["name"]) == (3, "keystores", "files")


def test_a_provider_without_certificate_is_named_with_what_to_do(first_trouble, practice):
    practice.fine("certificate", "remove", "--provider", "alice", "--yes")

    code, check, link = first_trouble()

    assert (code, check) == (3, "providers")
    assert "No session can be opened for alice" in link["cause"]
    assert "hilum certificate import FILE --provider alice" in link["remedy"]
    assert link["data"]["providers"] == [{"id": "alice", "cause": "certificate.missing"}]


@pytest.mark.attack("D7")
def test_files_open_to_others_are_closed_by_fix(first_trouble, practice):
    (kept,) = practice.cli.folder.glob("cert_manager/keystores/alice/*.p12")
    kept.chmod(0o644)
    assert first_trouble()[:2] == (3, "data-folder")

    assert first_trouble("--fix") == (0, None, None)
    assert kept.stat().st_mode & 0o777 == 0o600


def test_every_check_is_described(practice):
    page = (Path(__file__).parents[1] / "docs" / "how-to" / "doctor.md").read_text("utf-8")

    _code, document = practice("doctor")
    assert [each["name"] for each in document["checks"] if f"`{each['name']}`" not in page] == []


EXAMPLES = {"TIME": "20261125-090000", ".NAME.HEX": ".hilum.db.0123456789abcdef"}
"""What may stand where the page has words in capitals, when it must have a form."""


def test_every_file_of_ours_is_looked_at():
    page = (Path(__file__).parents[1] / "docs" / "reference" / "files.md").read_text("utf-8")
    table = page.partition("## The data folder\n")[2].partition("\n## ")[0]
    for word, example in EXAMPLES.items():
        table = table.replace(word, example)
    names = {
        name.partition("/")[0]
        for cell in re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
        for name in re.findall(r"`([^`]+)`", cell)
    }

    assert "hilum.db" in names
    assert [name for name in names if not is_ours(name, FIRST_PARTY.values())] == []


def test_the_doctor_names_nobody(practice):
    result = practice.cli("--environment", "other", "doctor", "--fix", "--dry-run")

    assert not [secret for secret in (ALICE, "Alice", "Correct-Horse-7") if secret in result.output]


def test_a_bundle_for_support_tells_of_a_keystore_and_not_whose_it_is(practice, tmp_path):
    practice.open()
    for kept in practice.folder.glob("cert_manager/keystores/alice/*"):
        kept.unlink()
    for kept in practice.folder.glob("sessions/*/alice*"):
        kept.chmod(0o644)

    document = practice.fine(*("support", "export", str(tmp_path / "s.zip"), "--dry-run", "--show"))

    (content,) = (each["content"] for each in document["files"] if each["name"] == "doctor.json")
    (check,) = (each for each in json.loads(content) if each["check"] == "keystores")
    assert check["state"] == "failed"
    assert check["links"][0]["cause"] == "The keystore of ... is not where it was kept."
    assert "open to others on this computer: DATA/sessions/..." in content
    (check,) = (each for each in json.loads(content) if each["check"] == "providers")
    assert check["links"][0]["cause"] == "No session can be opened for .... First cause (...): ..."
    assert "alice" not in content.casefold()
