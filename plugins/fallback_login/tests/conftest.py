from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from hilum_ehealth.testing.people import PASSWORD, PIN, PlayedPlatform, make_person
from hilum_hookspecs import ActiveCertificate, AuthRequest, Provider


@pytest.fixture(scope="session")
def pki():
    from hilum.testing.fakes import START
    from hilum_ehealth.testing.authority import Pki

    return Pki.create(START, key="ec")


@pytest.fixture(scope="session")
def alice_made_once(tmp_path_factory, pki):
    return make_person(tmp_path_factory.mktemp("alice"), pki)


@pytest.fixture
def alice(tmp_path, alice_made_once):
    card = tmp_path / alice_made_once.card.name
    shutil.copy2(alice_made_once.card, card)
    return replace(alice_made_once, card=card)


@pytest.fixture
def platform():
    return PlayedPlatform()


@pytest.fixture
def request_to_open(alice, hilum_context, hilum_secrets):
    hilum_secrets.give("keystore-password", PASSWORD)
    hilum_secrets.give("eid-pin", PIN)
    context = hilum_context()
    certificate = alice.holder.certificate
    return AuthRequest(
        provider=Provider(id="alice", last_name="Example", first_names="Alice", niss=alice.niss),
        profession="physiotherapist",
        inami="54123426501",
        environment=context.environment,
        certificate=ActiveCertificate(
            provider_id="alice",
            environment=context.environment.name,
            keystore=alice.keystore,
            certificate=alice.certificate,
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            stage="complete",
        ),
        prompter=hilum_secrets,
        progress=context.progress,
    )
