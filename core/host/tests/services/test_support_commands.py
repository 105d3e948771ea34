"""``hilum support export``: shown before it is written, and without secrets and persons."""

from __future__ import annotations

import base64
import json
import logging
import stat
import threading
import zipfile
from typing import Any

import click
import pytest
from hilum_hookspecs import (
    HealthAnswer,
    HealthCheck,
    HealthLink,
    HealthState,
    Message,
    hookimpl,
)
from hilum_hookspecs.cli import CliCommand

NISS = "85073003328"
NAME = "canary-name"
PASSWORD = "Canary-Keystore-81"
PIN = "739152"
KEY = base64.b64encode(bytes(range(7, 200))).decode()
ASSERTION = f"<saml:Assertion ID='_1'><x>{NISS} {NAME}</x></saml:Assertion>"
CANARIES = (NISS, "85.07.30-033.28", PASSWORD, PIN, KEY, KEY[:40], NAME, "saml:Assertion")


class Acme:
    """A plugin that logs everything it should not, and one of whose hooks fails with it."""

    def __init__(self, context: Any) -> None:
        self._context = context

    @hookimpl
    def hilum_cli_commands(self):
        yield CliCommand(name="acme", summary=Message("acme", "Acme"), build=self._build)

    def _build(self) -> click.Command:
        @click.command()
        def acme():
            self._context.certificates.active("7")
            secrets = [
                self._context.prompter.secret(name, Message("acme", "S"))
                for name in ("keystore-password", "eid-pin")
            ]
            log = logging.getLogger("hilum_acme")
            for text in (*secrets, NISS, "85.07.30-033.28", KEY, ASSERTION):
                log.warning("read /home/x/%s.p12: %s", text, text)
            raise ValueError(f"{secrets} {NISS} {KEY} {ASSERTION}")

        return acme


class Broken:
    """A plugin whose hook fails with a person's number in its message."""

    def __init__(self, context: object) -> None: ...

    @hookimpl
    def hilum_certificate_sources(self):
        raise ValueError(f"{NISS} {PASSWORD}")


class Examined:
    """A plugin whose look says whom it concerns, and then does *then*."""

    seconds = 10

    def __init__(self, context: Any) -> None:
        self._context = context

    @hookimpl
    def hilum_health_checks(self):
        label = Message("acme", "Acme")
        whose = HealthLink(name="whose", label=label, look=self._whose)
        then = HealthLink(name="then", label=label, look=self.then, seconds=self.seconds)
        yield HealthCheck(name="acme", label=label, links=(whose, then))

    def _whose(self, cancelled):
        cause = Message("acme", "It is {who}'s.", {"who": f"{NAME} {NISS} {PIN}"})
        return HealthAnswer(state=HealthState.OK, cause=cause, data={"who": NAME})

    def then(self, cancelled):
        raise ValueError(f"{NAME} {NISS}")


class Asking(Examined):
    def then(self, cancelled):
        self._context.prompter.secret("eid-pin", Message("acme", "PIN"))
        raise AssertionError("somebody answered")


class Hanging(Examined):
    seconds = 0
    release = threading.Event()

    def then(self, cancelled):
        self.release.wait(30)


@pytest.fixture
def used(hilum):
    """A practice where things went wrong, with an open session and odd settings."""
    hilum.plugins = {**hilum.plugins, "acme.cli": Acme, "broken": Broken}
    settings = hilum.folder / "config.toml"
    settings.write_text(
        settings.read_text().replace(
            "[general]", f'[general]\ncontact = "practice@example.be"\nlog_file = "{NISS}.log"'
        )
    )
    hilum("session", "open", "--provider", "7")
    hilum("acme", secrets={"keystore-password": PASSWORD, "eid-pin": PIN})
    return hilum


def contents(path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_bundle_is_shown_and_nothing_written_without_consent(used, tmp_path):
    file = tmp_path / "support.zip"

    result = used("support", "export", str(file))

    assert result.exit_code == 2
    assert "about.json: " in result.errors
    assert "Nothing was done: nobody agreed." in result.errors
    assert not file.exists()


@pytest.mark.parametrize(("answer", "written"), [("y\n", True), ("n\n", False)])
def test_a_person_is_shown_the_files_before_being_asked(used, tmp_path, answer, written):
    file = tmp_path / "support.zip"

    result = used("support", "export", str(file), tty=True, typed=answer)

    assert result.errors.index("log.txt: ") < result.errors.index("Write this to")
    assert file.exists() is written


def test_a_trial_shows_the_content_and_writes_nothing(used, tmp_path):
    file = tmp_path / "support.zip"

    code, document = used.json("support", "export", str(file), "--dry-run", "--show")

    assert (code, document["written"]) == (0, False)
    assert all(len(each["content"].encode()) == each["size"] for each in document["files"])
    assert not file.exists()


def test_what_is_written_is_what_was_shown_and_is_private(used, tmp_path):
    file = tmp_path / "support.zip"
    _code, document = used.json("support", "export", str(file), "--yes", "--show")

    assert document["written"]
    assert contents(file) == {each["name"]: each["content"] for each in document["files"]}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_bundle_tells_what_helps(used, tmp_path):
    used("support", "export", str(tmp_path / "s.zip"), "--yes")
    parts = contents(tmp_path / "s.zip")

    assert json.loads(parts["about.json"])["environment"] == "test"
    assert json.loads(parts["about.json"])["libraries"]["hilum"]
    (broken,) = (each for each in json.loads(parts["plugins.json"]) if each["name"] == "broken")
    assert broken["failures"][0]["kind"] == "ValueError"
    assert json.loads(parts["settings.json"])["general"] == {
        "contact": "(set)",
        "environment": "test",
        "log_file": "(set)",
    }
    assert json.loads(parts["database.json"])["examined"]["rows"]["hilum_audit"] > 0
    heads = used.json("audit", "verify")[1]["chains"]
    assert [each["head"] for each in json.loads(parts["audit.json"])] == [heads[0]["head"]]
    (session,) = json.loads(parts["sessions.json"])
    assert session["method"] == "eid"
    assert "plugin.failed" in parts["log.txt"]


@pytest.mark.attack("C2")
def test_no_secret_and_no_person_is_in_a_bundle(used, tmp_path):
    result = used("support", "export", str(tmp_path / "s.zip"), "--yes", "--show")
    everything = "\n".join([*contents(tmp_path / "s.zip").values(), result.output, result.errors])
    everything = everything.replace(str(tmp_path / "s.zip"), "")
    (header,) = used.folder.glob("sessions/*/*.json")
    session = json.loads(header.read_text())["id"]

    shown = (*CANARIES, "practice@example.be", "Alice", str(tmp_path), session)
    assert [canary for canary in shown if canary in everything] == []


@pytest.mark.attack("C2")
def test_nothing_that_was_logged_lies_open_in_the_data_folder_either(used):
    for path in used.folder.rglob("*.log*"):
        text = path.read_text()
        assert [canary for canary in CANARIES if canary in text] == []


def test_a_bundle_is_made_also_when_the_settings_are_wrong(used, tmp_path):
    with (used.folder / "config.toml").open("a") as settings:
        settings.write(f'\n[nonsense]\npassword = "{PASSWORD}"\n')

    code, document = used.json("support", "export", str(tmp_path / "s.zip"), "--yes")

    assert (code, document["written"]) == (0, True)
    parts = contents(tmp_path / "s.zip")
    assert json.loads(parts["about.json"])["problem"] == "settings.unknown-section"
    assert PASSWORD not in "".join(parts.values())


def test_a_part_that_fails_costs_only_itself(used, tmp_path):
    (used.folder / "hilum.db").write_bytes(b"no database" * 1000)

    used("support", "export", str(tmp_path / "s.zip"), "--yes")

    parts = contents(tmp_path / "s.zip")
    assert json.loads(parts["database.json"]) == {"problem": "storage.database"}
    assert json.loads(parts["sessions.json"])


def acme_in(parts):
    """Return what the bundle says of the check ``acme``: state, code and cause of each link."""
    (check,) = (each for each in json.loads(parts["doctor.json"]) if each["check"] == "acme")
    return [(link["state"], link["code"], link["cause"]) for link in check["links"]]


@pytest.mark.attack("C2")
def test_a_bundle_tells_what_the_doctor_finds_and_of_nobody(used, tmp_path):
    used.plugins = {**used.plugins, "examined": Examined}

    result = used("support", "export", str(tmp_path / "s.zip"), "--yes", "--show")

    parts = contents(tmp_path / "s.zip")
    looked, raised = acme_in(parts)
    assert looked == ("ok", None, "It is {who}'s.")
    assert raised[:2] == ("failed", "defect")
    states = {each["check"]: each["state"] for each in json.loads(parts["doctor.json"])}
    assert states["settings"] == "ok"
    assert states["database"] == "ok"
    everything = "".join(parts.values()) + result.output + result.errors
    assert [canary for canary in CANARIES if canary in everything] == []


def test_the_doctor_asks_nobody_for_a_bundle_which_is_still_agreed_to(used, tmp_path):
    used.plugins = {**used.plugins, "asking": Asking}
    file = tmp_path / "s.zip"

    result = used("support", "export", str(file), tty=True, typed="y\n")

    assert result.exit_code == 0, result.errors
    assert acme_in(contents(file))[1][:2] == ("failed", "secret.missing")


def test_a_look_that_hangs_does_not_hold_up_a_bundle(used, tmp_path):
    used.plugins = {**used.plugins, "hanging": Hanging}
    try:
        code, document = used.json("support", "export", str(tmp_path / "s.zip"), "--yes")
    finally:
        Hanging.release.set()

    assert (code, document["written"]) == (0, True)
    assert acme_in(contents(tmp_path / "s.zip"))[1][:2] == ("failed", None)


def test_a_bundle_takes_no_files_place(used, tmp_path):
    file = tmp_path / "s.zip"
    file.write_text("mine")

    code, document = used.json("support", "export", str(file), "--yes")

    assert (code, document["error"]["code"]) == (2, "usage.file-exists")
    assert file.read_text() == "mine"
