"""Anchors stand in folders by purpose, and only the right ones count."""

from __future__ import annotations

import os
import ssl
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hilum_ehealth import known_anchors
from hilum_ehealth.certificates import fingerprint
from hilum_ehealth.environments import Environment, built_in
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.authority import Issued, Pki
from hilum_ehealth.trust import (
    KNOWN_ANCHORS,
    KnownAnchor,
    Purpose,
    TrustStore,
    anchor_states,
    import_anchor,
    known_anchor,
)


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


@pytest.fixture
def acceptance_ca(ec_pki: Pki, monkeypatch: pytest.MonkeyPatch) -> x509.Certificate:
    """A CA that this test makes known for acceptance."""
    certificate = ec_pki.ehealth_ca.certificate
    known = KnownAnchor(
        sha256=fingerprint(certificate),
        subject="test",
        environments=("acceptance",),
        purpose="ehealth",
    )
    monkeypatch.setattr(known_anchors, "KNOWN_ANCHORS", (known, *KNOWN_ANCHORS))
    return certificate


def refusal(data: bytes, folder: Path, environment: str, purpose: Purpose | None) -> EhealthError:
    is_built_in = environment != "other"
    with pytest.raises(EhealthError) as refused:
        import_anchor(data, folder, environment=environment, built_in=is_built_in, purpose=purpose)
    assert not list(folder.rglob("*.pem"))
    return refused.value


def test_an_anchor_that_was_exchanged_counts_at_once_whatever_its_name_size_and_time(
    pki: Pki, tmp_path: Path
) -> None:
    first, second = pem(pki.ehealth_ca.certificate), pem(pki.ehealth_root.certificate)
    path = tmp_path / "ehealth" / "ca.pem"
    path.parent.mkdir()
    size = max(len(first), len(second))
    found = []
    for content in (first, second):
        path.write_bytes(content.ljust(size, b"\n"))
        os.utime(path, (0, 0))
        found += TrustStore(tmp_path).anchors("ehealth")

    assert found == [pki.ehealth_ca.certificate, pki.ehealth_root.certificate]


def test_anchors_that_are_read_again_are_not_parsed_again(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TrustStore.of(environment)
    before = store.anchors("ehealth")
    monkeypatch.setattr(x509, "load_pem_x509_certificates", None)

    assert store.anchors("ehealth") == before


def test_the_published_fingerprints_are_thirteen_different_ones() -> None:
    assert len({known.sha256 for known in KNOWN_ANCHORS}) == len(KNOWN_ANCHORS) == 13
    assert all(len(bytes.fromhex(known.sha256)) == 32 for known in KNOWN_ANCHORS)


@pytest.mark.parametrize(
    ("sha256", "purpose", "environments", "holders"),
    [
        (
            "58782dd37c997f21af20e952de8715c63bcd9d2cd3eb8ac51668705ffa3b1cd2",
            "ehealth",
            {"production", "acceptance", "integration"},
            ("production",),
        ),
        (
            "146f90e3d38f86ad91afdd35bebf5a9ef8ad26cf9c0c4b5b331a38a6b47276e6",
            "ehealth",
            {"production"},
            ("production",),
        ),
        (
            "7af2e22e603cd7a142038dcca750bbc24d4b3c9975293d7b66264c2145e4f6bf",
            "ehealth",
            {"acceptance", "integration"},
            ("acceptance", "integration"),
        ),
        (
            "9c872bc979a7c09a58d4a274c199e5cb16cfa9b9618d98bc9a9988e984b8495c",
            "eid",
            {"production", "acceptance", "integration"},
            (),
        ),
    ],
)
def test_known_anchors_serve_their_environments(
    sha256: str, purpose: str, environments: set[str], holders: tuple[str, ...]
) -> None:
    known = known_anchor(sha256)
    assert known is not None
    assert (known.purpose, set(known.environments)) == (purpose, environments)
    assert known.holders == holders


def test_no_test_authority_counts_in_production() -> None:
    for known in KNOWN_ANCHORS:
        if "UAT" in known.subject or "TEST" in known.subject:
            assert "production" not in known.environments


def test_anchors_are_read_by_purpose(environment: Environment, pki: Pki) -> None:
    store = TrustStore.of(environment)
    assert set(store.anchors("ehealth")) == {
        pki.ehealth_root.certificate,
        pki.ehealth_ca.certificate,
    }
    assert store.anchors("eid") == (pki.eid_root.certificate,)


def test_an_absent_folder_holds_no_anchors(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "nowhere")
    assert store.anchors("eid") == ()
    assert store.tls_pem() is None


def test_pem_and_der_files_are_read_and_others_left_alone(tmp_path: Path, pki: Pki) -> None:
    folder = tmp_path / "ehealth"
    folder.mkdir()
    (folder / "both.pem").write_bytes(pem(pki.ehealth_root.certificate, pki.ehealth_ca.certificate))
    (folder / "card.CER").write_bytes(der(pki.eid_root.certificate))
    (folder / "README.txt").write_text("anchors")
    (folder / ".half-written.pem").write_text("-----BEGIN")
    assert len(TrustStore(tmp_path).anchors("ehealth")) == 3


def test_a_damaged_file_is_an_error_and_not_an_anchor_less(tmp_path: Path) -> None:
    (tmp_path / "eid").mkdir()
    (tmp_path / "eid" / "root.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n")
    with pytest.raises(EhealthError) as refused:
        TrustStore(tmp_path).anchors("eid")
    assert refused.value.code == "trust.unreadable"
    assert refused.value.details == {"path": str(tmp_path / "eid" / "root.pem")}


def test_tls_anchors_are_given_as_pem(environment: Environment, pki: Pki) -> None:
    anchors = TrustStore.of(environment).tls_pem()
    assert anchors is not None
    assert ssl.PEM_cert_to_DER_cert(anchors) == der(pki.tls_ca.certificate)


def test_a_named_environment_takes_any_authority(tmp_path: Path, pki: Pki) -> None:
    (imported,) = import_anchor(
        der(pki.tls_ca.certificate),
        tmp_path / "trust",
        environment="other",
        built_in=False,
        purpose="tls",
    )
    assert (imported.purpose, imported.is_new) == ("tls", True)
    assert TrustStore(tmp_path / "trust").anchors("tls") == (pki.tls_ca.certificate,)
    assert stat.S_IMODE(imported.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(imported.path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "trust").stat().st_mode) == 0o700


def test_importing_twice_changes_nothing(tmp_path: Path, pki: Pki) -> None:
    data = pem(pki.ehealth_root.certificate, pki.ehealth_ca.certificate)
    for expected in (True, False):
        imported = import_anchor(
            data, tmp_path, environment="other", built_in=False, purpose="ehealth"
        )
        assert [anchor.is_new for anchor in imported] == [expected, expected]
    assert len(list(tmp_path.rglob("*.pem"))) == 2


def test_an_authority_nobody_knows_is_refused_by_a_built_in_environment(
    tmp_path: Path, pki: Pki
) -> None:
    error = refusal(pem(pki.ehealth_ca.certificate), tmp_path, "production", "ehealth")
    assert error.code == "trust.unknown-anchor"
    assert error.details["sha256"] == fingerprint(pki.ehealth_ca.certificate)
    assert error.details["environment"] == "production"


def test_a_known_authority_finds_its_own_place(
    tmp_path: Path, acceptance_ca: x509.Certificate
) -> None:
    (imported,) = import_anchor(
        pem(acceptance_ca), tmp_path, environment="acceptance", built_in=True
    )
    assert imported.path == tmp_path / "ehealth" / f"{fingerprint(acceptance_ca)}.pem"


def test_a_known_authority_of_another_environment_is_refused(
    tmp_path: Path, acceptance_ca: x509.Certificate
) -> None:
    error = refusal(pem(acceptance_ca), tmp_path, "production", None)
    assert error.code == "trust.wrong-environment"
    assert error.details["environments"] == ["acceptance"]


def test_a_known_authority_for_another_purpose_is_refused(
    tmp_path: Path, acceptance_ca: x509.Certificate
) -> None:
    error = refusal(pem(acceptance_ca), tmp_path, "acceptance", "eid")
    assert (error.code, error.details["purpose"]) == ("trust.wrong-purpose", "ehealth")


def test_one_bad_certificate_refuses_the_whole_file(
    tmp_path: Path, acceptance_ca: x509.Certificate, pki: Pki
) -> None:
    data = pem(acceptance_ca, pki.ehealth_ca.certificate)
    assert refusal(data, tmp_path, "acceptance", None).code == "trust.unknown-anchor"


def test_a_named_environment_asks_what_an_authority_is_for(tmp_path: Path, pki: Pki) -> None:
    error = refusal(pem(pki.ehealth_ca.certificate), tmp_path, "other", None)
    assert (error.code, error.details["purposes"]) == (
        "trust.purpose-missing",
        ["tls", "ehealth", "eid"],
    )


def test_a_providers_certificate_is_no_anchor_and_is_not_named(
    tmp_path: Path, alice: Issued
) -> None:
    error = refusal(pem(alice.certificate), tmp_path, "other", "ehealth")
    assert error.code == "trust.not-a-ca"
    assert "85073003328" not in str(error.details)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA\n", b"0" * 1_100_000]
)
def test_what_is_no_certificate_is_refused(data: bytes, tmp_path: Path) -> None:
    assert refusal(data, tmp_path, "other", "tls").code == "trust.not-a-certificate"


def test_files_put_by_hand_do_not_count_in_a_built_in_environment(tmp_path: Path, pki: Pki) -> None:
    environment = built_in("production", tmp_path)
    pki.write_trust(environment.trust_folder)
    store = TrustStore.of(environment)
    assert store.anchors("ehealth") == ()
    assert store.anchors("eid") == ()
    assert store.tls_pem() is None


def test_a_known_anchor_in_the_wrong_folder_does_not_count(
    tmp_path: Path, acceptance_ca: x509.Certificate
) -> None:
    environment = built_in("acceptance", tmp_path)
    import_anchor(
        pem(acceptance_ca), environment.trust_folder, environment="acceptance", built_in=True
    )
    (environment.trust_folder / "ehealth").rename(environment.trust_folder / "eid")
    assert TrustStore.of(environment).anchors("eid") == ()


def test_the_list_shows_what_is_missing_and_what_is_there(
    tmp_path: Path, acceptance_ca: x509.Certificate, pki: Pki
) -> None:
    environment = built_in("acceptance", tmp_path)
    pki.write_trust(environment.trust_folder)
    import_anchor(
        pem(acceptance_ca), environment.trust_folder, environment="acceptance", built_in=True
    )

    states = {state.sha256: state for state in anchor_states(environment)}

    mine = states[fingerprint(acceptance_ca)]
    assert (mine.known, mine.present, mine.counts) == (True, True, True)
    assert mine.not_after == acceptance_ca.not_valid_after_utc
    by_hand = states[fingerprint(pki.eid_root.certificate)]
    assert (by_hand.known, by_hand.present, by_hand.counts) == (False, True, False)
    absent = [state for state in states.values() if not state.present]
    assert {state.purpose for state in absent} == {"ehealth", "eid"}
    assert len(absent) == 11


def test_the_list_of_a_named_environment_shows_only_its_own(
    environment: Environment,
) -> None:
    states = anchor_states(environment)
    assert [state.purpose for state in states] == ["tls", "ehealth", "ehealth", "eid"]
    assert all(state.counts and not state.known for state in states)


def test_nothing_is_imported_half(tmp_path: Path, pki: Pki) -> None:
    (tmp_path / "tls").write_text("a file where a folder should be")
    with pytest.raises(EhealthError) as refused:
        import_anchor(
            pem(pki.tls_ca.certificate),
            tmp_path,
            environment="other",
            built_in=False,
            purpose="tls",
        )
    assert refused.value.code.startswith("storage.")


def test_listing_what_is_known_needs_no_cryptography() -> None:
    probe = (
        "import sys, hilum_ehealth.trust, hilum_ehealth.certificates;"
        "raise SystemExit('cryptography' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0


@pytest.mark.parametrize("part", ["", "ehealth", "ehealth/issuing-ca.pem"])
@pytest.mark.parametrize("mode", [0o020, 0o002])
def test_anchors_that_others_can_change_count_for_nothing(
    part: str, mode: int, environment: Environment
) -> None:
    path = environment.trust_folder / part
    path.chmod(path.stat().st_mode | mode)

    with pytest.raises(EhealthError) as refused:
        TrustStore.of(environment)

    assert refused.value.code == "storage.unsafe-mode"
    assert refused.value.details["path"] == str(path)


def test_anchors_that_others_can_read_count(environment: Environment) -> None:
    environment.trust_folder.chmod(0o755)
    assert TrustStore.of(environment).anchors("ehealth")


def test_a_trust_folder_that_is_not_there_holds_nothing(
    environment: Environment, tmp_path: Path
) -> None:
    missing = replace(environment, trust_folder=tmp_path / "none")
    assert TrustStore.of(missing).anchors("ehealth") == ()
