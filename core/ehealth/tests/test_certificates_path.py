"""Paths to an anchor, dates, usages, and the environment by issuer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hilum_ehealth.certificates import (
    Usage,
    check_path,
    environment_of,
    fingerprint,
    validity_of,
)
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.authority import CitizenCard, Issued, Pki
from hilum_ehealth.testing.issuing import EHEALTH_HOLDER, SIGNING_CA, Authority, new_key

DAY = timedelta(days=1)


def refusal(
    issued: Issued,
    anchors: list[x509.Certificate],
    at: datetime,
    usage: Usage = Usage.AUTHENTICATION,
) -> EhealthError:
    with pytest.raises(EhealthError) as refused:
        check_path(issued.certificate, issued.chain, anchors, at, usage=usage)
    return refused.value


def test_a_path_leads_from_holder_to_root(pki: Pki, alice: Issued, now: datetime) -> None:
    root = pki.ehealth_root.certificate
    path = check_path(alice.certificate, alice.chain, [root], now, usage=Usage.AUTHENTICATION)
    assert path == (alice.certificate, pki.ehealth_ca.certificate, root)


def test_an_issuing_ca_is_anchor_enough(pki: Pki, alice: Issued, now: datetime) -> None:
    path = check_path(
        alice.certificate,
        (),
        [pki.ehealth_ca.certificate],
        now,
        usage=Usage.AUTHENTICATION,
    )
    assert len(path) == 2


def test_cards_of_both_families_lead_to_their_root(
    pki: Pki, ec_pki: Pki, alice_card: CitizenCard, ec_alice_card: CitizenCard, now: datetime
) -> None:
    anchors = [pki.eid_root.certificate, ec_pki.eid_root.certificate]
    for card in (alice_card, ec_alice_card):
        path = check_path(
            card.authentication.certificate,
            (card.ca,),
            anchors,
            now,
            usage=Usage.AUTHENTICATION,
        )
        assert path[-1] == card.root


def test_rsa_keys_under_an_ec_authority_are_trusted(ec_pki: Pki, now: datetime) -> None:
    mixed = ec_pki.ehealth_certificate(niss="85073003328", name="ALICE", key_type="rsa")
    check_path(
        mixed.certificate,
        mixed.chain,
        [ec_pki.ehealth_root.certificate],
        now,
        usage=Usage.AUTHENTICATION,
    )


def test_an_authority_of_the_same_name_is_not_the_same(
    pki: Pki, ec_alice: Issued, now: datetime
) -> None:
    anchors = [pki.ehealth_root.certificate, pki.ehealth_ca.certificate]
    error = refusal(ec_alice, anchors, now)
    assert error.code == "certificate.untrusted"
    assert "SIMULATOR eHealth issuing CA 001" in str(error.details["issuer"])


def test_without_anchors_nothing_is_trusted(alice: Issued, now: datetime) -> None:
    assert refusal(alice, [], now).code == "certificate.untrusted"


def test_a_root_brought_along_is_not_trusted_for_that(
    pki: Pki, ec_pki: Pki, alice: Issued, now: datetime
) -> None:
    with pytest.raises(EhealthError) as refused:
        check_path(
            alice.certificate,
            (*alice.chain, pki.ehealth_root.certificate),
            [ec_pki.ehealth_root.certificate],
            now,
            usage=Usage.AUTHENTICATION,
        )
    assert refused.value.code == "certificate.untrusted"


def test_a_provider_cannot_issue(pki: Pki, ec_alice: Issued, ec_pki: Pki, now: datetime) -> None:
    impostor = Authority(
        private_key=ec_alice.private_key,
        certificate=ec_alice.certificate,
        above=ec_alice.chain,
    )
    forged = pki.ehealth_certificate(
        niss="17073003384", name="MALLORY", key_type="ec", issuer=impostor
    )
    error = refusal(forged, [ec_pki.ehealth_root.certificate], now)
    assert error.code == "certificate.untrusted"


def test_an_issuing_ca_cannot_make_another_one(ec_pki: Pki, now: datetime) -> None:
    key = new_key("ec")
    below = ec_pki.ehealth_ca.issue(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "below")]),
        SIGNING_CA,
        key=key,
        not_before=now - DAY,
        not_after=now + DAY,
    )
    rogue = Authority(private_key=key, certificate=below.certificate, above=below.chain)
    forged = ec_pki.ehealth_certificate(niss="17073003384", name="MALLORY", issuer=rogue)
    error = refusal(forged, [ec_pki.ehealth_root.certificate], now)
    assert error.code == "certificate.untrusted"


def test_an_expired_certificate_says_when_it_ended(ec_pki: Pki, now: datetime) -> None:
    old = ec_pki.ehealth_certificate(
        niss="85073003328", name="ALICE", not_before=now - 9 * DAY, not_after=now - DAY
    )
    error = refusal(old, [ec_pki.ehealth_root.certificate], now)
    assert error.code == "certificate.expired"
    assert error.details == {"not_after": "2026-11-22T12:00:00+00:00", "ca": None}


def test_a_certificate_of_tomorrow_says_when_it_begins(ec_pki: Pki, now: datetime) -> None:
    new = ec_pki.ehealth_certificate(niss="85073003328", name="ALICE", not_before=now + DAY)
    error = refusal(new, [ec_pki.ehealth_root.certificate], now)
    assert error.code == "certificate.not-yet-valid"
    assert error.details == {"not_before": "2026-11-24T12:00:00+00:00", "ca": None}


def test_an_expired_authority_is_named(ec_pki: Pki, now: datetime) -> None:
    late = now + timedelta(days=40 * 365)
    new = ec_pki.ehealth_certificate(niss="85073003328", name="ALICE", not_after=late + DAY)
    error = refusal(new, [ec_pki.ehealth_root.certificate], late)
    assert error.code == "certificate.expired"
    assert "SIMULATOR eHealth issuing CA 001" in str(error.details["ca"])


def test_an_expired_stranger_is_a_stranger(pki: Pki, ec_pki: Pki, now: datetime) -> None:
    old = ec_pki.ehealth_certificate(
        niss="85073003328", name="ALICE", not_before=now - 9 * DAY, not_after=now - DAY
    )
    error = refusal(old, [pki.ehealth_root.certificate], now)
    assert error.code == "certificate.untrusted"


def test_a_signature_certificate_does_not_authenticate(
    ec_pki: Pki, ec_alice_card: CitizenCard, now: datetime
) -> None:
    anchors = [ec_pki.eid_root.certificate]
    error = refusal(ec_alice_card.signature, anchors, now)
    assert (error.code, error.details) == (
        "certificate.wrong-usage",
        {"wanted": "digital_signature"},
    )
    signature = ec_alice_card.signature
    check_path(signature.certificate, signature.chain, anchors, now, usage=Usage.SIGNATURE)


def test_an_authority_is_no_holder(ec_pki: Pki, now: datetime) -> None:
    issued = Issued(
        private_key=ec_pki.ehealth_ca.private_key, certificate=ec_pki.ehealth_ca.certificate
    )
    error = refusal(issued, [ec_pki.ehealth_root.certificate], now)
    assert error.code == "certificate.wrong-usage"


def test_a_certificate_that_says_nothing_of_its_key_is_refused(ec_pki: Pki, now: datetime) -> None:
    bare = with_extension(ec_pki, now, None)
    error = refusal(bare, [ec_pki.ehealth_ca.certificate], now)
    assert error.code == "certificate.wrong-usage"


def test_a_critical_extension_that_nobody_knows_is_refused(ec_pki: Pki, now: datetime) -> None:
    odd = with_extension(
        ec_pki,
        now,
        x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"),
    )
    error = refusal(odd, [ec_pki.ehealth_ca.certificate], now)
    assert error.code == "certificate.untrusted"


def with_extension(pki: Pki, now: datetime, extension: x509.ExtensionType | None) -> Issued:
    """Certify somebody with nothing but *extension*, critical."""
    key = ec.generate_private_key(ec.SECP384R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "odd")]))
        .issuer_name(pki.ehealth_ca.certificate.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
    )
    if extension is not None:
        builder = builder.add_extension(extension, critical=True)
    authority = pki.ehealth_ca.private_key
    return Issued(private_key=key, certificate=builder.sign(authority, hashes.SHA384()))


def test_an_endless_chain_is_refused(pki: Pki, alice: Issued, now: datetime) -> None:
    with pytest.raises(EhealthError) as refused:
        check_path(
            alice.certificate,
            alice.chain * 17,
            [pki.ehealth_root.certificate],
            now,
            usage=Usage.AUTHENTICATION,
        )
    assert refused.value.code == "certificate.untrusted"


def test_no_refusal_names_the_person(pki: Pki, ec_alice: Issued, now: datetime) -> None:
    error = refusal(ec_alice, [pki.ehealth_root.certificate], now)
    assert "85073003328" not in str(error.details)


def test_validity_counts_both_ends(alice: Issued) -> None:
    start = alice.certificate.not_valid_before_utc
    end = alice.certificate.not_valid_after_utc
    second = timedelta(seconds=1)
    assert validity_of(alice.certificate, start).state == "valid"
    assert validity_of(alice.certificate, end).state == "valid"
    assert validity_of(alice.certificate, start - second).state == "not-yet-valid"
    assert validity_of(alice.certificate, end + second).state == "expired"


def test_validity_says_how_much_is_left(alice: Issued, now: datetime) -> None:
    assert validity_of(alice.certificate, now).rest == timedelta(days=3 * 365)
    assert validity_of(alice.certificate, now + timedelta(days=4 * 365)).rest.days < 0


def test_a_named_environment_is_told_by_its_anchors(
    pki: Pki, ec_pki: Pki, alice: Issued, ec_alice: Issued
) -> None:
    named = {
        "one": [pki.ehealth_root.certificate],
        "other": [ec_pki.ehealth_ca.certificate],
    }
    assert environment_of(alice.certificate, alice.chain, named) == "one"
    assert environment_of(ec_alice.certificate, (), named) == "other"
    assert environment_of(alice.certificate, (), named) is None


@pytest.mark.parametrize(
    ("issuer", "environment"),
    [
        ("ZetesConfidens Private Trust PKI - eHealth issuing CA 001", "production"),
        ("ZetesConfidens Private Trust PKI - eHealth issuing CA 002", "production"),
        ("UAT ZetesConfidens Private Trust PKI - eHealth issuing CA 002", "acceptance"),
        ("UAT ZetesConfidens Private Trust PKI - eHealth issuing CA 003", "acceptance"),
        ("TEST-ZetesConfidens-eHealth acceptance test-issuing CA 001", "acceptance"),
        ("ZetesConfidens Private Trust PKI - root CA 001", None),
        ("Belgium Root CA6", None),
        ("Dummy", None),
    ],
)
def test_the_issuers_name_tells_the_environment_when_the_issuer_is_absent(
    issuer: str, environment: str | None, now: datetime
) -> None:
    key = new_key("ec")
    authority = Authority.root(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]), now, "ec"
    )
    issued = authority.issue(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SSIN=85073003328")]),
        EHEALTH_HOLDER,
        key=key,
        not_before=now,
        not_after=now + DAY,
    )
    assert environment_of(issued.certificate) == environment


def test_a_fingerprint_is_lower_case_hexadecimal(alice: Issued) -> None:
    assert len(fingerprint(alice.certificate)) == 64
    assert fingerprint(alice.certificate) == fingerprint(alice.certificate).lower()
