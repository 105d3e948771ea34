"""Certificates of every source, in one environment."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hilum.host import Host
from hilum.services.certificates import CertificateService
from hilum_ehealth.environments import Environment
from hilum_hookspecs import (
    ActiveCertificate,
    CertificateError,
    CertificateSource,
    HilumError,
    Message,
    hookimpl,
)


def certificate(provider_id: str, environment: str = "test", source: str = "") -> ActiveCertificate:
    return ActiveCertificate(
        provider_id=provider_id,
        environment=environment,
        keystore=Path(source),
        certificate=b"",
        not_before=datetime(2026, 1, 1, tzinfo=UTC),
        not_after=datetime(2029, 1, 1, tzinfo=UTC),
        stage="complete",
    )


class Vault:
    """A plugin whose source answers what the test says."""

    def __init__(self, name, answer):
        self._name, self._answer = name, answer

    @hookimpl
    def hilum_certificate_sources(self):
        yield CertificateSource(
            name=self._name,
            label=Message("acme", "Vault"),
            active=self._answer,
            find=lambda folder: (),
        )


def certificates(**answers) -> CertificateService:
    host = Host()
    for name, answer in answers.items():
        host.register(Vault(name, answer), name)
    return CertificateService(
        host, Environment(name="test", endpoints={}, trust_folder=Path("trust"))
    )


def test_the_first_source_that_knows_one_is_used():
    service = certificates(
        c=lambda *asked: certificate(*asked, source="c"),
        b=lambda *asked: certificate(*asked, source="b"),
        a=lambda *asked: None,
    )

    assert service.active("7").keystore == Path("b")


def test_nobody_knows_one():
    assert certificates().active("7") is None
    assert certificates(a=lambda *asked: None).active("7") is None


def test_the_environment_of_now_is_asked_for():
    asked = []
    certificates(a=lambda *question: asked.append(question)).active("7")

    assert asked == [("7", "test")]


@pytest.mark.parametrize(
    "answer", [certificate("8"), certificate("7", "production"), "certificate", 1]
)
def test_an_answer_to_another_question_is_its_plugins_failure(answer):
    with pytest.raises(HilumError) as raised:
        certificates(a=lambda *asked: answer).active("7")

    assert (raised.value.code, raised.value.details["plugin"]) == ("plugin.failed", "a")
    assert raised.value.details["type"] == "ContractError"


def test_a_refusal_of_ours_passes_and_no_other_source_hides_it():
    def refuse(*asked):
        raise CertificateError("certificate.expired")

    with pytest.raises(CertificateError):
        certificates(a=refuse, b=lambda *asked: certificate(*asked)).active("7")
