"""Opening a session: what is needed, what is believed, what is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hilum.host import Host
from hilum.services.certificates import CertificateService
from hilum.services.openings import Order
from hilum.services.providers import ProviderService
from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import (
    CredentialRejected,
    Finding,
    HilumError,
    InamiPeriod,
    Message,
    Profession,
    RecordInvalid,
    Severity,
    StorageError,
    UserCancelled,
)

ORDER = Order(provider="7")


def refusal(service, order=ORDER) -> Exception:
    with pytest.raises((HilumError, EhealthError)) as raised:
        service.open(order)
    return raised.value


def actions(audit) -> list[tuple[str, str | None]]:
    return [(action, provider) for _at, action, provider, _data in audit.entries]


def test_a_session_is_opened_by_the_first_method_kept_and_told(service, desk, audit):
    opening = service.open(ORDER)

    assert not opening.reused
    assert opening.session.method == "eid"
    assert service.view("7").id == opening.session.id
    assert actions(audit) == [("session.opened", "7")]
    assert desk.heard == [("opened", opening.session.id)]


def test_a_provider_is_found_by_national_number(service):
    assert service.open(Order(provider="85073003328")).session.provider_id == "7"


def test_the_method_hears_what_it_needs(service, desk, people):
    service.open(Order(provider="7", method="fallback", reason="damaged"))

    (request,) = desk.requests
    assert (request.profession, request.inami, request.reason) == (
        "physiotherapist",
        "54123426501",
        "damaged",
    )
    assert request.certificate.keystore == people["7"].keystore
    assert request.renewing is None


def test_only_the_token_is_believed_not_what_the_method_says_of_it(service, clock):
    session = service.open(ORDER).session

    assert session.expires_at == clock.now() + timedelta(hours=24)
    assert (session.provider_id, session.environment, session.method) == ("7", "test", "eid")
    assert session.niss == "85073003328"
    assert session.id != "claimed"


def test_a_session_shows_no_national_number(service):
    session = service.open(ORDER).session

    assert "85073003328" not in repr(session)


def test_the_header_on_disk_holds_no_national_number(service, data_folder):
    service.open(ORDER)

    (header,) = data_folder.rglob("*.json")
    assert b"85073003328" not in header.read_bytes()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"life": timedelta(minutes=-1)}, "assertion.expired"),
        ({"life": timedelta(days=30)}, "assertion.too-long"),
    ],
)
def test_a_token_that_is_not_good_now_is_refused_and_not_kept(service, desk, change, code, audit):
    vars(desk).update(change)

    assert refusal(service).code == code
    assert service.view("7") is None
    assert audit.entries[-1][1:] == ("session.refused", "7", {"code": code, "method": None})


def test_a_token_for_another_certificate_is_refused(service, desk, people):
    desk.holder = people["8"].holder

    assert refusal(service).code == "assertion.other-holder"


def test_a_token_signed_by_another_provider_is_refused(service, desk, people):
    token = desk.token(signer=people["8"].holder)
    desk.token = lambda _provider_id: token

    assert refusal(service).code == "assertion.untrusted-signer"


def test_a_record_with_findings_is_refused_before_any_method_is_asked(service, desk, audit):
    finding = Finding(provider_id="7", code="record.niss-missing", message=Message("acme", "NISS"))
    desk.findings = [finding]

    error = refusal(service)

    assert isinstance(error, RecordInvalid)
    assert error.findings == (finding,)
    assert desk.requests == []
    assert actions(audit) == [("session.refused", "7")]


def test_a_warning_does_not_stop_the_opening(service, desk):
    message = Message("acme", "The telephone number is missing")
    desk.findings = [
        Finding(provider_id="7", code="x.y", message=message, severity=Severity.WARNING)
    ]

    assert service.open(ORDER).plan.warnings == tuple(desk.findings)


def test_without_a_certificate_in_this_environment_there_is_no_session(service, desk):
    desk.environment = "production"

    assert refusal(service).code == "certificate.missing"


def test_an_unknown_method_is_refused_with_those_that_exist(service):
    error = refusal(service, Order(provider="7", method="itsme"))

    assert (error.code, error.details["known"]) == ("usage.unknown-method", ["eid", "fallback"])


def test_without_anybody_who_keeps_certificates_the_plugin_that_would_is_named(
    make_service, desk, clock
):
    class Records:
        hilum_provider_directories = desk.hilum_provider_directories
        hilum_auth_methods = desk.hilum_auth_methods

    host = Host()
    host.register(Records(), "records")
    service = make_service(
        host=host,
        providers=ProviderService(host),
        certificates=CertificateService(host, make_service()._environment),
    )

    error = refusal(service)

    assert (error.code, error.details["plugin"]) == ("certificate.no-source", "cert_manager")


def test_a_method_of_ours_that_takes_no_part_names_its_plugin(service, desk, monkeypatch):
    from hilum.services import openings

    monkeypatch.setattr(openings, "METHOD_OWNERS", {"local": "acme"})

    assert refusal(service, Order(provider="7", method="local")).details["plugin"] == "acme"


def test_without_any_method_there_is_no_session(service, desk):
    desk.methods = ()

    assert refusal(service).code == "session.no-method"


def test_a_method_that_cannot_be_used_says_why_and_no_other_takes_its_place(service, desk):
    desk.why_not = Message("acme", "The reader is away")

    error = refusal(service)

    assert error.code == "session.method-unavailable"
    assert error.details == {"method": "eid", "why": "The reader is away"}
    assert desk.requests == []


def test_a_provider_of_two_types_without_default_must_choose(service, desk):
    doctor = Profession(name="doctor", inami=(InamiPeriod(number="10000000"),))
    desk.professions = (*desk.professions, doctor)

    assert refusal(service).code == "record.profession-missing"
    assert service.open(Order(provider="7", profession="physiotherapist")).plan.inami
    unknown = refusal(service, Order(provider="7", profession="nurse"))
    assert unknown.details["known"] == ["physiotherapist", "doctor"]


def test_a_number_whose_period_is_over_is_not_sent(service, desk, clock):
    ended = InamiPeriod(number="54123426501", end=clock.now().date() - timedelta(days=1))
    desk.professions = (Profession(name="physiotherapist", inami=(ended,)),)

    assert refusal(service).code == "record.inami-missing"


def test_the_day_is_the_one_in_belgium(service, desk, clock):
    clock.move(hours=11, minutes=30)  # 23:30 UTC is half past midnight in Brussels
    today = InamiPeriod(number="54123426501", end=clock.now().date())
    desk.professions = (Profession(name="physiotherapist", inami=(today,)),)

    assert refusal(service).code == "record.inami-missing"


def test_an_error_of_the_method_passes_and_is_audited(service, desk, audit):
    desk.refusal = CredentialRejected("card.pin-rejected", attempts_left=2)

    assert refusal(service) is desk.refusal
    assert audit.entries[-1][3] == {"code": "card.pin-rejected", "method": None}


def test_a_method_that_breaks_is_named(service, desk):
    desk.refusal = ZeroDivisionError()

    error = refusal(service)

    assert (error.code, error.details) == (
        "plugin.failed",
        {"plugin": "desk", "type": "ZeroDivisionError"},
    )


def test_a_method_that_gives_no_session_is_named(service, desk):
    desk._authenticate = lambda request: None

    assert refusal(service).code == "plugin.failed"


def test_walking_away_is_no_refusal(service, desk, audit):
    desk.refusal = UserCancelled()

    assert refusal(service).code == "cancelled"
    assert audit.entries == []


def test_a_second_opening_asks_nothing_while_half_of_the_life_is_left(service, desk, clock):
    first = service.open(ORDER).session
    clock.move(hours=11)

    second = service.open(ORDER)

    assert second.reused
    assert second.session == first
    assert len(desk.requests) == 1
    assert desk.heard == [("opened", first.id)]


def test_the_next_process_uses_the_session_too_and_holds_no_key(service, make_service, desk):
    first = service.open(ORDER).session

    again = make_service().open(ORDER)

    assert again.reused
    assert again.session == first
    assert again.session.private_key is None
    assert len(desk.requests) == 1


def test_past_half_of_its_life_a_new_session_is_opened(service, desk, clock, files):
    first = service.open(ORDER).session
    clock.move(hours=12)

    second = service.open(ORDER)

    assert not second.reused
    assert service.view("7").id == second.session.id != first.id
    assert len(list(files._folder.glob("*.token"))) == 1


def test_a_session_of_another_method_is_used_only_when_none_was_asked_for(service, desk):
    service.open(Order(provider="7", method="fallback"))

    assert service.open(ORDER).session.method == "fallback"
    assert service.open(Order(provider="7", method="fallback")).reused
    assert not service.open(Order(provider="7", method="eid")).reused


def test_a_living_session_does_not_help_a_record_that_is_not_in_order(service, desk):
    service.open(ORDER)
    desk.findings = [Finding(provider_id="7", code="x.y", message=Message("acme", "Wrong"))]

    assert isinstance(refusal(service), RecordInvalid)


def test_a_token_that_was_changed_is_not_used_again(service, desk, files):
    service.open(ORDER)
    (token,) = files._folder.glob("*.token")
    token.write_bytes(token.read_bytes().replace(b"Alice", b"Alise"))

    assert not service.open(ORDER).reused


def test_a_plan_says_what_would_be_done_and_does_nothing(service, desk, audit):
    plan = service.plan(ORDER)

    assert (plan.method.name, plan.living) == ("eid", None)
    assert (desk.requests, audit.entries, list(service.views())) == ([], [], [])


def test_an_opening_that_cannot_be_audited_is_not_kept_and_the_one_before_stays(
    service, make_service, clock
):
    first = service.open(ORDER).session
    clock.move(hours=13)

    class Full:
        def record(self, action, **data):
            raise StorageError("storage.disk-full", path="hilum.db")

    assert refusal(make_service(audit=Full())).code == "storage.disk-full"
    assert service.view("7").id == first.id


def test_a_renewal_names_the_session_it_replaces_and_uses_its_method(service, desk, audit, clock):
    first = service.open(Order(provider="7", method="fallback", reason="reader")).session
    clock.move(hours=1)

    second = service.renew("7", reason="damaged")

    request = desk.requests[-1]
    assert (request.renewing, request.reason) == (first, "damaged")
    assert second.session.method == "fallback"
    assert second.session.expires_at > first.expires_at
    assert actions(audit)[-1] == ("session.renewed", "7")
    assert service.view("7").id == second.session.id


def test_what_is_over_or_was_never_open_cannot_be_renewed(service, clock):
    with pytest.raises(HilumError, match=r"session\.none"):
        service.renew("7")
    service.open(ORDER)
    clock.move(hours=25)
    with pytest.raises(HilumError, match=r"session\.over"):
        service.renew("7")


def test_a_refused_renewal_leaves_the_session(service, desk, clock):
    first = service.open(ORDER).session
    desk.refusal = EhealthError("ehealth.unavailable")

    with pytest.raises(EhealthError):
        service.renew("7")

    assert service.load("7") == first


def test_plans_and_requests_show_no_national_number(service, desk, people):
    service.open(Order(provider="85073003328"))

    shown = repr((desk.requests, service.plan(Order(provider="85073003328"))))
    assert "85073003328" not in shown.replace(str(people["7"].keystore), "")
