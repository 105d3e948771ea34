from __future__ import annotations

import os

import pytest
from hilum.cli.prompter import CliPrompter
from hilum.cli.secrets import GivenSecrets
from hilum_hookspecs import (
    Choice,
    ConfigurationError,
    HilumError,
    Message,
    SecretMissing,
)

LABEL = Message("test", "PIN")


def refused(function, *arguments) -> HilumError:
    with pytest.raises(HilumError) as caught:
        function(*arguments)
    return caught.value


def test_a_variable_is_taken_out_of_the_environment_at_once():
    environ = {"K": "canary", "OTHER": "stays"}

    given = GivenSecrets.parse(["keystore-password=env:K"], environ)

    assert environ == {"OTHER": "stays"}
    assert given["keystore-password"] == "canary"


def test_one_variable_may_answer_two_names():
    given = GivenSecrets.parse(["eid-pin=env:K", "account-password=env:K"], {"K": "1234"})

    assert given["eid-pin"] == given["account-password"] == "1234"


def test_a_variable_that_is_not_set_is_refused():
    error = refused(GivenSecrets.parse, ["eid-pin=env:K"], {})

    assert (error.code, error.details["name"]) == ("secret.unreadable", "eid-pin")


def test_a_pipe_is_read_at_the_first_use_and_closed():
    reading, writing = os.pipe()
    given = GivenSecrets.parse([f"eid-pin=fd:{reading}"], {})
    os.write(writing, b"1234\n")
    os.close(writing)

    assert given["eid-pin"] == "1234"
    assert given["eid-pin"] == "1234"
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(reading)


def test_a_private_file_is_read_without_its_line_end(tmp_path):
    file = tmp_path / "secret"
    file.write_bytes("pässword \r\n".encode())
    file.chmod(0o600)

    assert GivenSecrets.parse([f"eid-pin=file:{file}"], {})["eid-pin"] == "pässword "


def test_a_file_that_others_may_read_is_refused(tmp_path):
    file = tmp_path / "secret"
    file.write_text("1234")
    file.chmod(0o640)
    given = GivenSecrets.parse([f"eid-pin=file:{file}"], {})

    assert refused(given.__getitem__, "eid-pin").code == "storage.unsafe-mode"


@pytest.mark.parametrize("source", ["file:/nowhere/at/all", "fd:987"])
def test_a_source_that_cannot_be_read_is_named(source):
    given = GivenSecrets.parse([f"eid-pin={source}"], {})

    assert refused(given.__getitem__, "eid-pin").code == "secret.unreadable"


def test_bytes_that_are_no_text_are_refused_without_being_kept(tmp_path):
    file = tmp_path / "secret"
    file.write_bytes(b"canary\xff")
    file.chmod(0o600)
    error = refused(GivenSecrets.parse([f"eid-pin=file:{file}"], {}).__getitem__, "eid-pin")

    assert error.code == "secret.not-text"
    assert error.__cause__ is None
    assert error.__suppress_context__


def test_an_empty_secret_is_refused():
    given = GivenSecrets.parse(["eid-pin=env:K"], {"K": ""})

    assert refused(given.__getitem__, "eid-pin").code == "secret.empty"


@pytest.mark.parametrize(
    "option", ["", "eid-pin", "eid-pin=", "eid-pin=1234", "=env:K", "eid-pin=fd:x", "eid-pin=env:"]
)
def test_a_source_that_is_written_wrong_is_refused(option):
    assert refused(GivenSecrets.parse, [option], {"K": "x"}).code == "secret.source-invalid"


def test_a_secret_typed_in_place_of_a_name_is_not_repeated():
    assert "canary" not in repr(refused(GivenSecrets.parse, ["canary"], {}).details)


def test_a_name_that_is_given_twice_is_refused():
    options = ["eid-pin=env:K", "eid-pin=fd:3"]

    assert refused(GivenSecrets.parse, options, {"K": "x"}).code == "secret.given-twice"


def test_the_representation_shows_names_only():
    given = GivenSecrets.parse(["eid-pin=env:K"], {"K": "canary"})

    assert repr(given) == "GivenSecrets(eid-pin)"


def test_a_missing_secret_names_itself_when_nobody_can_be_asked():
    prompter = CliPrompter(GivenSecrets(), interactive=False)

    for ask in (prompter.secret, prompter.new_secret):
        error = refused(ask, "eid-pin", LABEL)
        assert isinstance(error, SecretMissing)
        assert error.details == {"name": "eid-pin"}


def test_a_given_secret_is_answered_to_both_questions():
    prompter = CliPrompter(GivenSecrets({"eid-pin": "1234"}), interactive=False)

    assert prompter.secret("eid-pin", LABEL) == prompter.new_secret("eid-pin", LABEL) == "1234"


def test_without_a_person_the_answer_is_no_and_a_choice_is_missing():
    prompter = CliPrompter(GivenSecrets(), interactive=False)

    assert not prompter.confirm("sure", LABEL)
    error = refused(prompter.choose, "reason", LABEL, [Choice("a", LABEL)])
    assert isinstance(error, ConfigurationError)
    assert (error.code, error.details["choices"]) == ("usage.answer-missing", ["a"])


def test_a_person_is_asked_until_a_new_secret_was_typed_twice_alike(monkeypatch, capsys):
    answers = iter(["one", "two", "three", "three"])
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda text: next(answers))
    prompter = CliPrompter(GivenSecrets(), interactive=True)

    assert prompter.new_secret("new-keystore-password", LABEL) == "three"
    assert "three" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("answer", ["2", "b"])
def test_a_person_chooses_by_number_or_name(monkeypatch, capsys, answer):
    answers = iter(["9", "nonsense", answer])
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda text: next(answers))
    prompter = CliPrompter(GivenSecrets(), interactive=True)

    chosen = prompter.choose("reason", LABEL, [Choice("a", LABEL), Choice("b", LABEL)])

    assert chosen == "b"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("end", [KeyboardInterrupt, EOFError])
def test_walking_away_is_our_error(monkeypatch, end):
    def walk_away(text):
        raise end

    monkeypatch.setattr("click.termui.hidden_prompt_func", walk_away)

    error = refused(CliPrompter(GivenSecrets(), interactive=True).secret, "eid-pin", LABEL)

    assert error.code == "cancelled"
