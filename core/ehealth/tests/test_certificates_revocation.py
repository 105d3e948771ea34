"""Revocation is good, revoked, or not checked; never good without a signed, fresh answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hilum_ehealth.certificates import Fetch, Revocation, revocation_of
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.authority import Issued, Pki
from hilum_ehealth.testing.issuing import Profile, new_key, signing_hash

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OCSP_URL, CRL_URL = "http://pki.hilum.test/ocsp", "http://pki.hilum.test/crl"


@pytest.fixture(params=["rsa", "ec"])
def authority(request: pytest.FixtureRequest, pki: Pki, ec_pki: Pki) -> Pki:
    return pki if request.param == "rsa" else ec_pki


@pytest.fixture
def holder(authority: Pki, alice: Issued, ec_alice: Issued) -> Issued:
    return alice if authority.key_type == "rsa" else ec_alice


@pytest.fixture
def ask(authority: Pki, holder: Issued, now: datetime) -> Callable[[Fetch | None], Revocation]:
    issuer = authority.ehealth_ca.certificate
    return lambda fetch: revocation_of(holder.certificate, issuer, fetch=fetch, at=now)


class Answers:
    """A network of two addresses; one that is not set cannot be reached."""

    def __init__(self, *, ocsp: bytes | None = None, crl: bytes | None = None) -> None:
        self._answers = {OCSP_URL: ocsp, CRL_URL: crl}
        self.asked: list[tuple[str, bool]] = []

    def __call__(self, url: str, body: bytes | None) -> bytes:
        self.asked.append((url, body is not None))
        answer = self._answers[url]
        if answer is None:
            raise OSError("unreachable")
        return answer


def answer(
    signer: Issued,
    issuer: x509.Certificate,
    subject: x509.Certificate,
    at: datetime,
    *,
    revoked: bool = False,
    age: timedelta = HOUR,
    ends: bool = True,
    delegated: bool = False,
    algorithm: hashes.HashAlgorithm | None = None,
) -> bytes:
    """Answer as a responder does about *subject*."""
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=subject,
        issuer=issuer,
        algorithm=algorithm or hashes.SHA1(),
        cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
        this_update=at - age,
        next_update=at - age + DAY if ends else None,
        revocation_time=at - DAY if revoked else None,
        revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    if delegated:
        builder = builder.certificates([signer.certificate])
    response = builder.sign(signer.private_key, signing_hash(signer.private_key))
    return response.public_bytes(Encoding.DER)


def revocation_list(
    pki: Pki,
    at: datetime,
    *,
    serials: tuple[int, ...] = (),
    age: timedelta = HOUR,
    extension: x509.ExtensionType | None = None,
) -> bytes:
    """Publish the list of the eHealth issuing CA."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(pki.ehealth_ca.certificate.subject)
        .last_update(at - age)
        .next_update(at - age + DAY)
    )
    for serial in serials:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at - DAY)
        builder = builder.add_revoked_certificate(
            entry.add_extension(x509.CRLReason(x509.ReasonFlags.superseded), False).build()
        )
    if extension is not None:
        builder = builder.add_extension(extension, critical=True)
    key = pki.ehealth_ca.private_key
    return builder.sign(key, signing_hash(key)).public_bytes(Encoding.DER)


@pytest.fixture
def good(authority: Pki, holder: Issued, now: datetime) -> bytes:
    return answer(issuer_of(authority), ca(authority), holder.certificate, now)


def issuer_of(pki: Pki) -> Issued:
    return Issued(private_key=pki.ehealth_ca.private_key, certificate=pki.ehealth_ca.certificate)


def ca(pki: Pki) -> x509.Certificate:
    return pki.ehealth_ca.certificate


def responder(pki: Pki, at: datetime, *, named: bool = True) -> Issued:
    """Make a responder with a certificate of its own."""
    profile = Profile(
        key_usage=frozenset({"digital_signature"}),
        extended=(ExtendedKeyUsageOID.OCSP_SIGNING,) if named else (),
    )
    return pki.ehealth_ca.issue(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "responder")]),
        profile,
        key=new_key("ec"),
        not_before=at - DAY,
        not_after=at + DAY,
    )


def test_a_signed_fresh_answer_is_good(
    ask: Callable[[Fetch | None], Revocation], good: bytes
) -> None:
    network = Answers(ocsp=good)
    assert ask(network) == Revocation(status="good")
    assert network.asked == [(OCSP_URL, True)]


def test_a_revoked_certificate_says_why_and_since(
    ask: Callable[[Fetch | None], Revocation], authority: Pki, holder: Issued, now: datetime
) -> None:
    said = answer(issuer_of(authority), ca(authority), holder.certificate, now, revoked=True)
    assert ask(Answers(ocsp=said)) == Revocation(
        status="revoked", reason="key_compromise", since=now - DAY
    )


def test_the_answer_may_name_the_issuer_by_another_hash(
    ask: Callable[[Fetch | None], Revocation], authority: Pki, holder: Issued, now: datetime
) -> None:
    said = answer(
        issuer_of(authority),
        ca(authority),
        holder.certificate,
        now,
        algorithm=hashes.SHA256(),
    )
    assert ask(Answers(ocsp=said)).status == "good"


def test_a_responder_that_the_issuer_named_may_answer(
    ask: Callable[[Fetch | None], Revocation], authority: Pki, holder: Issued, now: datetime
) -> None:
    said = answer(responder(authority, now), ca(authority), holder.certificate, now, delegated=True)
    assert ask(Answers(ocsp=said)).status == "good"


@pytest.mark.parametrize("who", ["not-named", "out-of-date", "stranger", "holder"])
def test_nobody_else_may_answer(
    who: str,
    ask: Callable[[Fetch | None], Revocation],
    authority: Pki,
    holder: Issued,
    now: datetime,
) -> None:
    stranger = Pki.create(now, key="ec")
    signer = {
        "not-named": lambda: responder(authority, now, named=False),
        "out-of-date": lambda: responder(authority, now - 9 * DAY),
        "stranger": lambda: responder(stranger, now),
        "holder": lambda: holder,
    }[who]()
    said = answer(signer, ca(authority), holder.certificate, now, delegated=True)
    assert ask(Answers(ocsp=said)) == Revocation(status="not-checked", reason="unreachable")
    assert ask(Answers(ocsp=said, crl=b"x")).reason == "malformed"


@pytest.mark.parametrize(
    ("age", "ends", "status"),
    [
        (2 * DAY, True, "not-checked"),
        (-HOUR, True, "not-checked"),
        (6 * DAY, False, "good"),
        (8 * DAY, False, "not-checked"),
    ],
)
def test_answers_do_not_last(
    age: timedelta,
    ends: bool,
    status: str,
    ask: Callable[[Fetch | None], Revocation],
    authority: Pki,
    holder: Issued,
    now: datetime,
) -> None:
    said = answer(issuer_of(authority), ca(authority), holder.certificate, now, age=age, ends=ends)
    assert ask(Answers(ocsp=said)).status == status


def test_an_answer_about_somebody_else_says_nothing(
    ask: Callable[[Fetch | None], Revocation], authority: Pki, now: datetime
) -> None:
    other = authority.iam_signer.certificate
    said = answer(issuer_of(authority), ca(authority), other, now)
    assert ask(Answers(ocsp=said)).status == "not-checked"


def test_a_refusal_to_answer_says_nothing(ask: Callable[[Fetch | None], Revocation]) -> None:
    refused = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    network = Answers(ocsp=refused.public_bytes(Encoding.DER))
    assert ask(network).status == "not-checked"


@pytest.mark.parametrize("cut", [0, 1, 40, 200])
def test_a_damaged_answer_says_nothing(
    cut: int, ask: Callable[[Fetch | None], Revocation], good: bytes
) -> None:
    assert ask(Answers(ocsp=good[:cut])).status == "not-checked"


def test_a_changed_byte_in_the_signature_is_noticed(
    ask: Callable[[Fetch | None], Revocation], good: bytes
) -> None:
    changed = good[:-1] + bytes([good[-1] ^ 1])
    assert ask(Answers(ocsp=changed)).status == "not-checked"


def test_the_list_is_read_when_the_responder_is_silent(
    ask: Callable[[Fetch | None], Revocation], authority: Pki, now: datetime
) -> None:
    network = Answers(crl=revocation_list(authority, now))
    assert ask(network) == Revocation(status="good")
    assert network.asked == [(OCSP_URL, True), (CRL_URL, False)]


def test_a_certificate_on_the_list_is_revoked(
    ask: Callable[[Fetch | None], Revocation], authority: Pki, holder: Issued, now: datetime
) -> None:
    listed = revocation_list(authority, now, serials=(5, holder.certificate.serial_number))
    assert ask(Answers(crl=listed)) == Revocation(
        status="revoked", reason="superseded", since=now - DAY
    )


def test_an_old_list_says_nothing(
    ask: Callable[[Fetch | None], Revocation], authority: Pki, now: datetime
) -> None:
    listed = revocation_list(authority, now, age=2 * DAY)
    assert ask(Answers(crl=listed)) == Revocation(status="not-checked", reason="outdated")


def test_a_list_of_another_authority_says_nothing(
    ask: Callable[[Fetch | None], Revocation], now: datetime
) -> None:
    listed = revocation_list(Pki.create(now, key="ec"), now)
    assert ask(Answers(crl=listed)) == Revocation(status="not-checked", reason="untrusted")


@pytest.mark.parametrize(
    "extension",
    [
        x509.DeltaCRLIndicator(1),
        x509.IssuingDistributionPoint(
            full_name=None,
            relative_name=None,
            only_contains_user_certs=False,
            only_contains_ca_certs=True,
            only_some_reasons=None,
            indirect_crl=False,
            only_contains_attribute_certs=False,
        ),
    ],
)
def test_a_partial_list_says_nothing(
    extension: x509.ExtensionType,
    ask: Callable[[Fetch | None], Revocation],
    authority: Pki,
    now: datetime,
) -> None:
    listed = revocation_list(authority, now, extension=extension)
    assert ask(Answers(crl=listed)) == Revocation(status="not-checked", reason="unknown")


def test_without_a_way_to_ask_nothing_was_checked(
    ask: Callable[[Fetch | None], Revocation],
) -> None:
    assert ask(None) == Revocation(status="not-checked", reason="no-fetch")


def test_an_error_of_ours_counts_as_unreachable(
    ask: Callable[[Fetch | None], Revocation],
) -> None:
    def fetch(url: str, body: bytes | None) -> bytes:
        raise EhealthError("network.timeout")

    assert ask(fetch) == Revocation(status="not-checked", reason="unreachable")


def test_a_huge_answer_is_not_read(ask: Callable[[Fetch | None], Revocation]) -> None:
    network = Answers(ocsp=b"0" * 70_000, crl=b"0" * (16 * 1024 * 1024 + 1))
    assert ask(network) == Revocation(status="not-checked", reason="too-large")


def test_another_issuer_is_never_asked(pki: Pki, ec_pki: Pki, alice: Issued, now: datetime) -> None:
    network = Answers()
    found = revocation_of(alice.certificate, ca(ec_pki), fetch=network, at=now)
    assert found == Revocation(status="not-checked", reason="wrong-issuer")
    assert network.asked == []


def test_a_certificate_without_addresses_asks_nobody(pki: Pki, now: datetime) -> None:
    network = Answers()
    found = revocation_of(ca(pki), pki.ehealth_root.certificate, fetch=network, at=now)
    assert found == Revocation(status="not-checked", reason="no-address")
    assert network.asked == []
