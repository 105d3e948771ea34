"""Certificates whose dates or version make no sense, and dates at the end of all time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hilum_ehealth.certificates.path import validity_of
from hilum_ehealth.certificates.reading import read_certificate
from hilum_ehealth.certificates.revocation import AnswerUnusable, check_dates
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.authority import Pki
from hilum_ehealth.trust import import_anchor

END_OF_TIME = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def der(ec_pki: Pki) -> bytes:
    issued = ec_pki.ehealth_certificate(
        niss="85073003328", name="ALICE EXAMPLE", not_after=END_OF_TIME
    )
    return issued.certificate.public_bytes(Encoding.DER)


def test_a_certificate_without_end_is_valid(der: bytes, now: datetime) -> None:
    validity = validity_of(read_certificate(der), now)
    assert (validity.state, validity.not_after) == ("valid", END_OF_TIME)


def test_the_same_bytes_are_parsed_once(der: bytes) -> None:
    assert read_certificate(der) is read_certificate(bytes(bytearray(der)))


@pytest.mark.parametrize("date", [b"00000101000000Z", b"99991331235959Z"])
def test_a_date_that_is_none_is_refused_when_it_is_read(der: bytes, date: bytes) -> None:
    with pytest.raises(ValueError, match=r"year|asn1"):
        read_certificate(der.replace(b"99991231235959Z", date))


def test_a_version_that_does_not_exist_is_refused(der: bytes) -> None:
    version = bytes.fromhex("a003020102")
    assert version in der
    with pytest.raises(ValueError, match="7"):
        read_certificate(der.replace(version, bytes.fromhex("a003020107"), 1))


def test_an_anchor_with_such_a_date_is_no_certificate(
    der: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = der.replace(b"99991231235959Z", b"00000101000000Z")
    with pytest.raises(EhealthError) as refused:
        import_anchor(
            data,
            tmp_path_factory.mktemp("trust"),
            environment="other",
            built_in=False,
            purpose="ehealth",
        )
    assert refused.value.code == "trust.not-a-certificate"


def test_an_answer_about_revocation_may_last_for_ever(now: datetime) -> None:
    check_dates(now, END_OF_TIME, now)
    check_dates(datetime.min.replace(tzinfo=UTC), END_OF_TIME, now)
    with pytest.raises(AnswerUnusable):
        check_dates(END_OF_TIME, None, now)
    with pytest.raises(AnswerUnusable):
        check_dates(now - timedelta(days=9), None, now)


def test_the_names_are_read_too(ec_pki: Pki) -> None:
    certificate = ec_pki.ehealth_ca.certificate
    assert read_certificate(certificate.public_bytes(Encoding.DER)) == certificate
    assert isinstance(certificate, x509.Certificate)
