"""What the tests of the eHealthBox share: Alice, her session, and a box that a test fills."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hilum_ehealth.ehbox import BoxInfo
from hilum_ehealth.ehbox.messages import MessageHeader, Sender, Source
from hilum_ehealthbox.model import Folder
from hilum_ehealthbox.plugin import Plugin
from hilum_ehealthbox.synchronising import How, Synchroniser
from hilum_ehealthbox.tables import metadata
from hilum_hookspecs import EhealthSession, Provider, SessionView

NISS = "85073003328"


def header(number: int, **changes: object) -> MessageHeader:
    fields: dict[str, object] = {
        "id": f"M{number:012}",
        "sender": Sender(id="0809394427", type="CBE", quality="HOSPITAL", name="Hospital"),
        "title": f"Report {number}",
        "published": date(2029, 12, 31),
        "expires": date(2030, 6, 30),
        "size": 2048,
        "content_type": "DOCUMENT",
        "mime_type": "application/pdf",
        "application": "Care",
        "important": False,
        "encrypted": True,
        "has_annex": False,
    }
    return MessageHeader(**{**fields, **changes})


@dataclass
class FakeBox:
    """A box with so many messages; ``failure`` is raised by the call of the number that it says."""

    count: int = 3
    standing_by: int = 0
    failure: Exception | None = None
    failing_call: int = 0
    calls: list[tuple[object, ...]] = field(default_factory=list)
    headers: list[MessageHeader] | None = None

    def info(self) -> BoxInfo:
        self._called("info")
        return BoxInfo(
            box_id=NISS,
            box_type="INSS",
            quality="PHYSIOTHERAPIST",
            current_size=20_480,
            max_size=10_485_760,
            standing_by=self.standing_by,
        )

    def messages(self, source: Source, first: int, last: int) -> list[MessageHeader]:
        self._called(source, first, last)
        all_ = self.headers or [header(number) for number in range(self.count, 0, -1)]
        return all_[first - 1 : last]

    def _called(self, *call: object) -> None:
        if self.failure is not None and len(self.calls) == self.failing_call:
            raise self.failure
        self.calls.append(call)


@pytest.fixture
def alice():
    return Provider(id="alice", last_name="Example", first_names="Alice", niss=NISS)


@pytest.fixture
def make_header():
    return header


@pytest.fixture
def box():
    return FakeBox()


@pytest.fixture
def context(hilum_context, hilum_clock, alice):
    from hilum.testing.fakes import FakeProviders

    made = hilum_context(Plugin, tables=lambda: metadata, providers=FakeProviders(records=[alice]))
    made.sessions.opens = lambda provider_id: session(hilum_clock.now())
    return made


def session(now, **changes):
    fields = {
        "id": "_1",
        "provider_id": "alice",
        "environment": "test",
        "method": "eid",
        "profession": "physiotherapist",
        "opened_at": now,
        "not_before": now,
        "expires_at": now + timedelta(hours=24),
        "niss": NISS,
        "assertion": b"",
    }
    return EhealthSession(**{**fields, **changes})


@pytest.fixture
def open_session(context, hilum_clock):
    """Put a living session on this computer."""

    def put():
        made = session(hilum_clock.now(), id="_living")
        context.sessions.opened["alice"] = made
        context.sessions.local["alice"] = SessionView(
            id=made.id,
            provider_id="alice",
            environment="test",
            method=made.method,
            profession=made.profession,
            opened_at=made.opened_at,
            not_before=made.not_before,
            expires_at=made.expires_at,
        )

    return put


@pytest.fixture
def synchronise(context, alice, box):
    def run(source=Source.INBOX, **how):
        return Synchroniser(context, connect=lambda session: box).run(alice, source, How(**how))

    return run


@pytest.fixture
def kept(context):
    """Read what is known of Alice's folder."""

    def read(source=Source.INBOX, environment="test"):
        from hilum_ehealthbox import store

        folder = Folder(provider_id="alice", environment=environment, source=source)
        with context.storage.begin() as connection:
            return store.contents(connection, folder)

    return read
