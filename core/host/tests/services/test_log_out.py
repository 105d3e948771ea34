"""After the end of a session nothing of it is left: in memory, in files, in the database."""

from __future__ import annotations

import gc
import sys

import pytest
from hilum.services.audit import AuditLog
from hilum.services.openings import Order


def holders(thing: object) -> int:
    """Count the references to *thing*."""
    gc.collect()
    return sys.getrefcount(thing)


@pytest.fixture
def service(make_service, database, clock, data_folder):
    audit = AuditLog(database, clock=clock, environment="test", folder=data_folder / "audit")
    return make_service(audit=audit)


def kept_bytes(folder) -> bytes:
    return b"\0".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.attack("G3")
def test_the_process_lets_go_of_the_token_and_of_the_key(service, people):
    key = people["7"].holder.private_key
    before = holders(key)
    token = service.open(Order(provider="7")).session.assertion
    assert holders(key) > before

    service.close("7")

    assert holders(key) == before
    assert holders(token) == holders(object())


@pytest.mark.attack("G3")
def test_no_file_and_no_row_has_the_token_or_a_key(service, data_folder, database, people):
    token = service.open(Order(provider="7")).session.assertion
    assert token in kept_bytes(data_folder)

    service.close("7")
    database.close()

    left = kept_bytes(data_folder)
    signature = token.partition(b"<ds:SignatureValue>")[2][:64]
    assert signature
    assert token not in left
    assert signature not in left
    assert b"PRIVATE KEY" not in left
    assert [path.name for path in (data_folder / "sessions").rglob("*") if path.is_file()] == [
        ".lock"
    ]


@pytest.mark.attack("G3")
def test_a_renewed_session_leaves_nothing_of_the_one_before(service, data_folder, clock):
    first = service.open(Order(provider="7")).session.assertion
    clock.move(hours=1)

    service.renew("7")

    assert first not in kept_bytes(data_folder)
