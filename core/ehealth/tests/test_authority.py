"""The made-up authority has the shapes of the real ones and never their names."""

from __future__ import annotations

import ssl
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hilum_ehealth.testing.authority import CitizenCard, Issued, Pki


def key_usage(certificate: x509.Certificate) -> x509.KeyUsage:
    return certificate.extensions.get_extension_for_class(x509.KeyUsage).value


def test_a_provider_gets_the_subject_that_ehealth_writes(alice: Issued) -> None:
    assert alice.certificate.subject.rfc4514_string() == (
        "CN=SSIN=85073003328,OU=eHealth-platform Belgium,OU=ALICE EXAMPLE,"
        "OU=SSIN=85073003328,O=Federal Government,C=BE"
    )


def test_a_provider_may_sign_and_receive_keys(alice: Issued) -> None:
    usage = key_usage(alice.certificate)
    assert (usage.digital_signature, usage.content_commitment, usage.key_encipherment) == (
        True,
        True,
        True,
    )
    assert not usage.data_encipherment


def test_keys_are_rsa_2048_or_p384(alice: Issued, ec_alice: Issued) -> None:
    assert isinstance(alice.private_key, rsa.RSAPrivateKey)
    assert alice.private_key.key_size == 2048
    assert isinstance(ec_alice.private_key, ec.EllipticCurvePrivateKey)
    assert ec_alice.private_key.curve.name == "secp384r1"


def test_a_key_of_ones_own_can_be_certified(pki: Pki, alice: Issued) -> None:
    renewed = pki.ehealth_certificate(
        niss="85073003328", name="ALICE EXAMPLE", key=alice.private_key
    )
    assert renewed.private_key is alice.private_key
    assert renewed.certificate.serial_number != alice.certificate.serial_number


def test_dates_and_issuer_are_as_asked(pki: Pki, ec_pki: Pki, now: datetime) -> None:
    issued = pki.ehealth_certificate(
        niss="85073003328",
        name="ALICE EXAMPLE",
        key_type="ec",
        not_before=now - timedelta(days=9),
        not_after=now - timedelta(days=2),
        issuer=ec_pki.ehealth_ca,
    )
    assert issued.certificate.not_valid_before_utc == now - timedelta(days=9)
    assert issued.certificate.not_valid_after_utc == now - timedelta(days=2)
    issued.certificate.verify_directly_issued_by(ec_pki.ehealth_ca.certificate)


def test_the_chain_is_the_issuing_ca_without_the_root(pki: Pki, alice: Issued) -> None:
    assert alice.chain == (pki.ehealth_ca.certificate,)


def test_a_card_has_two_certificates_with_one_purpose_each(alice_card: CitizenCard) -> None:
    authentication = key_usage(alice_card.authentication.certificate)
    signature = key_usage(alice_card.signature.certificate)
    assert (authentication.digital_signature, authentication.content_commitment) == (True, False)
    assert (signature.digital_signature, signature.content_commitment) == (False, True)


def test_a_card_says_whose_it_is(alice_card: CitizenCard) -> None:
    assert alice_card.authentication.certificate.subject.rfc4514_string() == (
        "2.5.4.5=85073003328,2.5.4.42=Alice Anne,2.5.4.4=Example,"
        "CN=Alice Example (Authentication),C=BE"
    )


def test_a_card_of_the_older_kind_can_stand_under_an_ec_authority(ec_pki: Pki) -> None:
    card = ec_pki.citizen(
        niss="85073003328", given_names=("Alice",), surname="Example", key_type="rsa"
    )
    assert isinstance(card.authentication.private_key, rsa.RSAPrivateKey)
    card.authentication.certificate.verify_directly_issued_by(card.ca)


def test_every_authority_says_that_it_is_a_simulation(pki: Pki) -> None:
    for authority in (pki.ehealth_root, pki.ehealth_ca, pki.eid_root, pki.citizen_ca, pki.tls_ca):
        assert "SIMULAT" in authority.certificate.subject.rfc4514_string()


def test_what_is_saved_is_loaded_again(pki: Pki, tmp_path: Path) -> None:
    pki.save(tmp_path / "pki", password="canary")
    loaded = Pki.load(tmp_path / "pki", password="canary")
    assert loaded.iam_signer.certificate == pki.iam_signer.certificate
    assert loaded.iam_signer.chain == pki.iam_signer.chain
    assert (loaded.key_type, loaded.now) == (pki.key_type, pki.now)
    issued = loaded.ehealth_certificate(niss="85073003328", name="ALICE", key_type="ec")
    issued.certificate.verify_directly_issued_by(pki.ehealth_ca.certificate)


def test_saved_keys_are_for_the_owner_alone(ec_pki: Pki, tmp_path: Path) -> None:
    ec_pki.save(tmp_path / "pki")
    assert stat.S_IMODE((tmp_path / "pki").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "pki").iterdir()} == {0o600}


def test_loading_from_an_empty_folder_says_that_nothing_is_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Pki.load(tmp_path)


def test_the_servers_certificate_serves_tls_on_loopback(pki: Pki, tmp_path: Path) -> None:
    pki.write_trust(tmp_path / "trust")
    pki.save(tmp_path / "pki")
    client = ssl.create_default_context(cafile=str(tmp_path / "trust/tls/tls-ca.pem"))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "pki/tls_server.pem", tmp_path / "pki/tls_server.key.pem")
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server, server_hostname="127.0.0.1"),
        server.wrap_bio(to_server, to_client, server_side=True),
    )

    finished: set[int] = set()
    for _ in range(4):
        for index, end in enumerate(ends):
            try:
                end.do_handshake()
                finished.add(index)
            except ssl.SSLWantReadError:
                continue

    assert finished == {0, 1}


def test_nothing_prints_a_key_or_a_person(alice: Issued, alice_card: CitizenCard) -> None:
    assert "85073003328" not in repr(alice) + repr(alice_card)
