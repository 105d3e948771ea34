"""A database server: everything works on it, and a connection that is lost leaves nothing half."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hilum.clock import SystemClock
from hilum.host import Host
from hilum.services.ehealth_conditions import EhealthConditions
from hilum.services.providers import ProviderService
from hilum.services.user_changes import Edit
from hilum.services.users import UserService
from hilum.storage.database import Database
from hilum.testing.fakes import FakeAudit, FakeCertificates, FakePrompter
from hilum_hookspecs import RecordError
from sqlalchemy import Engine, event

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed (hilum[postgresql])")

pytestmark = pytest.mark.postgresql

SECRETS = {"database-password": "unused-by-a-server-that-trusts"}


def program(name: str) -> str:
    """Return a program of the server; the distributions keep them off the path."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(kept[-1]) if kept else shutil.which(name)
    if found is None:
        pytest.skip("PostgreSQL is not installed (package postgresql)")
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Start a server of its own on a socket in a folder of its own; it refuses to run as root."""
    folder = Path(tempfile.mkdtemp(prefix="hilum-pg-"))
    account: dict[str, Any] = {}
    if os.getuid() == 0:
        shutil.chown(folder, "nobody")
        account = {"user": "nobody", "group": "nogroup", "extra_groups": ()}
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder, **account}
    options = ("-D", folder / "data")
    try:
        initialise = (program("initdb"), *options, "-U", "hilum", "--auth=trust", "--no-sync")
        subprocess.run([*initialise, "-E", "UTF8"], **quiet)
        listening = f"-c listen_addresses= -k {folder} -F"
        subprocess.run([program("pg_ctl"), *options, "-w", "-o", listening, "start"], **quiet)
        yield str(folder)
        subprocess.run([program("pg_ctl"), *options, "-m", "immediate", "stop"], **quiet)
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def database(server, request) -> str:
    """Make an empty database and return its address for libpq."""
    name = f"test_{abs(hash(request.node.nodeid))}"
    with administrator(server) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"host={server} user=hilum dbname={name}"


@contextmanager
def administrator(server: str) -> Iterator[Any]:
    address = f"host={server} user=hilum dbname=postgres"
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


@pytest.fixture
def hilum(hilum_cli, server, database):
    name = database.rpartition("=")[2]
    url = f"postgresql+psycopg://hilum@/{name}?host={server}"
    hilum_cli.configure(f'[storage]\nurl = "{url}"\n')
    hilum_cli.plugins = None

    def run(*arguments: str) -> tuple[int, Any]:
        return hilum_cli.json("--no-input", *arguments, secrets=SECRETS)

    run.folder = hilum_cli.folder
    return run


def add(identifier: str) -> tuple[str, ...]:
    return ("provider", "add", "--id", identifier, "--last-name", "Example")


def saved(hilum) -> list[str]:
    """Return the providers; each has its entry in the audit, and the record is whole."""
    code, document = hilum("provider", "list")
    assert code == 0, document
    providers = sorted(each["id"] for each in document["providers"])
    _code, listed = hilum("audit", "list", "--action", "provider.added")
    assert sorted(each["provider"] for each in listed["entries"]) == providers
    assert hilum("audit", "verify")[0] == 0
    return providers


def test_the_commands_work_on_a_server(hilum):
    assert hilum(*add("alice"))[0] == 0

    assert saved(hilum) == ["alice"]
    code, checked = hilum("db", "check")
    assert (code, checked["damage"]) == (0, [])
    assert {each["state"] for each in checked["plugins"]} == {"good"}
    assert hilum("db", "upgrade")[0] == 0


def test_a_backup_is_the_servers_own(hilum, tmp_path):
    code, document = hilum("db", "backup", str(tmp_path / "b.db"))

    assert (code, document["error"]["code"]) == (9, "storage.server-backup")


def test_a_practice_moves_from_a_file_to_a_server(hilum, hilum_cli):
    settings = (hilum.folder / "config.toml").read_text()
    url = settings.partition('url = "')[2].partition('"')[0]
    hilum_cli.configure("")
    hilum(*add("alice"))

    code, document = hilum("db", "move", url)

    assert (code, document["rows"]["provider_records_provider"]) == (0, 1)
    hilum_cli.configure(settings)
    assert hilum(*add("bob"))[0] == 0
    assert saved(hilum) == ["alice", "bob"]
    assert hilum("db", "check")[0] == 0


@pytest.mark.attack("H1")
def test_a_server_that_is_not_there_is_said_to_be(hilum, hilum_cli):
    hilum_cli.configure('[storage]\nurl = "postgresql+psycopg://hilum@/x?host=/nowhere"\n')

    code, document = hilum("provider", "list")

    assert (code, document["error"]["code"]) == (9, "storage.unreachable")


class Statements:
    """Counts the statements of the program and cuts its connection before the n-th."""

    def __init__(self, server: str) -> None:
        self._server = server
        self.count = 0
        self.cut_at = 0

    def __call__(self, connection: Any, *_more: object) -> None:
        self.count += 1
        if self.count == self.cut_at:
            process = connection.connection.dbapi_connection.info.backend_pid
            with administrator(self._server) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (process,))

    @contextmanager
    def watched(self, cut_at: int) -> Iterator[None]:
        self.count, self.cut_at = 0, cut_at
        for name in ("before_cursor_execute", "commit"):
            event.listen(Engine, name, self)
        try:
            yield
        finally:
            for name in ("before_cursor_execute", "commit"):
                event.remove(Engine, name, self)


@pytest.mark.attack("H1")
@pytest.mark.parametrize("first", [True, False])
def test_a_connection_lost_at_any_statement_leaves_a_record_whole_or_none(hilum, server, first):
    if not first:
        hilum(*add("alice"))
    statements = Statements(server)
    before = [] if first else ["alice"]
    number = 0
    while True:
        number += 1
        with statements.watched(cut_at=number):
            code, document = hilum(*add("bob"))
        if statements.count < number:
            break  # there are no more statements: nothing was cut
        # A validator that cannot ask its tables does not find the record valid.
        refused = (code, document["error"]["code"])
        assert refused in ((9, "storage.unreachable"), (3, "record.invalid")), number
        assert saved(hilum) == before
    assert number > 4
    assert code == 0
    assert saved(hilum) == [*before, "bob"]


WRITER = """
import sys
from pathlib import Path
from hilum.clock import SystemClock
from hilum.services.audit import AuditLog
from hilum.services.audit_files import audit_folder
from hilum.storage.database import Database
folder = Path(sys.argv[1])
database = Database(sys.argv[2], lambda: (), folder)
files = audit_folder(folder, database.place)
audit = AuditLog(database, clock=SystemClock(), environment="test", folder=files)
audit.verify()
print("ready", flush=True)
sys.stdin.readline()
for number in range(20):
    audit.record("session.opened", number=number)
    assert [chain.problems for chain in audit.verify()] == [()]
"""


@pytest.mark.attack("H1")
def test_processes_that_write_at_once_all_write_and_the_audit_is_whole(hilum):
    hilum(*add("first"))
    folder = hilum.folder
    settings = (folder / "config.toml").read_text()
    url = settings.partition('url = "')[2].partition('"')[0]
    children = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, folder, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _number in range(3)
    ]
    assert [child.stdout.readline() for child in children] == ["ready\n"] * 3
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        child.communicate(timeout=120)

    assert [child.returncode for child in children] == [0] * 3
    (chain,) = hilum("audit", "verify")[1]["chains"]
    assert chain["entries"] == 61


GUESSER = """
import sys
from pathlib import Path
from hilum.storage.database import Database
from hilum.testing.contexts import ContextMaker
from hilum.testing.fakes import FakePrompter, FakeProgress, StillClock
from hilum_fallback_login.hashing import Hashing
from hilum_fallback_login.local import LocalPasswords
from hilum_fallback_login.plugin import Plugin
from hilum_hookspecs import HilumError, PasswordRequest

class Together(FakePrompter):
    def secret(self, name, label):
        print("asked", flush=True)
        sys.stdin.readline()
        return "wrong"

folder, prompter = Path(sys.argv[1]), Together()
database = Database(sys.argv[2], lambda: (), folder)
context = ContextMaker(folder, StillClock(), prompter)(Plugin, storage=database)
passwords = LocalPasswords(context, hashing=Hashing(memory_kib=8, rounds=1))
user_id = sys.argv[3] or None
for number in range(5):
    try:
        passwords.verify(
            PasswordRequest(
                user_id=user_id and user_id + str(number),
                unknown_name=sys.argv[4] + str(number),
                prompter=prompter,
                progress=FakeProgress(),
            )
        )
    except HilumError as error:
        print(error.code, flush=True)
"""


@pytest.mark.attack("E1")
@pytest.mark.parametrize(
    ("user_id", "names", "judged"),
    [("u", ("", "", ""), 1), ("", ("x", "x", "x"), 1), ("", ("x", "y", "z"), 3)],
    ids=["one user", "one unknown name", "unknown names"],
)
def test_of_wrong_passwords_at_once_one_of_a_name_is_judged(hilum, user_id, names, judged):
    hilum(*add("first"))
    settings = (hilum.folder / "config.toml").read_text()
    url = settings.partition('url = "')[2].partition('"')[0]
    children = [
        subprocess.Popen(
            [sys.executable, "-c", GUESSER, hilum.folder, url, user_id, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    told = []
    for _number in range(5):
        assert [child.stdout.readline() for child in children] == ["asked\n"] * 3
        for child in children:
            child.stdin.write("\n")
            child.stdin.flush()
        told.append(sorted(child.stdout.readline().strip() for child in children))
    for child in children:
        child.communicate(timeout=60)

    delayed, rejected = ["credential.login-delayed"], ["credential.login-rejected"]
    assert told == [delayed * (3 - judged) + rejected * judged] * 5


class Administrators:
    """The users of a practice with two administrators, at two of its desks."""

    def __init__(self, url: str, folder: Path) -> None:
        self.databases = [Database(url, lambda: (), folder) for _desk in range(2)]
        self.desks = [self._desk(database) for database in self.databases]
        for name in ("anna", "ben"):
            self.desks[0].add({"name": name, "user_name": name, "administrator": True})
        self.desks[1].all()  # its tables were looked at: only the users are waited for

    def _desk(self, database: Database) -> UserService:
        providers = ProviderService(Host())
        clock = SystemClock()
        return UserService(
            database=database,
            clock=clock,
            audit=FakeAudit(clock),
            providers=providers,
            conditions=EhealthConditions(providers, FakeCertificates(), clock),
            passwords=None,
            prompter=FakePrompter(),
            login=lambda: None,
        )


@pytest.fixture
def administrators(hilum):
    settings = (hilum.folder / "config.toml").read_text()
    made = Administrators(settings.partition('url = "')[2].partition('"')[0], hilum.folder)
    yield made
    for database in made.databases:
        database.close()


def wait_for_a_wait(server: str, thread: threading.Thread) -> None:
    """Return as soon as a transaction waits for the turn of another, or *thread* is over."""
    waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with administrator(server) as connection:
        while thread.is_alive() and not connection.execute(waiting).fetchone():
            pass


@pytest.mark.attack("H1")
def test_two_desks_cannot_take_the_last_two_administrators_from_each_other(administrators, server):
    no_longer = Edit(values={"administrator": False})
    first, second = administrators.desks
    refused = []

    def demote_ben() -> None:
        with pytest.raises(RecordError) as caught:
            second.edit("ben", no_longer)
        refused.append(caught.value.code)

    at_the_other_desk = threading.Thread(target=demote_ben)
    with administrators.databases[0].begin():
        first.edit("anna", no_longer)
        at_the_other_desk.start()
        wait_for_a_wait(server, at_the_other_desk)
    at_the_other_desk.join()

    assert refused == ["user.last-administrator"]
    assert [user.user_name for user in first.all() if user.administrator] == ["ben"]
