"""A validator that fails makes every record not valid, and its plugin is named."""

from __future__ import annotations

import pytest
from hilum.services.providers import ProviderService
from hilum.testing.plugins import host_of, offering, raising
from hilum_hookspecs import (
    Finding,
    HilumError,
    Message,
    Provider,
    Purpose,
    RecordValidator,
)
from hilum_hookspecs.words import show

ALICE = Provider(id="1", last_name="Example")
LABEL = Message("acme", "Acme")


def half_of_them():
    yield RecordValidator(name="fine", check=lambda records, purpose: ())
    raise RuntimeError


@pytest.mark.attack("I1")
@pytest.mark.parametrize(
    "answer",
    [
        raising(RuntimeError()),
        raising(SystemExit()),
        raising(HilumError("acme.no")),
        half_of_them,
        lambda: 3,
        lambda: ["validator"],
        lambda: [RecordValidator(name="x", check=None)],
        lambda: [RecordValidator(name="x", check=lambda r, p: (), purposes=None)],
        lambda: [RecordValidator(name="x", check=lambda r, p: ())] * 2,
    ],
)
def test_a_plugin_whose_validators_cannot_be_had_makes_every_record_not_valid(answer):
    host = host_of(acme=offering("hilum_record_validators", answer))

    findings = ProviderService(host).check([ALICE], Purpose.EHEALTH_LOGIN)

    assert {each.code for each in findings} == {"record.validator-failed"}
    assert "acme" in show(findings[0].message)


def test_a_refused_plugin_that_declares_validators_makes_every_record_not_valid():
    refused = offering("hilum_record_validators", lambda: ())
    refused.hilum_misspelt = lambda self: None

    (finding,) = ProviderService(host_of(acme=refused)).check([ALICE], Purpose.SAVE)

    assert finding.code == "record.validator-failed"


@pytest.mark.parametrize(
    "finding",
    [
        Finding(provider_id="1", code="a.b", message="text"),
        Finding(provider_id="1", code="a.b", message=LABEL, severity="error"),
    ],
)
def test_findings_with_wrong_contents_make_the_record_not_valid(finding):
    validator = RecordValidator(name="x", check=lambda records, purpose: [finding])
    host = host_of(acme=offering("hilum_record_validators", lambda: [validator]))

    (found,) = ProviderService(host).check([ALICE], Purpose.SAVE)

    assert found.code == "record.validator-failed"
    assert host.failures[0].plugin == "acme"
