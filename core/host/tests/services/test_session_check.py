"""Checking, reading and ending a session that lies on the disk."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hilum.services.openings import Order
from hilum.services.token_files import TokenFiles
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.people import PASSWORD
from hilum_hookspecs import HilumError, Liveness, ServiceRefused, SessionError

ORDER = Order(provider="7")


@pytest.fixture
def opened(service):
    return service.open(ORDER).session


@pytest.fixture
def later(opened, make_service):
    """The next process: the session is on disk, no key is in memory."""
    return make_service()


def exchange(files: TokenFiles, data: bytes, provider_id: str = "7") -> None:
    """Put another token in the place of a provider's, and make the header fit."""
    (token,) = files._folder.glob(f"{provider_id}.*.token")
    header = files._folder / f"{provider_id}.json"
    old, new = (sha256(content).hexdigest() for content in (token.read_bytes(), data))
    header.write_text(header.read_text().replace(old, new))
    token.write_bytes(data)


def refusal(action, *arguments, **options) -> HilumError:
    with pytest.raises((HilumError, EhealthError)) as raised:
        action(*arguments, **options)
    return raised.value


def test_the_next_process_reads_the_session_without_asking_anything(opened, later, prompter):
    assert later.load("7") == opened
    assert later.load("7").private_key is None
    assert prompter.asked == []


def test_the_process_that_opened_it_holds_the_key_until_it_closes(service, opened, people):
    assert service.load("7").private_key is people["7"].holder.private_key
    service.close("7")
    service.open(ORDER)
    assert service.load("7").private_key is not None


def test_without_a_session_there_is_nothing_to_read_or_check(service):
    for action in (service.load, service.check, service.close):
        error = refusal(action, "7")
        assert (error.code, error.details) == ("session.none", {"provider": "7"})


def test_a_living_session_is_alive_and_the_answer_is_kept(later, clock):
    clock.move(minutes=15)

    result = later.check("7")

    assert result.liveness is Liveness.ALIVE
    assert result.checked_at == clock.now()
    assert later.view("7").last_check == result


def test_at_its_end_a_session_is_over(later, opened, clock):
    clock.move(hours=24)

    result = later.check("7")

    assert (result.liveness, result.cause) == (Liveness.OVER, "session.over")
    assert result.expires_at == opened.expires_at
    error = refusal(later.load, "7")
    assert error.code == "session.over"
    assert error.details["expired_at"] == opened.expires_at.isoformat()


def test_a_header_that_promises_a_later_end_makes_nothing_usable(later, files, clock):
    (header,) = files._folder.glob("*.json")
    text = header.read_text()
    header.write_text(text.replace("2026-11-24T12:00:00", "2027-11-24T12:00:00"))
    assert later.view("7").expires_at.year == 2027
    clock.move(hours=25)

    assert refusal(later.load, "7").code == "session.over"
    result = later.check("7")
    assert (result.liveness, result.expires_at.year) == (Liveness.OVER, 2026)
    assert not later.open(ORDER).reused


def test_a_changed_token_is_refused_and_the_lamp_goes_out(later, files):
    (token,) = files._folder.glob("*.token")
    exchange(files, token.read_bytes().replace(b"54123426501", b"54123426502"))

    error = refusal(later.load, "7")

    assert error.code == "session.token-refused"
    assert error.details == {"provider": "7", "cause": "assertion.signature"}
    assert later.check("7").cause == "session.token-refused"
    assert later.view("7").last_check.liveness is Liveness.OVER


def test_what_is_wrong_with_a_token_is_said_and_kept(later, files):
    (token,) = files._folder.glob("*.token")
    exchange(files, token.read_bytes().replace(b"54123426501", b"54123426502"))

    result = later.check("7")

    assert (result.cause, result.problem) == ("session.token-refused", "assertion.signature")
    assert later.view("7").last_check == result
    error = result.refusal("7")
    assert (error.code, error.details["cause"]) == ("session.token-refused", "assertion.signature")


@pytest.mark.attack("F4")
@pytest.mark.parametrize("hours", [1, 24 * 30, 24 * 365 * 20])
@pytest.mark.parametrize("probe", [False, True])
def test_before_its_own_opening_the_clock_is_wrong_and_nothing_is_known_of_the_session(
    service, opened, desk, clock, hours, probe
):
    desk.answers = [None]
    service.check("7")
    before = service.view("7")
    clock.move(hours=-hours)

    result = service.check("7", probe=probe)

    assert (result.liveness, result.cause) == (Liveness.UNKNOWN, "clock.wrong")
    error = refusal(service.load, "7")
    assert (error.code, error.details["direction"]) == ("clock.wrong", "behind")
    assert service.view("7") == before
    clock.move(hours=hours)
    assert service.check("7").liveness is Liveness.ALIVE


def test_a_clock_that_was_set_right_by_a_minute_stops_nothing(service, opened, clock):
    clock.move(minutes=-1)

    assert service.check("7").liveness is Liveness.ALIVE


def test_every_changed_byte_is_refused(later, files):
    """Also one that the platform's signature does not cover, as in an unused prefix."""
    (token,) = files._folder.glob("*.token")
    good = token.read_bytes()
    for place in range(0, len(good), 100):
        token.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        assert refusal(later.load, "7").code == "session.token-refused", place


@pytest.mark.parametrize("damage", [b"", b"<", b"\x00" * 300_000])
def test_what_is_no_token_at_all_is_refused(later, files, damage):
    exchange(files, damage)

    assert refusal(later.load, "7").code == "session.token-refused"


def test_another_persons_token_is_refused(service, later, files):
    service.open(Order(provider="8"))
    (theirs,) = files._folder.glob("8.*.token")
    exchange(files, theirs.read_bytes())

    error = refusal(later.load, "7")

    assert (error.code, error.details["cause"]) == (
        "session.token-refused",
        "assertion.other-holder",
    )


def test_an_older_token_of_the_same_person_in_the_place_of_the_new_one_is_refused(
    service, later, files, clock
):
    (first,) = files._folder.glob("*.token")
    old = first.read_bytes()
    clock.move(hours=13)
    service.open(ORDER)
    exchange(files, old)

    error = refusal(later.load, "7")

    assert (error.code, error.details["cause"]) == ("session.token-refused", "header")


def test_another_environments_token_is_refused(opened, desk, files, make_service, tmp_path):
    """The folder was copied: the header is made to fit, the signer cannot be."""
    from hilum.services.certificates import CertificateService
    from hilum_ehealth.environments import Environment
    from hilum_ehealth.testing.authority import Pki

    Pki.create(desk.clock.now(), key="ec").write_trust(tmp_path / "other-trust")
    other = Environment(name="other", endpoints={}, trust_folder=tmp_path / "other-trust")
    for path in files._folder.iterdir():
        copy = files._root / "other" / path.name
        copy.parent.mkdir(mode=0o700, exist_ok=True)
        copy.write_bytes(path.read_bytes().replace(b'"test"', b'"other"'))
        copy.chmod(0o600)
    desk.environment = "other"
    service = make_service(
        environment=other,
        files=TokenFiles(files._root, "other"),
        certificates=CertificateService(make_service()._host, other),
    )
    assert service.view("7") is not None

    error = refusal(service.load, "7")

    assert error.code == "session.token-refused"
    assert error.details["cause"] == "assertion.untrusted-signer"
    assert service.check("7").liveness is Liveness.OVER


def test_a_header_that_names_a_profession_without_record_is_refused(later, files):
    (header,) = files._folder.glob("*.json")
    header.write_text(header.read_text().replace("physiotherapist", "doctor"))

    assert refusal(later.load, "7").code == "session.token-refused"


def test_when_the_anchors_are_gone_nothing_is_said_of_the_session(later, environment):
    for path in (environment.trust_folder / "ehealth").iterdir():
        path.unlink()

    assert refusal(later.check, "7").code.startswith("trust.")
    assert later.view("7").last_check is None


def test_a_probe_that_is_answered_says_alive_and_asks_the_password_once(
    later, desk, prompter, clock
):
    desk.answers = [None]
    prompter.give("keystore-password", PASSWORD)

    for _number in range(2):
        assert later.check("7", probe=True).liveness is Liveness.ALIVE
        clock.move(minutes=15)

    assert prompter.asked == ["keystore-password"]
    assert all(session.private_key is not None for session in desk.probed)


def test_the_process_that_opened_the_session_asks_no_password(service, opened, desk, prompter):
    desk.answers = [None]

    assert service.check("7", probe=True).liveness is Liveness.ALIVE
    assert prompter.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        EhealthError("ehealth.refused", fault_code="SOA-01001"),
        EhealthError("ehealth.refused", fault_code="wsse:FailedAuthentication"),
        ServiceRefused("acme.refused"),
    ],
)
def test_a_session_that_the_platform_refuses_is_over_until_a_probe_says_otherwise(
    service, opened, desk, answer, clock
):
    desk.answers = [answer]

    result = service.check("7", probe=True)

    assert (result.liveness, result.cause) == (Liveness.OVER, answer.code)
    clock.move(minutes=15)
    assert service.check("7").liveness is Liveness.OVER
    assert not service.plan(ORDER).living
    desk.answers = [None]
    assert service.check("7", probe=True).liveness is Liveness.ALIVE


@pytest.mark.parametrize(
    "answer",
    [
        EhealthError("network.timeout"),
        EhealthError("ehealth.unavailable", fault_code="SOA-02001"),
        EhealthError("ehealth.refused", fault_code="SOA-01002"),
        EhealthError("ehealth.refused", fault_code="SOA-03006"),
        EhealthError("ehealth.answer"),
        EhealthError("clock.wrong"),
        ZeroDivisionError(),
    ],
)
def test_what_is_no_answer_about_the_session_leaves_it_unknown(service, opened, desk, answer):
    desk.answers = [answer]

    assert service.check("7", probe=True).liveness is Liveness.UNKNOWN


def test_an_outage_is_dated_from_its_first_check(service, opened, desk, clock):
    desk.answers = [EhealthError("network.unreachable")]
    began = clock.now()

    first = service.check("7", probe=True)
    clock.move(minutes=15)
    second = service.check("7", probe=True)

    assert first.since == second.since == began
    assert second.cause == "network.unreachable"


def test_a_local_check_keeps_what_a_probe_left_unknown_until_a_probe_is_answered(
    service, opened, desk, clock
):
    desk.answers = [EhealthError("network.unreachable"), None]
    began = clock.now()
    service.check("7", probe=True)
    clock.move(minutes=15)

    local = service.check("7")

    assert (local.liveness, local.since) == (Liveness.UNKNOWN, began)
    assert local.checked_at == clock.now()
    assert service.check("7", probe=True).liveness is Liveness.ALIVE
    assert service.check("7").liveness is Liveness.ALIVE


def test_without_a_probe_the_platform_cannot_be_asked_and_no_password_is(later, prompter):
    assert refusal(later.check, "7", probe=True).code == "session.no-probe"
    assert prompter.asked == []


def test_a_wrong_keystore_password_says_nothing_of_the_session(later, desk, prompter):
    desk.answers = [None]
    prompter.give("keystore-password", "wrong")

    assert refusal(later.check, "7", probe=True).code == "keystore.password-rejected"
    assert later.view("7").last_check is None


def test_the_end_comes_before_the_probe(later, desk, clock, prompter):
    desk.answers = [None]
    clock.move(hours=25)

    assert later.check("7", probe=True).liveness is Liveness.OVER
    assert (desk.probed, prompter.asked) == ([], [])


def kept_files(folder):
    return [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]


def test_a_session_is_closed_and_told_also_when_that_cannot_be_written_down(
    make_service, opened, data_folder, desk
):
    class BrokenAudit:
        def record(self, action, **_data):
            raise EhealthError("storage.disk-full", path="hilum.db")

    error = refusal(make_service(audit=BrokenAudit()).close, "7")

    assert kept_files(data_folder) == []
    assert desk.heard[-1] == ("closed", opened.id)
    assert (error.code, error.details) == (
        "storage.close-not-audited",
        {"provider": "7", "session": opened.id, "cause": "storage.disk-full"},
    )


def test_closing_removes_token_and_header_and_is_told(later, opened, data_folder, audit, desk):
    later.close("7")

    assert kept_files(data_folder) == []
    assert audit.entries[-1][1:] == ("session.closed", "7", {"session": opened.id})
    assert desk.heard[-1] == ("closed", opened.id)
    assert refusal(later.close, "7").code == "session.none"


def test_closing_one_session_leaves_the_others(service, opened):
    service.open(Order(provider="8"))

    service.close("7")

    assert [view.provider_id for view in service.views()] == ["8"]
    assert service.load("8").private_key is not None


def test_closing_needs_neither_record_nor_certificate(later, desk):
    desk.people = {}

    later.close("7")

    assert not later.views()


def test_a_check_that_ends_after_the_session_was_closed_brings_nothing_back(
    service, opened, desk, data_folder
):
    def close_meanwhile(session, environment):
        service.close("7")

    desk.answers = [None]
    desk._ask = close_meanwhile

    assert service.check("7", probe=True).liveness is Liveness.ALIVE
    assert kept_files(data_folder) == []


def test_an_error_of_the_session_is_of_the_contract(later, clock):
    clock.move(hours=25)

    with pytest.raises(SessionError):
        later.load("7")
