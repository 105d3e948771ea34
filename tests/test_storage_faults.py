"""The disk fails, or the process dies, at every single write: nothing is ever half there.

Each command is run once for every write that it makes, with this write failing, then its data
folder is looked at without the fault.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hilum.services.audit import AuditLog, Query
from hilum.storage.database import Database
from hilum.testing.fakes import StillClock

FAULTS = Path(__file__).with_name("faults")
ADD = ("provider", "add", "--id", "bob", "--last-name", "Example", "--niss", "17073003384")

NEXT = ("provider", "add", "--id", "carol", "--last-name", "Example")
KEEP = "keep"
"""Instead of a template: the folder as the last run left it."""

pytestmark = [
    pytest.mark.compiler,
    pytest.mark.skipif(sys.platform != "linux", reason="the shim reads /proc"),
]


@dataclass
class Run:
    """How one run ended, and the folder that it left."""

    at: int
    folder: Path
    code: int | None
    """``None`` when it was killed."""

    document: dict[str, Any]
    calls: int


@dataclass
class Worker:
    """Runs commands under the shim."""

    process: subprocess.Popen[str]
    folder: Path

    def run(
        self,
        template: Path | str | None,
        command: tuple[str, ...],
        at: int,
        error: int,
        stays: bool,
    ) -> Run:
        task = {
            "template": str(template) if isinstance(template, Path) else template,
            "folder": str(self.folder / "data"),
            "command": command,
            "at": at,
            "error": error,
            "stays": stays,
        }
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        said = json.loads(self.process.stdout.readline())
        if said["status"] == -signal.SIGKILL:
            return Run(at, self.folder / "data", None, {}, at)
        assert said["status"] == 0, said
        document = json.loads(said["output"])
        return Run(at, self.folder / "data", said["code"], document, said["calls"])

    def every(
        self, template: Path | str | None, *command: str, error: int, stays: bool = False
    ) -> Iterator[Run]:
        """Run the command with the first write failing, the second, and so on."""
        whole = self.run(template, command, 0, 0, False)
        assert whole.code == 0, whole.document
        assert whole.calls > 0
        for at in range(1, whole.calls + 1):
            yield self.run(template, command, at, error, stays)


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    folder = tmp_path_factory.mktemp("faults")
    shim = folder / "shim.so"
    build = [compiler, "-shared", "-fPIC", "-O1", "-o", shim, FAULTS / "shim.c", "-ldl"]
    subprocess.run([str(part) for part in build], check=True)
    process = subprocess.Popen(
        [sys.executable, FAULTS / "worker.py", folder / "warm"],
        env={**os.environ, "LD_PRELOAD": str(shim)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert json.loads(process.stdout.readline()) == {"ready": True}
    yield Worker(process, folder)
    process.communicate(timeout=30)


@pytest.fixture(scope="module")
def practice(worker, tmp_path_factory):
    """A data folder with a provider."""
    command = ("provider", "add", "--id", "alice", "--last-name", "Example")
    assert worker.run(None, command, 0, 0, False).code == 0
    template = tmp_path_factory.mktemp("template") / "data"
    shutil.copytree(worker.folder / "data", template)
    return template


@pytest.fixture(scope="module")
def with_backup(worker, practice, tmp_path_factory):
    """A data folder with a backup in it, of before a second provider."""
    assert worker.run(practice, ("db", "backup", backup(worker)), 0, 0, False).code == 0
    template = tmp_path_factory.mktemp("backed-up") / "data"
    shutil.copytree(worker.folder / "data", template)
    assert worker.run(template, ADD, 0, 0, False).code == 0
    shutil.rmtree(template)
    shutil.copytree(worker.folder / "data", template)
    return template


def backup(worker: Worker) -> str:
    return str(worker.folder / "data" / "backup.db")


DISKS = {
    "full": {"error": errno.ENOSPC, "stays": True},
    "failing once": {"error": errno.EIO},
}
FAULTS_OF_ALL = {"full": DISKS["full"], "killed": {"error": 0}}


def rows(database: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchone() is None
        return [row[0] for row in connection.execute(query)]


def providers(folder: Path) -> list[str]:
    """Return the providers; each must have its entry in the audit, and no entry stands alone."""
    database = folder / "hilum.db"
    there = rows(database, "select id from provider_records_provider order by id")
    noted = rows(
        database, "select provider_id from hilum_audit where action = 'provider.added' order by 1"
    )
    assert there == noted
    return there


def refused_with_the_file(run: Run) -> None:
    """See that the refusal is ours, is exit 9, and names a file of the folder."""
    assert run.code == 9, run
    assert run.document["error"]["code"].startswith("storage."), run
    assert str(run.document["error"]["details"]["path"]).startswith(str(run.folder)), run


def audit_is_whole(folder: Path) -> list[str]:
    """See that nothing was lost from the audit; return what it tells was done."""
    file = folder / "hilum.db"
    if not file.exists() or not rows(
        file, "select 1 from sqlite_master where name = 'hilum_audit'"
    ):
        return []
    database = Database(f"sqlite:///{file}", lambda: (), folder)
    clock, where = StillClock(), folder / "audit"
    audit = AuditLog(database, clock=clock, environment="production", folder=where)
    try:
        entries, chains = audit.snapshot(Query())
        assert [chain.problems for chain in chains if chain.problems] == []
        return [entry.action for entry in entries]
    finally:
        database.close()


class Again:
    """Starts again on what was left, once for each state in which a folder was left."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._seen: set[tuple[str, ...]] = set()

    def __call__(self, run: Run) -> None:
        files = [str(path.relative_to(run.folder)) for path in run.folder.rglob("*")]
        named = [re.sub(r"\.?[0-9a-f]{16}$", "", file) for file in files]
        state = (str(run.code), *audit_is_whole(run.folder), *sorted(set(named)))
        if state not in self._seen:
            self._seen.add(state)
            done = self._worker.run(KEEP, NEXT, 0, 0, False)
            assert done.code == 0, done
            database = done.folder / "hilum.db"
            assert "carol" in rows(database, "select id from provider_records_provider")
            audit_is_whole(done.folder)


@pytest.fixture
def again(worker):
    return Again(worker)


@pytest.mark.attack("H1")
@pytest.mark.parametrize("disk", DISKS)
def test_a_record_is_saved_or_not_at_all_when_the_disk_fails(worker, practice, again, disk):
    for run in worker.every(practice, *ADD, **DISKS[disk]):
        saved = "bob" in providers(run.folder)
        if run.code == 0:
            assert saved
        else:
            refused_with_the_file(run)
            assert not saved
        again(run)


@pytest.mark.attack("H1")
def test_a_record_is_saved_or_not_at_all_when_the_process_dies(worker, practice, again):
    for run in worker.every(practice, *ADD, error=0):
        assert run.code is None
        assert providers(run.folder) in (["alice"], ["alice", "bob"])
        again(run)


@pytest.mark.attack("H1")
@pytest.mark.parametrize("disk", FAULTS_OF_ALL)
def test_a_database_is_made_or_not_at_all(worker, again, disk):
    for run in worker.every(None, *ADD, **FAULTS_OF_ALL[disk]):
        if run.code == 0:
            assert providers(run.folder) == ["bob"]
        elif run.code is not None:
            refused_with_the_file(run)
        again(run)


def sessions(folder: Path) -> tuple[bool, bool]:
    """Tell whether the session is written down, and whether it is kept."""
    from hilum.services.token_files import TokenFiles

    noted = rows(folder / "hilum.db", "select action from hilum_audit")
    view = TokenFiles(folder / "sessions", "production").view("alice")
    return "session.opened" in noted, view is not None


@pytest.mark.attack("H1")
@pytest.mark.parametrize("disk", FAULTS_OF_ALL)
def test_a_session_that_is_kept_is_written_down(worker, practice, again, disk):
    for run in worker.every(practice, "keep-session", **FAULTS_OF_ALL[disk]):
        noted, kept = sessions(run.folder)
        assert noted or not kept
        if run.code == 0:
            assert kept
        elif run.code is not None:
            refused_with_the_file(run)
        again(run)


@pytest.mark.attack("H1")
@pytest.mark.parametrize("disk", FAULTS_OF_ALL)
def test_a_backup_has_its_name_only_when_it_is_whole(worker, practice, again, disk):
    for run in worker.every(practice, "db", "backup", backup(worker), **FAULTS_OF_ALL[disk]):
        made = run.folder / "backup.db"
        if made.exists():
            assert rows(made, "select id from provider_records_provider") == ["alice"]
        if run.code == 0:
            assert made.exists()
        elif run.code is not None:
            refused_with_the_file(run)
        again(run)


@pytest.mark.attack("H1")
@pytest.mark.parametrize("disk", FAULTS_OF_ALL)
def test_a_restore_leaves_the_old_database_or_the_new_one(worker, with_backup, again, disk):
    for run in worker.every(with_backup, "db", "restore", backup(worker), **FAULTS_OF_ALL[disk]):
        there = rows(run.folder / "hilum.db", "select id from provider_records_provider")
        assert sorted(there) in (["alice"], ["alice", "bob"])
        if run.code == 0:
            assert there == ["alice"]
        elif run.code is not None:
            refused_with_the_file(run)
        again(run)
