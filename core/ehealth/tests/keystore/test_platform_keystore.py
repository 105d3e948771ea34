"""The made-up keystores have the shape of the real ones."""

from __future__ import annotations

from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from hilum_ehealth.keystore import ber, open_keystore
from hilum_ehealth.keystore.placeholder import is_placeholder, make_placeholder
from hilum_ehealth.testing.authority import Issued


def test_a_recent_keystore_is_der_throughout(recent: bytes) -> None:
    _, content, _ = ber.sequence(ber.parse(recent))
    inner = ber.octets(ber.only(content.children[1]))

    assert ber.to_der(ber.parse(recent)) == recent
    assert ber.to_der(ber.parse(inner)) == inner


def test_an_older_keystore_has_no_lengths_and_octets_in_pieces_of_1000(old: bytes) -> None:
    assert old[:2] == b"\x30\x80"
    assert b"\x24\x80\x04\x82\x03\xe8" in old
    assert ber.to_der(ber.parse(old)) != old


def test_the_size_is_that_of_real_files(recent: bytes, ec_old: bytes) -> None:
    assert 7_000 < len(recent) < 12_500
    assert 5_000 < len(ec_old) < 8_000


def test_the_encryption_certificate_is_self_issued_and_signed_by_the_other_key(
    encryption, alice: Issued
) -> None:
    certificate = encryption.certificate
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)

    assert certificate.issuer == certificate.subject == alice.certificate.subject
    assert usage.critical
    assert (usage.value.key_encipherment, usage.value.data_encipherment) == (True, True)
    assert len(certificate.extensions) == 1
    alice.certificate.public_key().verify(
        certificate.signature,
        certificate.tbs_certificate_bytes,
        padding.PKCS1v15(),
        hashes.SHA256(),
    )


def test_the_marks_of_the_keys_differ(recent: bytes, password: str) -> None:
    first, second = (entry.local_id for entry in open_keystore(recent, password).entries)

    assert first != second
    assert first is not None
    assert first.startswith(b"Time ")


@pytest.mark.parametrize("family", ["alice", "ec_alice"])
def test_the_placeholder_is_signed_by_its_own_key(
    request: pytest.FixtureRequest, family: str, now: datetime
) -> None:
    key = request.getfixturevalue(family).private_key
    der = make_placeholder(key, now)
    to_be_signed, _, signature = ber.sequence(ber.parse(der))

    public = key.public_key()
    arguments = (
        (ec.ECDSA(hashes.SHA384()),)
        if isinstance(public, ec.EllipticCurvePublicKey)
        else (padding.PKCS1v15(), hashes.SHA256())
    )
    public.verify(signature.content[1:], ber.to_der(to_be_signed), *arguments)
    assert is_placeholder(der)


def test_an_issued_certificate_is_no_placeholder(alice: Issued) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    assert not is_placeholder(alice.certificate.public_bytes(Encoding.DER))


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"\x30\x02\x30\x00", b"\x04\x00"])
def test_anything_else_is_no_placeholder(data: bytes) -> None:
    assert not is_placeholder(data)
