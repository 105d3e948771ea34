"""A token counts only when the platform itself signed it, not any certificate of its CA."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hilum_ehealth import known_anchors
from hilum_ehealth.certificates import check_assertion_signer, fingerprint
from hilum_ehealth.environments import Environment, SignerRule, built_in
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.authority import Issued, Pki
from hilum_ehealth.trust import KnownAnchor, import_anchor

PLATFORM = "0809394427"


def refusal(signer: Issued, environment: Environment, at: datetime) -> EhealthError:
    with pytest.raises(EhealthError) as refused:
        check_assertion_signer(signer.certificate, signer.chain, environment, at)
    return refused.value


def problem(signer: Issued, environment: Environment, at: datetime) -> object:
    error = refusal(signer, environment, at)
    assert error.code == "assertion.untrusted-signer"
    return error.details["problem"]


def platform(pki: Pki, application_id: str | None, **dates: datetime) -> Issued:
    return pki.organisation_certificate(
        kind="CBE",
        identifier=PLATFORM,
        name="EHEALTH-PLATFORM",
        application_id=application_id,
        key_type="ec",
        **dates,
    )


@pytest.fixture
def ec_environment(ec_pki: Pki, tmp_path: Path) -> Environment:
    ec_pki.write_trust(tmp_path / "ec")
    return Environment(name="other", endpoints={}, trust_folder=tmp_path / "ec")


def test_the_platforms_own_certificate_may_sign(
    pki: Pki, environment: Environment, now: datetime
) -> None:
    signer = pki.iam_signer
    path = check_assertion_signer(signer.certificate, (), environment, now)
    assert path == (signer.certificate, pki.ehealth_ca.certificate)


def test_it_may_sign_with_an_ec_key(
    ec_pki: Pki, ec_environment: Environment, now: datetime
) -> None:
    check_assertion_signer(ec_pki.iam_signer.certificate, (), ec_environment, now)


def test_a_good_certificate_of_another_provider_is_refused(
    environment: Environment, alice: Issued, now: datetime
) -> None:
    error = refusal(alice, environment, now)
    assert (error.code, error.details) == (
        "assertion.untrusted-signer",
        {"problem": "not-the-platform"},
    )


@pytest.mark.parametrize(
    ("kind", "identifier", "application_id"),
    [
        ("CBE", "0202239951", "IAMSIM"),
        ("EHP", PLATFORM, "IAMSIM"),
        ("CBE", PLATFORM, None),
        ("CBE", PLATFORM, "EHBOX"),
        ("CBE", PLATFORM, "XIAM"),
    ],
)
def test_other_organisations_and_applications_are_refused(
    kind: str,
    identifier: str,
    application_id: str | None,
    pki: Pki,
    environment: Environment,
    now: datetime,
) -> None:
    signer = pki.organisation_certificate(
        kind=kind,
        identifier=identifier,
        name="EHEALTH-PLATFORM",
        application_id=application_id,
        key_type="ec",
    )
    assert problem(signer, environment, now) == "not-the-platform"


def test_an_organisation_called_like_the_platform_is_refused(
    pki: Pki, environment: Environment, now: datetime
) -> None:
    signer = pki.organisation_certificate(
        kind="CBE",
        identifier="0202239951",
        name=f"CBE={PLATFORM}, IAMSIM",
        application_id="IAMSIM",
        key_type="ec",
    )
    assert problem(signer, environment, now) == "certificate.holder-ambiguous"


def test_the_platforms_name_under_another_authority_is_refused(
    ec_pki: Pki, environment: Environment, now: datetime
) -> None:
    assert problem(ec_pki.iam_signer, environment, now) == "certificate.untrusted"


def test_an_expired_signer_is_refused(pki: Pki, environment: Environment, now: datetime) -> None:
    old = platform(pki, "IAMSIM", not_after=now - timedelta(hours=1))
    assert problem(old, environment, now) == "certificate.expired"


def test_the_rule_can_be_set_per_environment(
    pki: Pki, environment: Environment, now: datetime
) -> None:
    rule = SignerRule(enterprise="0202239951", application_prefix="STS")
    other = replace(environment, signer=rule)
    signer = pki.organisation_certificate(
        kind="CBE", identifier="0202239951", name="OTHER", application_id="STS1", key_type="ec"
    )
    check_assertion_signer(signer.certificate, (), other, now)
    assert problem(pki.iam_signer, other, now) == "not-the-platform"


def test_without_anchors_the_environment_is_named(tmp_path: Path, pki: Pki, now: datetime) -> None:
    error = refusal(pki.iam_signer, built_in("production", tmp_path), now)
    assert error.code == "trust.no-anchors"
    assert error.details == {"environment": "production", "purpose": "ehealth"}


@pytest.mark.parametrize(
    ("environment_name", "application_id", "expected"),
    [
        ("production", "IAMACC", "other-environment"),
        ("production", "IAMINT", "other-environment"),
        ("acceptance", "IAMINT", "other-environment"),
        ("acceptance", "IAMACC", None),
        ("production", "IAMPROD", None),
    ],
)
def test_the_signer_of_another_environment_is_refused_though_its_authority_is_the_same(
    environment_name: str,
    application_id: str,
    expected: str | None,
    ec_pki: Pki,
    tmp_path: Path,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    ca = ec_pki.ehealth_ca.certificate
    known = KnownAnchor(
        sha256=fingerprint(ca),
        subject="test",
        environments=("production", "acceptance"),
        purpose="ehealth",
    )
    monkeypatch.setattr(known_anchors, "KNOWN_ANCHORS", (known,))
    environment = built_in(environment_name, tmp_path)
    import_anchor(
        ca.public_bytes(Encoding.PEM),
        environment.trust_folder,
        environment=environment_name,
        built_in=True,
    )
    signer = platform(ec_pki, application_id)

    if expected is None:
        check_assertion_signer(signer.certificate, (), environment, now)
    else:
        assert problem(signer, environment, now) == expected
