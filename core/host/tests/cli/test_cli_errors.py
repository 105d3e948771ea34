"""Every error is a sentence, a remedy, a document and an exit code."""

from __future__ import annotations

import click
import pytest
from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import (
    CardError,
    Finding,
    HilumError,
    Message,
    RecordInvalid,
    UserCancelled,
)

LABEL = Message("acme", "Do something")


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (EhealthError("card.pin-rejected", attempts_left=2), 4),
        (EhealthError("keystore.password-rejected"), 4),
        (EhealthError("keystore.damaged"), 3),
        (EhealthError("assertion.signature", problem="digest"), 6),
        (EhealthError("ehealth.unavailable"), 7),
        (EhealthError("network.timeout", endpoint="x", seconds=3), 7),
        (CardError("card.not-present"), 5),
        (HilumError("session.none"), 3),
        (HilumError("network.session-unknown"), 7),
        (HilumError("storage.disk-full", path="x"), 9),
        (HilumError("not-yet.renewal"), 8),
        (HilumError("settings.unknown-key"), 2),
        (UserCancelled(), 130),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (click.UsageError("no"), 2),
        (ZeroDivisionError("x"), 1),
        (SystemExit(0), 1),
        (EOFError(), 1),
    ],
)
def test_every_error_is_a_document_and_an_exit_code(hilum_cli, error, exit_code, raising):
    code, document = hilum_cli.json("act", plugins=raising(error))

    assert code == exit_code
    assert set(document) == {"error"}
    assert set(document["error"]) == {"code", "message", "remedy", "details"}


def test_an_error_is_a_sentence_and_a_remedy_for_a_person(hilum_cli, raising):
    result = hilum_cli("act", plugins=raising(EhealthError("card.pin-rejected", attempts_left=2)))

    assert result.output == ""
    assert result.errors.splitlines() == [
        "The PIN is wrong. 2 tries are left.",
        "Type the PIN of the card with care; three wrong ones in a row block it.",
    ]


def test_walking_away_says_nothing(hilum_cli, raising):
    result = hilum_cli("act", plugins=raising(UserCancelled()))

    assert (result.output, result.errors) == ("", "")


def test_a_plugin_with_a_code_of_its_own_brings_its_words(hilum_cli, raising):
    error = HilumError(
        "acme.tired",
        message=Message("acme", "The plugin {name} is tired."),
        remedy=Message("acme", "Let it rest."),
        name="Bob",
    )

    _code, document = hilum_cli.json("act", plugins=raising(error))

    assert document["error"]["message"] == "The plugin Bob is tired."
    assert document["error"]["remedy"] == "Let it rest."


def test_findings_come_with_their_sentences(hilum_cli, raising):
    finding = Finding(
        provider_id="p1",
        code="record.niss-missing",
        message=Message("acme", "The NISS is missing"),
        field="niss",
    )
    plugins = raising(RecordInvalid([finding]))

    code, document = hilum_cli.json("act", plugins=plugins)

    assert code == 3
    (shown,) = document["error"]["details"]["findings"]
    assert (shown["code"], shown["message"]) == ("record.niss-missing", "The NISS is missing")
    assert "- The NISS is missing" in hilum_cli("act", plugins=plugins).errors


def test_a_defect_of_a_plugin_names_it(hilum_cli, raising):
    code, document = hilum_cli.json("act", plugins=raising(ZeroDivisionError("canary")))

    assert (code, document["error"]["code"]) == (1, "plugin.failed")
    assert document["error"]["details"] == {"plugin": "acme", "type": "ZeroDivisionError"}


def test_a_foreign_errors_message_is_not_shown_unasked(hilum_cli, raising):
    result = hilum_cli("act", plugins=raising(ValueError("canary")))

    assert "canary" not in result.output + result.errors


@pytest.mark.attack("C2")
def test_verbose_says_once_what_a_foreign_error_says_redacted_and_where(hilum_cli, raising):
    said = "no room for 85073003328\npassword and all that follows"
    result = hilum_cli("--verbose", "act", plugins=raising(ValueError(said)))

    assert result.errors.count("ValueError: no room for [number ..28]\n") == 1
    assert "conftest.py" in result.errors
    assert result.errors.count("in _command\n") == 1
    assert "85073003328" not in result.errors
    assert "follows" not in result.errors


@pytest.mark.attack("C2")
def test_what_it_says_is_not_kept(hilum_cli, raising):
    hilum_cli("--verbose", "act", plugins=raising(ValueError("Alice Example")))

    kept = (hilum_cli.folder / "hilum.log").read_text()
    assert "ValueError:\n" in kept
    assert "Alice" not in kept


CANARY = "can" + "ary"


def test_what_ours_say_is_not_shown_even_so(hilum_cli, monkeypatch):
    def fail(_app):
        raise ValueError(CANARY)

    monkeypatch.setattr("hilum.cli.audit.build", fail)
    result = hilum_cli("--verbose", "audit", "show")

    assert result.errors.count("ValueError:\n") == 1
    assert CANARY not in result.errors


def test_a_failure_at_work_leads_to_verbose_and_one_that_the_list_shows_to_the_list(
    hilum_cli, raising
):
    at_work = hilum_cli.json("act", plugins=raising(ValueError()))[1]["error"]
    in_load = hilum_cli.json("simulator", plugins={"simulator.cli": _Broken})[1]["error"]

    assert at_work["remedy"] == (
        "Run it again with --verbose to see where; hilum plugins disable acme switches it off."
    )
    assert in_load["remedy"].startswith("hilum plugins list says more")


class _Broken:
    def __init__(self, context):
        raise KeyError


def test_a_missing_secret_is_exit_2_and_named(hilum_cli, command):
    plugins = {"acme.cli": command("act", lambda c: c.prompter.secret("eid-pin", LABEL))}

    code, document = hilum_cli.json("--no-input", "act", plugins=plugins, tty=True)

    assert (code, document["error"]["code"]) == (2, "secret.missing")
    assert document["error"]["details"] == {"name": "eid-pin"}
