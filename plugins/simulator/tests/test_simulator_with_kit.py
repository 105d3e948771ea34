"""The protocol kit against the simulated platform: what works, and each refusal's code."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hilum_ehealth.credentials import Credential
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.soap.transport import Transport
from hilum_ehealth.sts import renew_token, request_token
from hilum_simulator.faults import FAULT_TEXTS, STATUS_TEXTS
from hilum_simulator.identities import Mode
from hilum_simulator.simulator import Simulator
from hilum_simulator.switches import SWITCHES

ALICE = "85073003328"


def credential(issued):
    return Credential(issued.certificate, issued.private_key)


class Person:
    """A person at a computer, with card and keystore of one key family."""

    def __init__(self, simulator, clock, family):
        pki = simulator.pki
        self.simulator = simulator
        self.clock = clock
        self.holder = credential(
            pki.ehealth_certificate(niss=ALICE, name="ALICE EXAMPLE", key_type=family)
        )
        card = pki.citizen(niss=ALICE, given_names=("Alice",), surname="Example", key_type=family)
        self.card = credential(card.authentication)

    def open(self, *, card=False, profession="physiotherapist", hours=24, **limits):
        environment = self.simulator.environment
        return request_token(
            environment=environment,
            transport=Transport(environment, **limits),
            header=self.card if card else self.holder,
            holder=self.holder,
            niss=ALICE,
            profession=profession,
            duration=timedelta(hours=hours),
            clock=self.clock.now,
        )

    def renew(self, assertion, *, card=False):
        environment = self.simulator.environment
        return renew_token(
            environment=environment,
            transport=Transport(environment),
            header=self.card if card else self.holder,
            holder=self.holder,
            assertion=assertion,
            profession="physiotherapist",
            clock=self.clock.now,
        )

    def refusal(self, **options):
        with pytest.raises(EhealthError) as caught:
            self.open(**options)
        return caught.value


@pytest.fixture(params=["rsa", "ec"])
def person(hilum_simulator, hilum_simulator_clock, request):
    return Person(hilum_simulator, hilum_simulator_clock, request.param)


@pytest.fixture
def alone(hilum_simulator, hilum_simulator_clock):
    return Person(hilum_simulator, hilum_simulator_clock, "ec")


@pytest.mark.parametrize("card", [True, False], ids=["eid", "fallback"])
def test_a_session_opens_and_is_renewed(person, card):
    first = person.open(card=card)
    second = person.renew(first, card=card)
    assert first.nihii11 == second.nihii11 == "54123426501"
    assert second.assertion_id != first.assertion_id


def test_the_limit_of_the_mode_is_what_the_token_says(alone):
    now = alone.clock.now()
    assert alone.open(card=True).not_on_or_after == now + timedelta(hours=24)
    assert alone.open().not_on_or_after == now + timedelta(hours=12)


def test_every_profession_of_the_kit_is_certified(alone):
    from dataclasses import replace

    from hilum_ehealth.sts import PROFESSIONS
    from hilum_simulator.registry import EXAMPLE

    natural = [name for name, each in PROFESSIONS.items() if not each.needs_pharmacy]
    everything = dict.fromkeys(natural, "54123426501")
    alone.simulator.registry.add(replace(EXAMPLE, professions=everything))
    assert natural
    for name in natural:
        assert alone.open(profession=name).nihii11 == "54123426501"


def test_a_pharmacy_holder_is_certified(alone):
    from dataclasses import replace

    from hilum_simulator.registry import EXAMPLE

    alone.simulator.registry.add(
        replace(EXAMPLE, professions={"pharmacy-holder": "54123426501"}, pharmacies=("27123456",))
    )
    environment = alone.simulator.environment
    token = request_token(
        environment=environment,
        transport=Transport(environment),
        header=alone.holder,
        holder=alone.holder,
        niss=ALICE,
        profession="pharmacy-holder",
        pharmacy="27123456",
        duration=timedelta(hours=1),
        clock=alone.clock.now,
    )
    assert token.nihii11 == "54123426501"


def test_a_platform_of_p384_signs_what_the_kit_trusts(hilum_simulator_clock, tmp_path):
    from hilum_ehealth.testing.authority import Pki

    pki = Pki.create(hilum_simulator_clock.now(), key="ec")
    caps = {Mode.FALLBACK: timedelta(hours=3)}
    with Simulator(pki=pki, clock=hilum_simulator_clock, folder=tmp_path, caps=caps) as simulator:
        token = Person(simulator, hilum_simulator_clock, "ec").open()
    assert token.not_on_or_after == hilum_simulator_clock.now() + timedelta(hours=3)


REFUSALS = {
    "SOA-00001": "ehealth.unavailable",
    "SOA-02001": "ehealth.unavailable",
    "SOA-02002": "ehealth.unavailable",
    "silent": "network.timeout",
    "slow": "network.timeout",
    "cut": "network.unreachable",
    "outage": "ehealth.unavailable",
    "garbage": "network.not-soap",
    "huge": "network.answer-too-large",
    "redirect": "network.redirect",
    "clock-skew": "clock.wrong",
    "wsse:MessageExpired": "ehealth.refused",
    "wrong-context": "ehealth.answer",
    "challenge-used": "ehealth.refused",
    "challenge-expired": "ehealth.refused",
    "wrong-signer": "assertion.untrusted-signer",
    "tampered": "assertion.signature",
    "other-issuer": "assertion.issuer",
    "expired-assertion": "assertion.expired",
    "not-yet-valid": "assertion.not-yet-valid",
    "too-long": "assertion.too-long",
    "other-person": "assertion.other-person",
    "other-holder": "assertion.other-holder",
    "no-profession": "assertion.not-recognised-provider",
    "revoked": "ehealth.refused",
}
REFUSALS = dict.fromkeys(FAULT_TEXTS, "ehealth.refused") | REFUSALS
HARMLESS = {"unknown-claim-refused", "messages", "arrivals", "standing-by", *STATUS_TEXTS}
"""The kit claims nothing that the platform does not know, and here asks no eHealthBox."""


@pytest.mark.parametrize("name", sorted(SWITCHES.keys() - HARMLESS))
def test_every_switch_gives_the_kit_its_own_error(alone, name):
    alone.simulator.switches.set(name)
    limit = 0.3 if name in ("silent", "slow") else 10
    error = alone.refusal(card=True, total_limit=timedelta(seconds=limit))
    assert error.code == REFUSALS[name]
    if name in FAULT_TEXTS:
        assert error.details["fault_code"] == name


def test_the_kit_asks_nothing_that_is_unknown(alone):
    alone.simulator.switches.set("unknown-claim-refused")
    assert alone.open(card=True).niss == ALICE


def test_many_sessions_are_opened_at_once(alone):
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _number: alone.open(card=True), range(24)))
    assert len({token.assertion_id for token in opened}) == 24
    assert alone.simulator.messages[-1].status == 200


def test_a_platform_that_was_stopped_cannot_be_reached(hilum_simulator_clock, tmp_path):
    from hilum_ehealth.testing.authority import Pki

    pki = Pki.create(hilum_simulator_clock.now(), key="ec")
    with Simulator(pki=pki, clock=hilum_simulator_clock, folder=tmp_path) as simulator:
        person = Person(simulator, hilum_simulator_clock, "ec")
    assert person.refusal().code == "network.unreachable"


def test_the_trust_of_another_platform_does_not_do(alone, hilum_simulator_clock, tmp_path):
    from dataclasses import replace

    from hilum_ehealth.testing.authority import Pki

    Pki.create(hilum_simulator_clock.now(), key="ec").write_trust(tmp_path)
    stranger = replace(alone.simulator.environment, trust_folder=tmp_path)
    with pytest.raises(EhealthError) as caught:
        Transport(stranger).post(stranger.endpoints["sts"], "x", b"<a/>")
    assert caught.value.code == "network.tls"
    assert not alone.simulator.messages


def test_every_call_carries_the_names_that_the_platform_asks_for(alone):
    from dataclasses import replace

    environment = replace(alone.simulator.environment, contact="desk@example.org")
    request_token(
        environment=environment,
        transport=Transport(environment),
        header=alone.holder,
        holder=alone.holder,
        niss=ALICE,
        profession="physiotherapist",
        duration=timedelta(hours=1),
        clock=alone.clock.now,
    )
    headers = alone.simulator.messages[-1].headers
    assert headers["From"] == "desk@example.org"
    assert headers["User-Agent"].startswith("hilum/")
