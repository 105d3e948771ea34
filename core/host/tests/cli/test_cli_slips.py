"""What a person types by mistake, and what the program then says."""

from __future__ import annotations

import io
from contextlib import redirect_stderr

import pytest
from hilum.cli.prompter import CliPrompter
from hilum.cli.secrets import GivenSecrets
from hilum_hookspecs import Message, UserCancelled
from hilum_hookspecs.words import set_language

LABEL = Message("acme", "Sure?")


def asked(monkeypatch, typed: str) -> tuple[bool, str]:
    """Ask a question that is answered with the lines *typed*."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    errors = io.StringIO()
    with redirect_stderr(errors):
        answer = CliPrompter(GivenSecrets(), interactive=True).confirm("sure", LABEL)
    return answer, errors.getvalue()


@pytest.mark.parametrize("typed", ["y", "YES", "o", "Oui", "j", "ja", " oui "])
def test_yes_is_understood_in_every_language(monkeypatch, typed):
    assert asked(monkeypatch, f"{typed}\n")[0]


@pytest.mark.parametrize("typed", ["", "n", "no", "Non", "nein", "NEE"])
def test_no_is_understood_in_every_language(monkeypatch, typed):
    assert not asked(monkeypatch, f"{typed}\n")[0]


def test_what_is_neither_is_asked_again(monkeypatch):
    answer, said = asked(monkeypatch, "maybe\ny\n")

    assert answer
    assert "Answer yes or no." in said
    assert said.count("[y/N]") == 2


def test_a_french_question_shows_french_answers(monkeypatch):
    set_language("fr")
    try:
        _answer, said = asked(monkeypatch, "oui\n")
    finally:
        set_language("en")

    assert "[o/N]\N{NO-BREAK SPACE}:" in said


def test_walking_away_from_a_question_ends_its_line(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    errors = io.StringIO()
    with redirect_stderr(errors), pytest.raises(UserCancelled):
        CliPrompter(GivenSecrets(), interactive=True).confirm("sure", LABEL)

    assert errors.getvalue().endswith("\n")


def test_a_secret_that_nobody_asked_for_is_named_when_another_is_missing():
    from hilum.catalogue import words_for
    from hilum_hookspecs import SecretMissing

    given = GivenSecrets({"keystore-passwrd": "x", "eid-pin": "1234"})
    prompter = CliPrompter(given, interactive=False)
    prompter.secret("eid-pin", LABEL)

    with pytest.raises(SecretMissing) as caught:
        prompter.secret("keystore-password", LABEL)

    assert caught.value.details == {
        "name": "keystore-password",
        "unused": ["keystore-passwrd"],
        "nearest": "keystore-passwrd",
    }
    assert "Was keystore-passwrd meant for it?" in words_for(caught.value).remedy


@pytest.mark.parametrize(
    ("arguments", "near"),
    [(("sesion",), "session"), (("session", "opn"), "open"), (("plugins", "lst"), "list")],
)
def test_a_misspelt_command_is_answered_alike_at_every_level(hilum_cli, arguments, near):
    _code, document = hilum_cli.json(*arguments)

    error = document["error"]
    assert (error["code"], error["details"]["nearest"]) == ("usage.unknown-command", near)
    assert error["message"] == f"There is no command {arguments[-1]}."
    assert error["remedy"] == f"Did you mean {near}?"


def test_an_option_that_is_like_no_other_gets_no_proposal(hilum_cli):
    _code, document = hilum_cli.json("session", "status", "--bogus")

    assert document["error"]["details"]["nearest"] is None
    assert "Did you mean" not in document["error"]["message"]


def test_a_misspelt_plugin_gets_a_proposal(hilum_cli):
    errors = hilum_cli("plugins", "disable", "zzz", plugins={"acme": _Nothing}).errors
    assert "Did you mean" not in errors
    errors = hilum_cli("plugins", "disable", "acmee", plugins={"acme": _Nothing}).errors
    assert "Did you mean acme?" in errors


def test_a_plugin_that_this_run_leaves_out_is_not_to_be_switched_on(hilum_cli):
    result = hilum_cli("--without", "simulator", "demo", plugins={"simulator": _Nothing})

    assert "--without simulator" in result.errors
    assert "plugins enable" not in result.errors


class _Nothing:
    def __init__(self, context: object) -> None:
        pass


def test_an_option_without_its_value_leads_to_the_help_of_its_command(hilum_cli):
    errors = hilum_cli("--lang", "en", "session", "open", "--provider").errors

    assert "hilum session open --help shows how it is used." in errors


def test_help_has_a_short_form(hilum_cli):
    assert (
        hilum_cli("session", "open", "-h").output == hilum_cli("session", "open", "--help").output
    )


def test_a_refusal_of_ours_needs_no_trace(hilum_cli):
    errors = hilum_cli("--verbose", "session", "check").errors

    assert "There is no open session." in errors
    assert "Traceback" not in errors
    assert "File " not in errors


def test_quiet_leaves_the_advice_out(hilum_cli):
    assert hilum_cli("--quiet", "session", "status").errors == ""


def test_numbers_are_written_for_people():
    from hilum.catalogue import words_for
    from hilum_hookspecs import HilumError

    late = HilumError("network.timeout", endpoint="x", seconds=30.0)
    large = HilumError("network.answer-too-large", endpoint="x", limit=262144)
    assert "within 30 seconds" in words_for(late).message
    assert "larger than 256 KB" in words_for(large).message


def test_what_the_system_refuses_is_said_in_french():
    from hilum.catalogue import words_for
    from hilum_hookspecs import HilumError

    error = HilumError("usage.file-unreadable", path="/x", problem="Permission denied")
    set_language("fr")
    try:
        assert "Permission" not in words_for(error).message
    finally:
        set_language("en")


def test_a_day_of_an_instant_is_the_one_in_brussels():
    from datetime import UTC, date, datetime

    from hilum_hookspecs.words import day

    assert day(datetime(2033, 1, 1, 23, 30, tzinfo=UTC)) == "02/01/2033"
    assert day(date(2033, 1, 1)) == "01/01/2033"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "Aucune session sur cet ordinateur."),
        ("nl", "Geen sessie op deze computer."),
        ("de", "Keine Sitzung auf diesem Computer."),
    ],
)
def test_every_language_has_its_texts(hilum_cli, language, words):
    assert words in hilum_cli("--lang", language, "session", "status").output
