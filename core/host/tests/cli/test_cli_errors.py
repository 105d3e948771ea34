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


@pytest.mark.parametrize("option", ["--quiet", "--verbose"])
def test_a_foreign_errors_message_is_never_shown(hilum_cli, option, raising):
    result = hilum_cli(option, "act", plugins=raising(ValueError("canary")))

    assert "canary" not in result.output + result.errors


def test_verbose_says_where_a_defect_arose(hilum_cli, raising):
    result = hilum_cli("--verbose", "act", plugins=raising(ValueError("canary")))

    assert "ValueError:" in result.errors
    assert "conftest.py" in result.errors


def test_a_missing_secret_is_exit_2_and_named(hilum_cli, command):
    plugins = {"acme.cli": command("act", lambda c: c.prompter.secret("eid-pin", LABEL))}

    code, document = hilum_cli.json("--no-input", "act", plugins=plugins, tty=True)

    assert (code, document["error"]["code"]) == (2, "secret.missing")
    assert document["error"]["details"] == {"name": "eid-pin"}
