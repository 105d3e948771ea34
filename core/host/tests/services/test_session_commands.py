"""``hilum session``: what it shows, and its exit codes."""

from __future__ import annotations

import base64
import io
import subprocess
import sys

import pytest
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.people import PASSWORD
from hilum_hookspecs import Message, Status, StatusIndicator, StatusState, hookimpl

OPEN = ("session", "open", "--provider", "85073003328")


def test_opening_says_until_when_in_belgian_time(hilum):
    result = hilum(*OPEN)

    assert (result.exit_code, result.output) == (
        0,
        "Alice Example: the session is open until 24/11/2026 13:00 (eid).\n",
    )
    assert "test" in result.errors


def test_opening_answers_a_script(hilum):
    code, document = hilum.json(*OPEN, "--method", "fallback", "--reason", "damaged")

    assert code == 0
    assert document == {
        "environment": "test",
        "provider": "7",
        "name": "Alice Example",
        "method": "fallback",
        "profession": "physiotherapist",
        "state": "alive",
        "opened_at": "2026-11-23T12:00:00+00:00",
        "not_before": "2026-11-23T11:55:00+00:00",
        "expires_at": "2026-11-24T12:00:00+00:00",
        "reused": False,
        "warnings": [],
    }


def test_opening_again_says_that_the_session_is_open_already(hilum, desk):
    hilum(*OPEN)

    assert "open already" in hilum(*OPEN).output
    assert hilum.json(*OPEN)[1]["reused"] is True
    assert len(desk.requests) == 1


def test_a_dry_run_opens_nothing(hilum, desk):
    code, document = hilum.json(*OPEN, "--dry-run")

    assert (code, document["method"], document["reused"]) == (0, "eid", False)
    assert document["needs"] == ["keystore-password"]
    assert "would be opened (By eid)" in hilum(*OPEN, "--dry-run").output
    assert desk.requests == []
    hilum(*OPEN)
    assert "would be used" in hilum(*OPEN, "--dry-run").output
    assert "would be renewed" in hilum("session", "renew", "--dry-run").output


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--provider", "9"), "record.not-found"),
        (("--provider", "7", "--profession", "nurse"), "record.profession-unknown"),
    ],
)
def test_what_cannot_be_opened_is_exit_3(hilum, arguments, code):
    exit_code, document = hilum.json("session", "open", *arguments)

    assert (exit_code, document["error"]["code"]) == (3, code)
    assert document["error"]["message"]
    assert document["error"]["remedy"]


def test_without_any_session_the_status_is_empty_and_fine(hilum):
    code, document = hilum.json("session", "status")

    assert (code, document["sessions"], document["view"]) == (0, [], "local")
    assert "No session on this computer." in hilum("session", "status").output


def test_the_status_is_the_local_view_and_says_so(hilum):
    hilum(*OPEN)
    hilum("session", "open", "--provider", "8")

    result = hilum("session", "status")
    assert "Alice Example: open until 24/11/2026 13:00 (eid)" in result.output
    assert "local view" in result.errors
    _code, document = hilum.json("session", "status", "--provider", "7")
    (session,) = document["sessions"]
    assert (session["provider"], session["state"], session["last_check"]) == ("7", "alive", None)


def test_the_status_after_the_end_is_over(hilum, clock):
    hilum(*OPEN)
    clock.move(hours=24)

    assert "over since 24/11/2026 13:00" in hilum("session", "status").output
    assert hilum.json("session", "status")[1]["sessions"][0]["state"] == "over"


def test_the_lamps_of_plugins_are_shown_and_a_broken_one_costs_only_itself(hilum):
    class Lamps:
        def __init__(self, context):
            pass

        @hookimpl
        def hilum_status_indicators(self):
            status = Status(state=StatusState.ACTIVE, words=Message("acme", "burning"))
            for name, read in (("good", lambda provider: status), ("bad", lambda provider: 1 / 0)):
                yield StatusIndicator(name=name, label=Message("acme", name), read=read)

    hilum.plugins["lamps"] = Lamps
    hilum(*OPEN)

    assert "  good: burning\n" in hilum("session", "status").output
    (session,) = hilum.json("session", "status")[1]["sessions"]
    assert [(lamp["name"], lamp["state"]) for lamp in session["indicators"]] == [("good", "active")]


def test_a_check_of_a_living_session_is_exit_0(hilum):
    hilum(*OPEN)

    code, document = hilum.json("session", "check")
    assert (code, document["state"], document["probed"]) == (0, "alive", False)
    assert hilum("session", "check", "--provider", "7").output == (
        "Alice Example: the session is open until 24/11/2026 13:00, seen from here.\n"
    )


def test_a_check_without_session_or_after_its_end_is_exit_3(hilum, clock):
    assert hilum.json("session", "check")[1]["error"]["code"] == "session.none"
    hilum(*OPEN)
    clock.move(hours=25)

    code, document = hilum.json("session", "check")

    assert (code, document["error"]["code"]) == (3, "session.over")
    assert document["error"]["details"]["expired_at"] == "2026-11-24T12:00:00+00:00"


def test_a_probe_tells_alive_from_refused_and_from_unknown(hilum, desk):
    hilum(*OPEN)
    probe = ("session", "check", "--probe")
    secrets = {"keystore-password": PASSWORD}
    desk.answers = [None]
    assert "the platform accepts" in hilum(*probe, secrets=secrets).output

    desk.answers = [EhealthError("ehealth.refused", fault_code="SOA-01001")]
    code, document = hilum.json(*probe, secrets=secrets)
    assert (code, document["error"]["code"]) == (3, "session.not-accepted")
    assert "over: it was refused" in hilum("session", "status").output

    desk.answers = [EhealthError("network.timeout")]
    code, document = hilum.json(*probe, secrets=secrets)
    assert (code, document["error"]["code"]) == (7, "network.session-unknown")
    assert document["error"]["details"]["since"] == "2026-11-23T12:00:00+00:00"
    assert "not known since 23/11/2026 13:00" in hilum("session", "status").output


def test_a_probe_without_the_password_is_exit_2_and_names_it(hilum, desk):
    hilum(*OPEN)
    desk.answers = [None]

    code, document = hilum.json("session", "check", "--probe")

    assert (code, document["error"]["details"]) == (2, {"name": "keystore-password"})


def test_a_renewed_session_ends_later(hilum, clock):
    hilum(*OPEN)
    clock.move(hours=2)

    code, document = hilum.json("session", "renew")

    assert (code, document["expires_at"]) == (0, "2026-11-24T14:00:00+00:00")


def test_closing_says_so_and_a_second_time_is_exit_3(hilum):
    hilum(*OPEN)

    assert "would be closed" in hilum("session", "close", "--dry-run").output
    assert "is closed, its token is removed" in hilum("session", "close").output
    code, document = hilum.json("session", "close", "--provider", "7")
    assert (code, document["error"]["code"]) == (3, "session.none")
    left = [path.name for path in (hilum.folder / "sessions").rglob("*") if path.is_file()]
    assert left == [".lock"]


def test_with_several_sessions_one_must_be_named(hilum):
    hilum(*OPEN)
    hilum("session", "open", "--provider", "8")

    code, document = hilum.json("session", "close")

    assert (code, document["error"]["code"]) == (2, "usage.provider-needed")
    assert document["error"]["details"]["providers"] == ["7", "8"]


def test_the_token_is_printed_byte_for_byte(hilum):
    hilum(*OPEN)
    (kept,) = (hilum.folder / "sessions").rglob("*.token")

    assert hilum("session", "token").output.encode() == kept.read_bytes()
    _code, document = hilum.json("session", "token")
    assert base64.b64decode(document["assertion"]) == kept.read_bytes()


def test_a_token_that_was_changed_is_not_printed(hilum):
    hilum(*OPEN)
    (kept,) = (hilum.folder / "sessions").rglob("*.token")
    kept.write_bytes(kept.read_bytes() + b"\n")

    code, document = hilum.json("session", "token", "--provider", "7")

    assert (code, document["error"]["code"]) == (3, "session.token-refused")


def test_the_status_imports_nothing_heavy(hilum):
    hilum(*OPEN)
    script = (
        "import os, sys\n"
        "from hilum.cli.main import run\n"
        "streams = {'stdin': sys.stdin, 'stdout': sys.stdout, 'stderr': sys.stderr}\n"
        "code = run(['session', 'status'], environ=os.environ, **streams)\n"
        "assert code == 0, code\n"
        "heavy = 'sqlalchemy zeep requests lxml cryptography PyQt6 asyncio alembic urllib3'\n"
        "unused = 'certificates health logins ports records storage'\n"
        "unused = {'hilum_hookspecs.' + part for part in unused.split()} | {'hilum.catalogue'}\n"
        "print(sorted({*heavy.split(), *unused} & set(sys.modules)), file=sys.stderr)\n"
    )
    environ = {"HILUM_DATA_DIR": str(hilum.folder), "LANG": "C.UTF-8", "PATH": ""}

    result = subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True
    )

    assert "Alice Example" in result.stdout
    assert result.stderr.splitlines()[-1] == "[]"


def test_a_token_goes_to_a_real_standard_output_without_changed_line_ends(monkeypatch):
    from hilum.cli.session import _write_exactly

    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, newline="\r\n"))

    _write_exactly(b"<a>\n</a>")

    assert raw.getvalue() == b"<a>\n</a>"


def test_a_method_that_does_not_exist_is_a_slip_of_the_command_line(hilum):
    code, document = hilum.json("session", "open", "--provider", "7", "--method", "itsme")

    assert (code, document["error"]["code"]) == (2, "usage.unknown-method")


def test_a_session_that_takes_the_place_of_another_ones_says_so(hilum, clock):
    hilum("session", "open", "--provider", "7")
    clock.move(hours=1)
    order = ("session", "open", "--provider", "7", "--method", "fallback")

    for arguments in ((*order, "--dry-run"), order):
        _code, document = hilum.json(*arguments)
        assert [each["code"] for each in document["warnings"]] == ["session.replaced"]
        hilum("session", "open", "--provider", "7", "--method", "eid")
    lines = hilum(*order).output.splitlines()
    assert "the place of the session by eid that is open until 24/11/2026" in lines[1]


def test_a_probe_that_is_broken_leaves_the_state_unknown_and_names_its_plugin(hilum, desk):
    hilum(*OPEN)
    desk.answers = [KeyError()]
    secrets = {"keystore-password": PASSWORD}

    code, document = hilum.json("session", "check", "--probe", secrets=secrets)

    assert (code, document["error"]["code"]) == (7, "network.session-unknown")
    assert document["error"]["details"]["cause"] == "plugin.failed"
    assert "desk" in document["error"]["message"]
    assert "a plugin failed" in hilum("session", "status").output
