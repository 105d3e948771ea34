"""The address of the database: never with a password, and a plain file when it is SQLite."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hilum.storage.database import Database
from hilum.storage.urls import database_url, parsed, place
from hilum.testing.cli import CliRunner
from hilum_hookspecs import ConfigurationError, StorageError
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import QueuePool

CANARY = "canary"


def said(error: BaseException | None) -> str:
    """All that *error* and those behind it say."""
    texts = ""
    while error is not None:
        texts += f"{error!s} {error!r} {getattr(error, 'details', '')}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return texts


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:canary@h/db",
        "postgresql://u:se/canary@h/db",
        "postgresql://u:a#canary@h/db",
        "postgresql://u:a?canary@h/db",
        "postgresql://u:canary[w@localhost/db",
        "postgresql://u:canary%40w@h/db",
        "postgresql://u:can@canary@h/db",
        "postgresql://u/x:canary@h/db",
        "postgresql://:canary@h/db",
        "postgresql://h/db?password=canary",
        "postgresql://h/db?passwd=canary",
        "postgresql://h/db?PASSWORD=canary",
        "postgresql://h/db?passfile=/canary",
        "postgresql://h/db?sslpassword=canary",
        "mssql+pyodbc://?odbc_connect=PWD%3Dcanary",
    ],
)
def test_a_password_in_the_url_is_refused_without_repeating_it(tmp_path, url):
    with pytest.raises(ConfigurationError) as caught:
        database_url(url, tmp_path)

    assert caught.value.code == "settings.password-in-url"
    assert CANARY not in said(caught.value)


@pytest.mark.parametrize("url", [CANARY, "postgresql://h:canary/db"])
def test_what_is_no_url_is_refused_without_repeating_it(tmp_path, url):
    with pytest.raises(StorageError) as caught:
        database_url(url, tmp_path)

    assert caught.value.code == "storage.url"
    assert CANARY not in said(caught.value)


def test_where_the_database_is_says_no_password_and_no_parameter():
    assert place(parsed("postgresql://u:canary@h/db?key=canary")) == "postgresql://u:***@h/db"


def test_a_url_without_a_password_is_taken(tmp_path):
    url = database_url("postgresql+psycopg://hilum@db.example/practice?sslmode=require", tmp_path)

    assert (url.username, url.host, url.query["sslmode"]) == ("hilum", "db.example", "require")


@pytest.mark.parametrize("name", ["data", "what?mode=ro", "100%41", "a#b", "two words", "a:b@c"])
def test_a_data_folder_may_have_any_name(tmp_path, name):
    folder = tmp_path / name
    open_once(Database(database_url("", folder), lambda: (), folder))

    assert (folder / "hilum.db").stat().st_size > 0
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_relative_file_stands_in_the_data_folder(tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    folder = tmp_path / "data"
    open_once(Database(database_url("sqlite:///practice.db", folder), lambda: (), folder))

    assert (folder / "practice.db").stat().st_size > 0
    assert list(elsewhere.iterdir()) == []


def open_once(database: Database) -> None:
    try:
        with database.begin():
            pass
        database.upgrade()
    finally:
        database.close()


class PlayedServer(SQLiteDialect_pysqlite):
    """A server that wants a password from whoever names a user, played by SQLite."""

    name = "played"
    supports_statement_cache = False
    file: Path
    heard: list[dict[str, Any]]

    @classmethod
    def get_pool_class(cls, url: Any) -> Any:
        return QueuePool

    def create_connect_args(self, url: Any) -> Any:
        return [], url.translate_connect_args(username="user")

    def connect(self, *_arguments: Any, **named: Any) -> Any:
        self.heard.append(named)
        if "user" in named and named.get("password") != "right":
            raise sqlite3.OperationalError("password authentication failed")
        return sqlite3.connect(self.file)


SERVER = "played://hilum@db.example/practice"


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setitem(registry.impls, "played", lambda: PlayedServer)
    monkeypatch.setattr(PlayedServer, "file", tmp_path / "server.db", raising=False)
    monkeypatch.setattr(PlayedServer, "heard", [], raising=False)
    return PlayedServer


def use(url: str, folder: Path, answers: list[str]) -> None:
    open_once(Database(database_url(url, folder), lambda: (), folder, password=answers.pop))


def test_a_server_s_password_is_asked_once_and_given_to_every_connection(server, tmp_path):
    answers = ["never asked for", "right"]
    use(SERVER, tmp_path, answers)

    assert answers == ["never asked for"]
    assert len(server.heard) > 1
    assert {(each["user"], each["password"]) for each in server.heard} == {("hilum", "right")}


def test_without_a_user_nothing_is_asked(server, tmp_path):
    use("played://db.example/practice", tmp_path, [])

    assert server.heard
    assert all("password" not in each for each in server.heard)


def test_sqlite_never_asks(tmp_path):
    use("", tmp_path, [])

    assert (tmp_path / "hilum.db").exists()


def test_a_wrong_password_is_an_error_of_ours_that_does_not_repeat_it(server, tmp_path):
    with pytest.raises(StorageError) as caught:
        use(SERVER, tmp_path, [CANARY])

    assert (caught.value.code, caught.value.details["path"]) == ("storage.database", SERVER)
    assert CANARY not in said(caught.value)


@pytest.fixture
def command(tmp_path, clock):
    runner = CliRunner(tmp_path / "hilum", clock)
    runner.configure(f'[storage]\nurl = "{SERVER}"\n')
    return runner


def test_the_command_line_names_the_secret_that_is_missing(server, command):
    code, document = command.json("audit", "list")

    assert (code, document["error"]["code"]) == (2, "secret.missing")
    assert document["error"]["details"]["name"] == "database-password"
    assert server.heard == []


def test_the_command_line_takes_the_secret_that_was_given(server, command):
    code, _document = command.json("audit", "list", secrets={"database-password": "right"})

    assert code == 0
    assert {each["password"] for each in server.heard} == {"right"}


def test_an_address_with_a_password_blames_the_settings_and_no_plugin(command):
    command.configure('[storage]\nurl = "postgresql://u:p[w@localhost/db"\n')
    code, document = command.json("audit", "list")

    assert (code, document["error"]["code"]) == (2, "settings.password-in-url")
