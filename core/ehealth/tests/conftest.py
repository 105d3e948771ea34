"""What the kit's tests share: a small authority, a person, an environment, a standing clock."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hilum_ehealth.environments import EHBOX_CONSULTATION, PATHS, STS, Environment
from hilum_ehealth.testing.authority import CitizenCard, Issued, Pki

ALICE = "85073003328"


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def pki(now: datetime) -> Pki:
    return Pki.create(now)


@pytest.fixture(scope="session")
def ec_pki(now: datetime) -> Pki:
    return Pki.create(now, key="ec")


@pytest.fixture(scope="session")
def alice(pki: Pki) -> Issued:
    """The eHealth certificate of the usual provider, RSA."""
    return pki.ehealth_certificate(niss=ALICE, name="ALICE EXAMPLE")


@pytest.fixture(scope="session")
def ec_alice(ec_pki: Pki) -> Issued:
    """The eHealth certificate of the usual provider, P-384, from another authority."""
    return ec_pki.ehealth_certificate(niss=ALICE, name="ALICE EXAMPLE")


@pytest.fixture(scope="session")
def alice_card(pki: Pki) -> CitizenCard:
    """The identity card of the usual provider, RSA."""
    return pki.citizen(niss=ALICE, given_names=("Alice", "Anne"), surname="Example")


@pytest.fixture(scope="session")
def ec_alice_card(ec_pki: Pki) -> CitizenCard:
    """The identity card of the usual provider, P-384."""
    return ec_pki.citizen(niss=ALICE, given_names=("Alice", "Anne"), surname="Example")


@pytest.fixture
def environment(pki: Pki, tmp_path: Path) -> Environment:
    """An environment whose anchors are those of ``pki``; its endpoints answer nobody."""
    folder = tmp_path / "trust"
    pki.write_trust(folder)
    return Environment(
        name="simulator",
        endpoints={
            service: f"https://127.0.0.1:9{PATHS[service]}" for service in (STS, EHBOX_CONSULTATION)
        },
        trust_folder=folder,
    )
