"""A made-up provider who can open sessions, and the request to do so."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hilum_ehealth.testing.people import PASSWORD, PIN, Person, PlayedPlatform, make_person
from hilum_hookspecs import ActiveCertificate, AuthRequest, EhealthSession, Provider

from hilum.services.keystores import open_keystore

from .fakes import START

if TYPE_CHECKING:
    from hilum_hookspecs import PluginContext

    from .fakes import FakePrompter


def make_alice(folder: Path) -> Person:
    """Make Alice, with a keystore and a card of the simulated authorities."""
    from hilum_ehealth.testing.authority import Pki

    return make_person(folder, Pki.create(START, key="ec"))


def with_own_card(person: Person, folder: Path) -> Person:
    """Copy the card of *person* to *folder*: what a test does to it stays there."""
    card = folder / person.card.name
    shutil.copy2(person.card, card)
    return replace(person, card=card)


def request_of(person: Person, context: PluginContext[Any], prompter: FakePrompter) -> AuthRequest:
    """Ask for a session of *person*; the prompter knows the password and the PIN."""
    prompter.give("keystore-password", PASSWORD)
    prompter.give("eid-pin", PIN)
    certificate = ActiveCertificate(
        provider_id="alice",
        environment=context.environment.name,
        keystore=person.keystore,
        certificate=person.certificate,
        not_before=person.holder.certificate.not_valid_before_utc,
        not_after=person.holder.certificate.not_valid_after_utc,
        stage="complete",
    )
    return AuthRequest(
        provider=Provider(id="alice", last_name="Example", first_names="Alice", niss=person.niss),
        profession="physiotherapist",
        inami="54123426501",
        environment=context.environment,
        certificate=certificate,
        open_keystore=lambda: open_keystore(
            certificate, person.niss, prompter=prompter, progress=context.progress
        ),
        prompter=prompter,
        progress=context.progress,
    )


def session_of(request: AuthRequest, context: PluginContext[Any]) -> EhealthSession:
    """Make the session that *request* asks for; no platform signed its assertion."""
    holder = request.open_keystore()
    platform = PlayedPlatform()
    assertion = platform(clock=context.clock.now, niss=request.provider.niss, holder=holder)
    return EhealthSession.of(
        request,
        method="played",
        assertion=assertion,
        private_key=holder.private_key,
        opened_at=context.clock.now(),
    )
