"""Secrets that can be recognised go through every command and every hook, and are found nowhere."""

from __future__ import annotations

import os
import re
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hilum.discovery import scan
from hilum_hookspecs import Message, hookimpl
from hilum_hookspecs.specs import DomainSpecs
from hilum_simulator.materials import make_card, make_holder, write_keystore, write_software_card

ALICE = "85073003328"
PASSWORD = "Canary-Keystore-81"
NEW_PASSWORD = "Canary-Successor-92"
PIN = "739152"
OWN = "Canary-Garden-42"
SECRETS = {
    "keystore-password": PASSWORD,
    "new-keystore-password": NEW_PASSWORD,
    "eid-pin": PIN,
    "account-password": OWN,
    "new-account-password": OWN,
}
WRONG = {
    "keystore-password": "Canary-Mistake-73",
    "eid-pin": "846213",
    "account-password": "Canary-Gardener-42",
}
CANARIES = [*SECRETS.values(), *WRONG.values()]

LEVELS = ("off", "warning", "debug")


@pytest.fixture
def desk(bare_practice, _hilum_simulator_server, hilum_simulator_clock, tmp_path):
    """Alice, with a keystore and a card whose secrets are canaries; nothing is imported yet."""
    from datetime import timedelta

    from hilum_simulator.materials import Person

    pki = _hilum_simulator_server.pki
    person = Person(niss=ALICE, given_names=("Alice",), surname="Example")
    at = hilum_simulator_clock.now() - timedelta(days=30)
    (tmp_path / "own").mkdir()
    bare_practice.keystore = write_keystore(
        tmp_path / "own", person, make_holder(pki, person, key_type="ec"), password=PASSWORD, at=at
    )
    card = Path(bare_practice.settings["software_card"].strip('"'))
    card.unlink()
    write_software_card(card, person, make_card(pki, person), pin=PIN)
    bare_practice.card = card
    bare_practice.secrets = dict(SECRETS)
    return bare_practice


class Heard:
    """Runs commands and keeps all that they print."""

    def __init__(self, desk: Any, *options: str) -> None:
        self._desk, self._options = desk, options
        self.printed: list[str] = []
        self.errors: list[str] = []

    def __call__(self, *command: str, secrets: dict[str, str] = SECRETS) -> int:
        given = ("--environment", "other", "--no-input", *self._options, *command)
        result = self._desk.cli(*given, secrets=secrets)
        self.printed.append(result.output)
        self.errors.append(result.errors)
        return result.exit_code

    def everything(self, folder: Path, *besides: Path) -> bytes:
        """Return all that was printed, and every file in *folder*, packed ones unpacked."""
        found = [text.encode() for text in (*self.printed, *self.errors)]
        for path in folder.rglob("*"):
            if not path.is_file() or path in besides:
                continue
            found.append(path.read_bytes())
            if path.suffix == ".zip":
                with zipfile.ZipFile(path) as archive:
                    found += [archive.read(name) for name in archive.namelist()]
        return b"\0".join(found)


def found_in(everything: bytes) -> list[str]:
    return [canary for canary in CANARIES if canary.encode() in everything]


def commands(desk: Any, tmp_path: Path) -> list[tuple[int, tuple[str, ...]]]:
    """Every command that meets a secret, or may show or keep what one left."""
    alice = ("--provider", "alice")
    keystore, out = str(desk.keystore), tmp_path / "out"
    out.mkdir()
    return [
        (0, ("certificate", "scan", str(desk.keystore.parent))),
        (0, ("certificate", "inspect", keystore)),
        (0, ("certificate", "import", keystore, *alice)),
        (0, ("session", "open", *alice)),
        (0, ("session", "status")),
        (0, ("session", "check", *alice, "--probe")),
        (0, ("session", "renew", *alice)),
        (0, ("session", "token", *alice)),
        (0, ("session", "close", *alice)),
        (0, ("session", "open", *alice, "--method", "fallback", "--reason", "damaged")),
        (0, ("session", "close", *alice)),
        (0, ("user", "add", "--name", "Alice", "--user-name", "alice", *alice)),
        (0, ("user", "password", "alice")),
        (0, ("login", "alice", "--via", "password")),
        (0, ("logout",)),
        (0, ("login", "alice")),
        (0, ("logout",)),
        (0, ("certificate", "export", *alice, str(out / "copy.p12"))),
        (0, ("certificate", "list")),
        (0, ("certificate", "show", *alice)),
        (0, ("certificate", "change-password", *alice)),
        (0, ("certificate", "undo", *alice)),
        (0, ("provider", "list")),
        (0, ("provider", "export", str(out / "providers.csv"))),
        (0, ("audit", "list")),
        (0, ("audit", "verify")),
        (0, ("audit", "export", str(out / "audit.csv"))),
        (0, ("db", "check")),
        (0, ("db", "backup", str(out / "backup.db"))),
        (0, ("db", "restore", str(out / "backup.db"))),
        (0, ("plugins", "list")),
        (0, ("support", "export", str(out / "support.zip"), "--yes", "--show")),
    ]


def set_level(desk: Any, level: str) -> None:
    settings = desk.folder / "config.toml"
    settings.write_text(f'[general]\nlog_level = "{level}"\n' + settings.read_text())


@pytest.mark.attack("C2")
@pytest.mark.parametrize("level", LEVELS)
def test_no_command_leaves_a_secret_at_any_log_level(desk, tmp_path, monkeypatch, level):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    set_level(desk, level)
    desk.add_alice()
    run = Heard(desk, "--verbose", *(("--json",) if level == "debug" else ()))

    for expected, command in commands(desk, tmp_path):
        assert run(*command) == expected, (command, run.printed[-1], run.errors[-1])
        if command[0] in ("session", "certificate", "login"):
            run(*command, secrets={**SECRETS, **WRONG})

    assert found_in(run.everything(tmp_path, desk.card)) == []


@pytest.mark.attack("C2")
def test_persons_numbers_are_not_in_the_log(desk, tmp_path):
    set_level(desk, "debug")
    desk.add_alice()
    run = Heard(desk, "--verbose")
    keystore = desk.keystore.rename(desk.keystore.with_name(f"SSIN={ALICE} 20300102.p12"))
    run("certificate", "import", str(keystore), "--provider", ALICE)
    run("session", "open", "--provider", ALICE)
    run("session", "check", "--provider", ALICE, "--probe")

    log = (desk.folder / "hilum.log").read_text()
    lines = [line for text in run.errors for line in text.splitlines()]
    logged = [line for line in lines if re.match(r"(DEBUG|INFO|WARNING|ERROR) ", line)]
    assert "DEBUG" in log
    assert logged
    assert ALICE not in log + "\n".join(logged)


HOOKS = sorted(name for name in vars(DomainSpecs) if name.startswith("hilum_"))


def leaky(hook: str) -> type:
    """A plugin that asks for every secret in one hook and raises them."""

    class Leaky:
        def __init__(self, context: Any) -> None:
            self.context = context

    def raising(self: Leaky) -> None:
        asked = [self.context.prompter.secret(name, Message("leaky", name)) for name in SECRETS]
        raise ValueError(f"{asked} {ALICE}")

    raising.__name__ = hook
    setattr(Leaky, hook, hookimpl(raising))
    return Leaky


@pytest.mark.attack("C2")
@pytest.mark.parametrize("hook", HOOKS)
def test_an_exception_in_a_hook_takes_no_secret_out(desk, tmp_path, hook):
    set_level(desk, "debug")
    desk.add_alice()
    desk.fine("certificate", "import", str(desk.keystore), "--provider", "alice")
    installed = {entry.name: entry.load() for entry in scan()}
    desk.cli.plugins = {**installed, "leaky": leaky(hook)}
    run = Heard(desk, "--verbose")

    run("session", "open", "--provider", "alice")
    run("session", "status")
    run("session", "check", "--provider", "alice", "--probe")
    run("session", "close", "--provider", "alice")
    run("plugins", "list")
    run("support", "export", str(tmp_path / "support.zip"), "--yes", "--show")

    assert "leaky" in "".join(run.errors)
    everything = run.everything(tmp_path, desk.card)
    assert found_in(everything) == []
    assert ALICE not in (desk.folder / "hilum.log").read_text() + "".join(run.errors)


@pytest.mark.attack("D7")
@pytest.mark.parametrize("mask", [0, 0o022, 0o077])
def test_every_file_of_ours_is_private_whatever_the_umask(desk, tmp_path, mask):
    settings = desk.folder / "config.toml"
    set_level(desk, "debug")
    before = os.umask(mask)
    try:
        desk.add_alice()
        run = Heard(desk)
        for expected, command in commands(desk, tmp_path):
            assert run(*command) == expected, (command, run.printed[-1], run.errors[-1])
    finally:
        os.umask(before)

    made = [*desk.folder.rglob("*"), *(tmp_path / "out").rglob("*")]
    ours = [path for path in made if path != settings]
    assert len(ours) > 20
    open_to_others = [
        (str(path), oct(path.stat().st_mode))
        for path in ours
        if stat.S_IMODE(path.stat().st_mode) != (0o700 if path.is_dir() else 0o600)
    ]
    assert open_to_others == []
