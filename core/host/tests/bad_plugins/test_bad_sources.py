"""A broken directory or certificate source hides nothing of another one."""

from __future__ import annotations

import pytest
from hilum.services.certificates import CertificateService
from hilum.services.providers import ProviderService
from hilum.testing.plugins import host_of, offering, raising
from hilum_ehealth.environments import Environment
from hilum_hookspecs import (
    ActiveCertificate,
    CertificateSource,
    HilumError,
    Message,
    Provider,
    ProviderDirectory,
    ServiceUnreachable,
)

ALICE = Provider(id="1", last_name="Example")
LABEL = Message("acme", "Acme")


def directory(find, all_=lambda: (), name="hr"):
    value = ProviderDirectory(name=name, find=find, all=all_)
    return offering("hilum_provider_directories", lambda: [value])


OURS = directory(lambda text: [ALICE] if text == "1" else [], lambda: [ALICE], "records")
BROKEN = [
    directory(raising(KeyError()), raising(KeyError())),
    directory(raising(ServiceUnreachable()), raising(ServiceUnreachable())),
    directory(lambda text: [7], lambda: [Provider(id=7, last_name="x")]),
    offering("hilum_provider_directories", raising(RuntimeError())),
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_directory_does_not_hide_the_records_of_another(broken):
    host = host_of(acme=broken, provider_records=OURS, ours=["provider_records"])
    service = ProviderService(host)

    assert service.find("1") is ALICE
    assert service.all() == [ALICE]
    assert {failure.plugin for failure in host.failures} == {"acme"}


@pytest.mark.parametrize("broken", BROKEN)
def test_what_only_a_broken_directory_could_have_is_its_failure(broken):
    service = ProviderService(host_of(acme=broken, provider_records=OURS))

    with pytest.raises(HilumError) as raised:
        service.find("2")

    assert raised.value.code in ("plugin.failed", "network.unreachable")


def source(active, name="vault"):
    value = CertificateSource(name=name, label=LABEL, active=active, find=lambda folder: ())
    return offering("hilum_certificate_sources", lambda: [value])


@pytest.mark.parametrize(
    "broken", [source(raising(KeyError())), offering("hilum_certificate_sources", lambda: [1])]
)
def test_a_broken_certificate_source_does_not_hide_the_next(broken, tmp_path):
    from datetime import UTC, datetime

    known = ActiveCertificate(
        provider_id="1",
        environment="test",
        keystore=tmp_path,
        certificate=b"",
        not_before=datetime(2026, 1, 1, tzinfo=UTC),
        not_after=datetime(2027, 1, 1, tzinfo=UTC),
        stage="complete",
    )
    environment = Environment(name="test", endpoints={}, trust_folder=tmp_path)
    knows = source(lambda provider_id, name: known if provider_id == "1" else None, "ours")
    service = CertificateService(host_of(acme=broken, cert_manager=knows), environment)

    assert service.active("1") is known
    with pytest.raises(HilumError) as raised:
        service.active("2")
    assert raised.value.details["plugin"] == "acme"
