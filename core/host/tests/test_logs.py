"""The log: small, private, without secrets, and never in the way."""

from __future__ import annotations

import logging
import stat
import subprocess
import sys
from typing import Any

import click
import pytest
from hilum.logs import LONGEST, RedactingFormatter
from hilum.redaction import Redactor
from hilum.testing.fakes import StillClock
from hilum_hookspecs import Message, hookimpl
from hilum_hookspecs.cli import CliCommand

NISS = "85073003328"
PASSWORD = "Canary-Keystore-81"


class Acme:
    """A plugin that says too much to the log, and whose command fails when it is told to."""

    def __init__(self, context: Any) -> None:
        self._context = context

    @hookimpl
    def hilum_cli_commands(self):
        yield CliCommand(name="acme", summary=Message("acme", "Acme"), build=self._build)

    def _build(self) -> click.Command:
        @click.command()
        @click.argument("what")
        def acme(what):
            self._context.certificates.active("7")
            log = logging.getLogger("hilum_acme")
            secret = self._context.prompter.secret("keystore-password", Message("acme", "P"))
            if what == "fail":
                raise ValueError(f"{NISS} {secret}")
            log.warning("opening %s with %s", NISS, secret)
            log.debug("a detail")
            logging.getLogger("zeep").warning("password=%s", "of-another")
            logging.getLogger("zeep").debug("<a>a whole message</a>")
            try:
                raise ValueError(f"{NISS} {secret}")
            except ValueError:
                log.exception("it failed")

        return acme


@pytest.fixture
def acme(hilum_cli):
    hilum_cli.plugins = {"acme.cli": Acme}

    def run(*arguments: str, **options: Any):
        return hilum_cli(*arguments, secrets={"keystore-password": PASSWORD}, **options)

    run.folder = hilum_cli.folder
    run.configure = hilum_cli.configure
    return run


def kept(acme) -> str:
    return (acme.folder / "hilum.log").read_text()


@pytest.mark.attack("C2")
def test_the_log_keeps_warnings_without_secrets_and_persons(acme):
    acme("acme", "talk")

    text = kept(acme)
    assert "WARNING hilum_acme: opening [number ..28] with [redacted]" in text
    assert "ERROR hilum_acme: it failed" in text
    assert "ValueError: [number ..28] [redacted]" in text
    assert "WARNING zeep: password=[redacted]" in text
    assert NISS not in text
    assert PASSWORD not in text
    assert "a detail" not in text
    assert text.startswith("2030-01-02T09:00:00Z ")


@pytest.mark.attack("D7")
def test_the_log_is_private(acme):
    acme("acme", "talk")

    assert stat.S_IMODE((acme.folder / "hilum.log").stat().st_mode) == 0o600


@pytest.mark.attack("C2")
def test_verbose_is_redacted_too_and_shows_no_messages_of_other_libraries(acme):
    errors = acme("--verbose", "acme", "talk").errors

    assert "opening [number ..28] with [redacted]" in errors
    assert "password=[redacted]" in errors
    assert "a detail" in errors
    assert "a whole message" not in errors
    assert NISS not in errors
    assert PASSWORD not in errors


@pytest.mark.attack("C2")
@pytest.mark.parametrize("options", [(), ("--verbose",), ("--json", "--verbose")])
def test_a_defect_is_kept_with_its_places_and_never_its_message(acme, options):
    result = acme(*options, "acme", "fail")

    text = kept(acme)
    assert "ERROR hilum.failures: acme: plugin.failed" in text or "acme: defect" in text
    assert "ValueError:" in text
    assert "in acme" in text
    for everywhere in (text, result.output, result.errors):
        assert NISS not in everywhere
        assert PASSWORD not in everywhere


@pytest.mark.parametrize(
    ("level", "expected"), [("off", None), ("error", 1), ("warning", 3), ("debug", 4)]
)
def test_the_level_is_a_setting(acme, level, expected):
    acme.configure(f'[general]\nlog_level = "{level}"\n')
    acme("acme", "talk")

    log = acme.folder / "hilum.log"
    if expected is None:
        assert not log.exists()
    else:
        lines = log.read_text().splitlines()
        assert len([line for line in lines if line.startswith("2030-")]) == expected


def test_the_place_is_a_setting(acme, tmp_path):
    acme.configure(f'[general]\nlog_file = "{tmp_path / "logs" / "own.log"}"\n')
    acme("acme", "talk")

    assert "it failed" in (tmp_path / "logs" / "own.log").read_text()
    assert not (acme.folder / "hilum.log").exists()


def test_a_log_that_becomes_large_begins_anew_and_keeps_one_before(acme, monkeypatch):
    monkeypatch.setattr("hilum.logs.LARGEST", 2000)
    for _run in range(10):
        acme("acme", "talk")

    sizes = [(acme.folder / name).stat().st_size for name in ("hilum.log", "hilum.log.1")]
    assert all(0 < size <= 2000 for size in sizes)


@pytest.mark.attack("D7")
def test_a_link_in_the_place_of_the_log_is_not_followed_and_stops_nothing(acme, tmp_path):
    acme("plugins", "list")
    acme.folder.mkdir(mode=0o700, exist_ok=True)
    (tmp_path / "target").write_text("mine")
    (acme.folder / "hilum.log").symlink_to(tmp_path / "target")

    result = acme("acme", "talk")

    assert result.exit_code == 0
    assert result.errors.count("The log") == 1
    assert (tmp_path / "target").read_text() == "mine"


def test_a_run_leaves_no_handler_behind(acme):
    root = logging.getLogger()
    before = (list(root.handlers), root.level)

    acme("--verbose", "acme", "talk")

    assert (list(root.handlers), root.level) == before


def test_looking_makes_no_log(acme):
    acme("session", "status")
    acme("plugins", "list")
    acme("--help")

    assert not (acme.folder / "hilum.log").exists()


def test_several_processes_write_whole_lines(tmp_path):
    script = (
        "import sys, logging; from pathlib import Path\n"
        "from hilum.logs import LogFile\n"
        "handler = LogFile(Path(sys.argv[1]), print)\n"
        "for n in range(50): handler.emit(logging.makeLogRecord({'msg': 'x' * 200}))\n"
    )
    path = tmp_path / "private" / "hilum.log"
    children = [
        subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE)
        for _number in range(3)
    ]
    assert [child.communicate(timeout=60)[0] for child in children] == [b"", b"", b""]

    assert path.read_text().splitlines() == ["x" * 200] * 150


@pytest.mark.attack("C2")
@pytest.mark.parametrize("cut", range(1, 11))
def test_a_record_that_is_too_long_is_not_cut_inside_a_number(cut):
    formatter = RedactingFormatter("%(message)s", Redactor(), StillClock())
    text = "-" * (LONGEST - cut) + NISS + "-" * 99

    written = formatter.format(logging.makeLogRecord({"msg": text}))

    assert len(written) < LONGEST
    assert not any(digit in written for digit in NISS)
