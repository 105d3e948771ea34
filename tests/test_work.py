"""How much work the usual steps do: counted, because times say nothing on a busy computer."""

from __future__ import annotations

import sys

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine


@pytest.fixture
def statements():
    """Every SQL statement from now on."""
    heard = []

    def hear(_connection, _cursor, statement, *_rest):
        heard.append(statement)

    event.listen(Engine, "before_cursor_execute", hear)
    yield heard
    event.remove(Engine, "before_cursor_execute", hear)


@pytest.fixture(scope="module")
def audited():
    """Every connection that is made, and every file that is opened, from now on."""
    heard = []

    def hear(name, arguments):
        if name in ("socket.connect", "socket.getaddrinfo", "open"):
            heard.append((name, str(arguments[0])))

    sys.addaudithook(hear)  # cannot be taken back; once for all tests of this module
    return heard


def test_a_second_opening_connects_to_nobody_and_opens_no_keystore(practice, audited):
    practice.open()
    audited.clear()

    assert practice.open()["reused"]

    assert [each for each in audited if each[0] != "open"] == []
    assert [each for each in audited if each[1].endswith(".p12")] == []


def test_a_second_opening_asks_the_database_little(practice, statements):
    practice.open()
    statements.clear()

    practice.open()

    asked = [each for each in statements if each.startswith(("SELECT", "INSERT", "UPDATE"))]
    assert 0 < len(asked) <= 10
    assert [each for each in asked if not each.startswith("SELECT")] == []


def test_an_opening_connects_once_for_each_message(practice, audited):
    audited.clear()
    practice.open("--method", "fallback", "--reason", "other")
    assert len([each for each in audited if each[0] == "socket.connect"]) == 1

    practice.fine("session", "close", "--provider", "alice")
    audited.clear()
    practice.open("--method", "eid")
    assert len([each for each in audited if each[0] == "socket.connect"]) == 2


def test_an_opening_reads_the_keystore_once(practice, audited):
    audited.clear()

    practice.open("--method", "fallback", "--reason", "other")

    assert len([each for each in audited if each[1].endswith(".p12")]) == 1
