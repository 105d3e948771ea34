"""``hilum doctor``: what it prints, its exit codes, and that it works when nothing else does."""

from __future__ import annotations

import json
import os
import socket

import pytest
from hilum.testing.fakes import START
from hilum_ehealth.testing.server import HttpsServer, Reply
from hilum_hookspecs import (
    HealthAnswer,
    HealthCheck,
    HealthLink,
    HealthState,
    Message,
    hookimpl,
)


def text(words):
    return Message("test", words)


class Quiet:
    """A plugin with a check that is well."""

    def __init__(self, context):
        self.context = context

    @hookimpl
    def hilum_health_checks(self):
        link = HealthLink(name="answer", label=text("Answer"), look=self.look)
        yield HealthCheck(name="practice", label=text("Practice"), links=(link,), rank=10)

    def look(self, cancelled):
        return HealthAnswer(state=HealthState.OK, cause=text("It answers."))


class Curious(Quiet):
    """A check that asks for a secret, which nobody answers."""

    def look(self, cancelled):
        self.context.prompter.secret("account-password", text("Password"))
        raise AssertionError("somebody answered")


@pytest.fixture
def platform(pki):
    with HttpsServer(pki.tls_server, lambda request: Reply(status=405, date=START)) as server:
        yield server


@pytest.fixture
def cli(hilum_cli, pki, platform, tmp_path):
    pki.write_trust(tmp_path / "anchors")
    hilum_cli.plugins = {"quiet": Quiet}
    hilum_cli.configure(
        f"""
        [general]
        environment = "other"
        [environments.other]
        sts = "{platform.url}/sts"
        trust = "{tmp_path / "anchors"}"
        """
    )
    return hilum_cli


def states(document):
    return {check["name"]: check["state"] for check in document["checks"]}


def failing(document):
    """Return the first link that is not well, with its check's name."""
    for check in document["checks"]:
        for link in check["links"]:
            if link["state"] in ("failed", "warning"):
                return check["name"], link
    return None


def test_all_well_is_exit_code_0_and_says_so(cli):
    result = cli("doctor")

    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[0] == "ok  Practice: It answers."
    assert result.output.rstrip().endswith("as far as it can be seen without a session.")


def test_the_document_has_every_check_and_link(cli):
    code, document = cli.json("doctor")

    assert code == 0
    assert (document["all_well"], document["environment"]) == (True, "other")
    assert list(states(document)) == [
        "practice",
        "settings",
        "clock",
        "endpoint-sts",
        "trust-ehealth",
        "trust-tls",
        "trust-eid",
        "database",
        "data-folder",
        "providers",
        "plugins",
        "computer",
    ]
    (link,) = document["checks"][0]["links"]
    assert link["cause"] == "It answers."
    assert set(link) == {
        *("name", "label", "state", "cause", "remedy", "code", "milliseconds", "data", "fixable"),
    }
    assert document["checks"][0]["plugin"] == "quiet"


def test_a_dry_look_makes_nothing(cli):
    before = sorted(path.name for path in cli.folder.iterdir())

    cli("doctor")

    assert sorted(path.name for path in cli.folder.iterdir()) == before


@pytest.mark.attack("F4")
def test_a_moved_clock_is_named(cli, hilum_clock):
    hilum_clock.advance(minutes=-7)

    code, document = cli.json("doctor")

    assert code == 3
    name, link = failing(document)
    assert name == "clock"
    assert "7 minutes slow" in link["cause"]


def test_an_endpoint_that_is_down_is_named(cli, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    cli.configure(
        f"""
        [general]
        environment = "other"
        [environments.other]
        sts = "https://127.0.0.1:{port}/sts"
        trust = "{tmp_path / "anchors"}"
        """
    )

    code, document = cli.json("doctor")

    assert code == 3
    name, link = failing(document)
    assert name == "endpoint-sts"
    assert "refused" in link["cause"]
    assert states(document)["clock"] == "not-applicable"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("nonsense = = 1", "settings.syntax"),
        ("[general]\nenvironment = 'nowhere'", "settings.unknown-environment"),
        ("[nobody]\nx = 1", "settings.unknown-section"),
        ("[quiet]\nx = 1", "settings.unknown-key"),
    ],
)
def test_settings_that_cannot_be_used_are_a_finding(cli, settings, code):
    cli.configure(settings)

    exit_code, document = cli.json("doctor")

    assert exit_code == 3
    name, link = failing(document)
    assert (name, link["code"]) == ("settings", code)
    assert link["remedy"]
    assert document["environment"] is None
    assert "clock" not in states(document)
    assert states(document)["data-folder"] == "ok"


def test_a_person_is_told_that_the_rest_waits_for_the_settings(cli):
    cli.configure("nonsense = = 1")

    result = cli("doctor")

    assert result.exit_code == 3
    assert "was not looked at" in result.output


@pytest.mark.attack("H1")
def test_a_damaged_database_is_a_finding(cli):
    file = cli.folder / "hilum.db"
    file.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    file.chmod(0o600)

    code, document = cli.json("doctor")

    assert code == 3
    name, link = failing(document)
    assert (name, link["name"]) == ("database", "integrity")


def test_without_any_plugin_the_rest_is_looked_at(cli):
    code, document = cli.json("doctor", plugins={})

    assert code == 3
    assert states(document)["plugins"] == "failed"
    assert states(document)["endpoint-sts"] == "ok"


def test_a_data_folder_that_is_a_file_is_a_finding(hilum_cli, tmp_path):
    hilum_cli.folder = tmp_path / "file"
    hilum_cli.folder.touch()

    code, document = hilum_cli.json("doctor", "--only", "data-folder")

    assert code == 3
    assert failing(document)[1]["code"] == "storage.not-a-folder"


def test_nobody_is_asked_for_a_secret(cli):
    result = cli("doctor", "--only", "practice", plugins={"quiet": Curious}, tty=True)

    assert result.exit_code == 3
    assert "account-password" in result.output


@pytest.mark.parametrize("command", [("doctor", "--only", "practice"), ("support", "export")])
def test_no_secret_that_was_given_is_answered_while_the_doctor_looks(cli, command, tmp_path):
    seen = []

    class Thief(Quiet):
        def look(self, cancelled):
            for name in ("database-password", "eid-pin"):
                seen.append(self.context.prompter.secret(name, text("S")))

    file = [str(tmp_path / "bundle.zip"), "--yes"] if command[0] == "support" else []
    secrets = {"eid-pin": "2580", "database-password": "pass-word"}
    result = cli(*command, *file, plugins={"thief": Thief}, secrets=secrets)

    assert seen == ["pass-word"]
    assert "2580" not in result.output + result.errors


def test_a_plugin_whose_check_breaks_is_named_once(cli):
    class Broken(Quiet):
        def look(self, cancelled):
            raise ZeroDivisionError

    result = cli("doctor", plugins={"broken": Broken})

    assert result.exit_code == 3
    assert "The plugin broken made a mistake." in result.output
    assert "ZeroDivisionError" not in result.errors


def test_only_some_checks_can_be_made(cli):
    code, document = cli.json("doctor", "--only", "trust", "--only", "clock")

    assert code == 0
    assert list(states(document)) == ["clock", "trust-ehealth", "trust-tls", "trust-eid"]


def test_an_unknown_check_is_a_usage_error_with_the_nearest(cli):
    code, document = cli.json("doctor", "--only", "clok")

    assert (code, document["error"]["code"]) == (2, "usage.unknown-check")
    assert "clock" in document["error"]["remedy"]


class TestFix:
    @pytest.fixture
    def token(self, cli):
        folder = cli.folder / "sessions"
        folder.mkdir(mode=0o700)
        token = folder / "p1.token"
        token.write_text("token")
        token.chmod(0o644)
        return token

    def test_without_it_nothing_is_mended_and_it_is_said_how(self, cli, token):
        result = cli("doctor", "--only", "data-folder")

        assert result.exit_code == 3
        assert "hilum doctor --fix" in result.output
        assert token.stat().st_mode & 0o777 == 0o644

    def test_it_mends_looks_again_and_says_what_it_did(self, cli, token):
        code, document = cli.json("doctor", "--only", "data-folder", "--fix")

        assert code == 0
        assert states(document) == {"data-folder": "ok"}
        (fix,) = document["fixes"]
        assert (fix["link"], fix["done"]) == ("modes", "Made yours alone: 1")
        assert token.stat().st_mode & 0o777 == 0o600

    def test_what_hung_on_what_was_mended_is_looked_at_again(self, cli):
        cli("audit", "verify")
        database = cli.folder / "hilum.db"
        database.touch(0o600)
        database.chmod(0o644)
        assert cli("doctor", "--only", "database").exit_code == 3

        code, document = cli.json("doctor", "--only", "database", "--only", "data-folder", "--fix")

        assert (code, document["all_well"]) == (0, True)

    def test_a_dry_run_says_what_would_be_done(self, cli, token):
        result = cli("doctor", "--only", "data-folder", "--fix", "--dry-run")

        assert result.exit_code == 3
        assert f"Would be mended: Make them yours alone: {token}" in result.output
        assert token.stat().st_mode & 0o777 == 0o644

    def test_a_dry_run_of_nothing_is_a_usage_error(self, cli):
        assert cli("doctor", "--dry-run").exit_code == 2

    def test_without_anything_to_mend_that_is_said(self, cli):
        result = cli("doctor", "--only", "data-folder", "--fix")

        assert (result.exit_code, "nothing that can safely" in result.output) == (0, True)

    def test_what_belongs_to_another_account_is_left_alone(self, cli, token, monkeypatch):
        monkeypatch.setattr(os, "getuid", lambda: 12345)

        code, document = cli.json("doctor", "--only", "data-folder", "--fix")

        assert code == 3
        assert failing(document)[1]["code"] == "storage.foreign-owner"
        assert token.stat().st_mode & 0o777 == 0o644


def test_what_a_plugin_puts_into_its_facts_spoils_no_document(cli):
    class Odd(Quiet):
        def look(self, cancelled):
            facts = {"odd": object(), "nan": float("nan"), "bytes": b"\x00"}
            return HealthAnswer(state=HealthState.OK, cause=text("odd"), data=facts)

    code, document = cli.json("doctor", "--only", "practice", plugins={"quiet": Odd})

    assert code == 0
    assert json.dumps(document)


def test_help_says_what_it_does(hilum_cli):
    result = hilum_cli("doctor", "--help")

    assert result.exit_code == 0
    assert "--fix" in result.output
