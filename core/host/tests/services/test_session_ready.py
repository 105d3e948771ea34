"""A session that is ready to sign: the living one when there is one, else a new one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hilum.services.openings import Order
from hilum_ehealth.testing.people import PASSWORD
from hilum_hookspecs import (
    Finding,
    InamiPeriod,
    Message,
    Profession,
    RecordInvalid,
    SecretMissing,
    ServiceRefused,
)

ORDER = Order(provider="7")


@pytest.fixture
def opened(service):
    return service.open(ORDER).session


@pytest.fixture
def later(opened, make_service):
    """The next process: the session is on disk, no key is in memory."""
    return make_service()


def test_without_a_session_one_is_opened_as_the_caller_says(service, desk, audit):
    session = service.ready("7", method="fallback", reason="damaged", profession="physiotherapist")

    (request,) = desk.requests
    assert (session.method, request.reason) == ("fallback", "damaged")
    assert session.private_key is not None
    assert [action for _at, action, *_rest in audit.entries] == ["session.opened"]


def test_a_living_session_costs_the_keystores_password_once(later, opened, desk, prompter):
    prompter.give("keystore-password", PASSWORD)

    assert later.ready("7") == opened
    assert later.ready("7").private_key is not None
    assert prompter.asked == ["keystore-password"]
    assert len(desk.requests) == 1


def test_the_process_that_opened_it_asks_nothing(service, opened, prompter):
    assert service.ready("7", method="fallback").id == opened.id
    assert prompter.asked == []


def test_a_session_is_used_to_its_very_end(service, opened, clock):
    clock.move(hours=23, minutes=59)
    assert service.ready("7").id == opened.id

    clock.move(minutes=1)
    session = service.ready("7")
    assert session.id != opened.id
    assert session.expires_at == clock.now() + timedelta(hours=24)


def test_a_session_that_the_platform_refused_is_not_used_again(service, opened, desk):
    desk.answers = [ServiceRefused("ehealth.refused", fault_code="SOA-01001")]
    service.check("7", probe=True)

    assert service.ready("7").id != opened.id


def test_a_session_for_another_profession_is_replaced(service, opened, desk):
    nurse = Profession(name="nurse", inami=(InamiPeriod(number="54123426501"),))
    desk.professions = (*desk.professions, nurse)
    desk.refusal = ServiceRefused("ehealth.refused")

    with pytest.raises(ServiceRefused):
        service.ready("7", profession="nurse")

    assert desk.requests[-1].profession == "nurse"
    assert service.ready("7", profession="physiotherapist").id == opened.id


def test_without_the_password_a_living_session_cannot_sign(later):
    with pytest.raises(SecretMissing):
        later.ready("7")


def test_what_stops_an_opening_is_told_and_audited(service, desk, audit):
    desk.findings = [Finding(provider_id="7", code="x.y", message=Message("acme", "No"))]

    with pytest.raises(RecordInvalid):
        service.ready("7")

    assert [action for _at, action, *_rest in audit.entries] == ["session.refused"]
