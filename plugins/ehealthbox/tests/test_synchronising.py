"""Synchronising: all or nothing, and every end of it is noted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hilum_ehealth.ehbox.messages import Source
from hilum_ehealth.errors import EhealthError
from hilum_ehealthbox.model import Failure
from hilum_ehealthbox.synchronising import How, Synchroniser
from hilum_ehealthbox.tables import message, synchronisation
from hilum_hookspecs import (
    CheckResult,
    ConfigurationError,
    HilumError,
    Liveness,
    Provider,
    SecretMissing,
    SessionError,
    UserCancelled,
)
from sqlalchemy import select, union


def ids(contents):
    return [int(header.id[1:]) for header in contents.messages]


def audited(context):
    return [(action, provider, data) for _at, action, provider, data in context.audit.entries]


def unavailable():
    return EhealthError("ehealth.unavailable", fault_code="SOA-02001")


def test_what_the_box_holds_is_kept_in_its_order(synchronise, kept, hilum_clock):
    outcome = synchronise()

    assert ids(kept()) == [3, 2, 1]
    success = kept().synchronisation.success
    assert success == outcome.success
    assert (success.at, success.messages, success.quality) == (
        hilum_clock.now(),
        3,
        "PHYSIOTHERAPIST",
    )
    assert (success.current_size, success.max_size) == (20_480, 10_485_760)
    assert kept().synchronisation.failure is None


def test_a_header_is_kept_whole(synchronise, kept, box, make_header):
    odd = make_header(1, title="é" * 400, size=None, important=True, has_annex=True)
    box.headers = [odd]
    synchronise()
    assert kept().messages == (odd,)


def test_every_page_is_read_and_said(synchronise, kept, box, context):
    box.count = 250
    synchronise()
    assert len(kept().messages) == 250
    assert box.calls == [
        ("info",),
        (Source.INBOX, 1, 100),
        (Source.INBOX, 100, 199),
        (Source.INBOX, 199, 298),
        (Source.INBOX, 250, 349),
    ]
    assert len(context.progress.steps) == 5


@pytest.mark.attack("F2")
def test_a_message_that_no_answer_can_hold_is_counted_and_hides_no_other(
    synchronise, kept, box, monkeypatch
):
    told = box.messages

    def tell(source, first, last):
        if first <= 2 <= last:
            raise EhealthError("network.answer-too-large", limit=1)
        return told(source, first, last)

    monkeypatch.setattr(box, "messages", tell)

    outcome = synchronise()

    assert (outcome.success.messages, outcome.success.too_large, outcome.new) == (3, 1, 2)
    assert ids(kept()) == [3, 1]
    assert kept().synchronisation.success == outcome.success


def test_only_messages_that_were_not_known_are_new(synchronise, box):
    assert synchronise().new == 3
    box.count = 5
    assert synchronise().new == 2


def test_what_is_gone_from_the_box_is_gone_here(synchronise, kept, box):
    synchronise()
    box.count = 1
    synchronise()
    assert ids(kept()) == [1]


@pytest.fixture
def bob(context, box):
    """A provider whose box was synchronised."""
    record = Provider(id="bob", last_name="Builder")
    context.providers.records.append(record)
    Synchroniser(context, connect=lambda session: box).run(record, Source.INBOX, How())
    return record


def known(context):
    with context.storage.begin() as connection:
        tables = (message, synchronisation)
        ids = [select(table.c.provider_id) for table in tables]
        return {each for (each,) in connection.execute(union(*ids))}


def test_what_is_known_of_a_provider_goes_with_its_record(synchronise, context, bob):
    synchronise()
    assert known(context) == {"alice", "bob"}

    context.providers.records.remove(bob)
    synchronise()

    assert known(context) == {"alice"}


def test_what_is_known_stays_while_the_records_cannot_be_had(
    synchronise, context, bob, monkeypatch
):
    def find(text):
        raise HilumError("plugin.failed", plugin="acme")

    monkeypatch.setattr(context.providers, "find", find)
    synchronise()

    assert known(context) == {"alice", "bob"}


def test_folders_and_environments_are_kept_apart(synchronise, kept, box):
    synchronise()
    box.count = 1
    synchronise(Source.SENTBOX)
    assert len(kept().messages) == 3
    assert len(kept(Source.SENTBOX).messages) == 1
    assert kept(environment="production").synchronisation.success is None


def test_a_session_is_opened_as_the_user_says_when_there_is_none(synchronise, context):
    outcome = synchronise(method="fallback", reason="damaged", profession="nurse")
    assert outcome.opened
    assert context.sessions.openings == [
        {"method": "fallback", "reason": "damaged", "profession": "nurse"}
    ]


def test_a_living_session_is_used(synchronise, context, open_session):
    open_session()
    outcome = synchronise()
    assert not outcome.opened
    assert context.sessions.openings == []


def test_a_success_is_audited_with_numbers_alone(synchronise, context):
    synchronise()
    assert audited(context) == [
        ("box.synchronised", "alice", {"source": "inbox", "messages": 3, "new": 3})
    ]


@pytest.mark.parametrize("failing_call", [0, 1, 2])
def test_a_failure_keeps_the_list_and_is_noted_and_audited(
    synchronise, kept, box, context, hilum_clock, failing_call
):
    synchronise()
    before = kept()
    box.count, box.failure, box.failing_call, box.calls = 250, unavailable(), failing_call, []
    hilum_clock.advance(minutes=30)

    with pytest.raises(EhealthError, match=r"ehealth\.unavailable"):
        synchronise()

    after = kept()
    assert after.messages == before.messages
    assert after.synchronisation.success == before.synchronisation.success
    assert after.synchronisation.failure == Failure(
        at=hilum_clock.now(), code="ehealth.unavailable", fault_code="SOA-02001"
    )
    assert audited(context)[-1] == (
        "box.synchronisation-failed",
        "alice",
        {"source": "inbox", "code": "ehealth.unavailable", "fault_code": "SOA-02001"},
    )


def test_the_first_try_of_all_may_fail(synchronise, kept, box):
    box.failure = unavailable()
    with pytest.raises(EhealthError):
        synchronise()
    assert kept().synchronisation.success is None
    assert kept().synchronisation.failure.code == "ehealth.unavailable"


def test_a_success_ends_the_failure(synchronise, kept, box):
    box.failure = unavailable()
    with pytest.raises(EhealthError):
        synchronise()
    box.failure = None
    synchronise()
    assert kept().synchronisation.failure is None


def test_a_session_that_cannot_be_opened_is_a_failure_too(synchronise, kept, context):
    def refuse(provider_id):
        raise SecretMissing("eid-pin")

    context.sessions.opens = refuse
    with pytest.raises(SecretMissing):
        synchronise()
    assert kept().synchronisation.failure.code == "secret.missing"


@pytest.mark.parametrize(
    "error", [UserCancelled(), ConfigurationError("usage.unknown-method")], ids=lambda e: e.code
)
def test_what_was_never_tried_is_no_failure(synchronise, kept, context, error):
    def refuse(provider_id):
        raise error

    context.sessions.opens = refuse
    with pytest.raises(type(error)):
        synchronise()
    assert kept().synchronisation.failure is None
    assert audited(context) == []


def test_the_user_can_stop_between_two_pages_and_nothing_changes(synchronise, kept, box, context):
    synchronise()
    box.count = 250
    read = box.messages

    def stop_after(source, first, last):
        context.progress.stop = True
        return read(source, first, last)

    box.messages = stop_after
    with pytest.raises(UserCancelled):
        synchronise()
    assert len(kept().messages) == 3
    assert kept().synchronisation.failure is None


def refused_session():
    return EhealthError("ehealth.refused", fault_code="SOA-01001", meaning="not-authenticated")


def test_a_session_that_the_platform_refuses_is_checked_so_that_it_is_known_as_over(
    synchronise, kept, box, context, open_session, hilum_clock
):
    open_session()
    box.failure = refused_session()
    context.sessions.answers.append(
        CheckResult(
            liveness=Liveness.OVER,
            checked_at=hilum_clock.now(),
            expires_at=hilum_clock.now(),
            cause="ehealth.refused",
        )
    )

    with pytest.raises(SessionError, match=r"session\.not-accepted"):
        synchronise()

    assert context.sessions.checks == [("alice", True)]
    assert kept().synchronisation.failure.code == "session.not-accepted"


def test_a_refusal_that_the_check_does_not_confirm_stays_what_it_is(synchronise, box, open_session):
    open_session()
    box.failure = refused_session()
    with pytest.raises(EhealthError, match=r"ehealth\.refused"):
        synchronise()


def test_a_refusal_that_is_not_about_the_session_checks_nothing(
    synchronise, box, context, open_session
):
    open_session()
    box.failure = EhealthError("ehealth.refused", fault_code="810", fault_text="Not accessible")
    with pytest.raises(EhealthError, match=r"ehealth\.refused"):
        synchronise()
    assert context.sessions.checks == []


def test_an_environment_without_a_box_is_refused_before_anything_is_asked(
    context, alice, box, hilum_secrets
):
    bare = replace(context, environment=replace(context.environment, endpoints={}))
    with pytest.raises(ConfigurationError) as caught:
        Synchroniser(bare, connect=lambda session: box).run(alice, Source.INBOX, How())
    assert caught.value.code == "settings.no-ehealthbox"
    assert caught.value.exit_code == 2
    assert context.sessions.openings == []
    assert hilum_secrets.asked == []
