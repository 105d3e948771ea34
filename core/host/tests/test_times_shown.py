"""Instants at the end of all time, and a clock before the start of a session, are shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hilum.catalogue.values import readable
from hilum.cli.session_shown import local_state
from hilum_hookspecs import Liveness, SessionView
from hilum_hookspecs.words import moment

END_OF_TIME = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_a_certificate_without_end_has_a_date_that_can_be_shown():
    assert moment(END_OF_TIME) == readable(END_OF_TIME) == "31/12/9999 23:59"


def test_before_its_start_nothing_is_known_of_a_session():
    start = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    view = SessionView(
        id="_1",
        provider_id="7",
        environment="test",
        method="eid",
        profession="nurse",
        opened_at=start,
        not_before=start,
        expires_at=start + timedelta(hours=24),
    )

    assert local_state(view, start - timedelta(seconds=1)) is Liveness.UNKNOWN
    assert local_state(view, start) is Liveness.ALIVE
