"""``hilum db check | backup | restore | downgrade``."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hilum_hookspecs import StorageSpec, hookimpl

FIRST = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "acme_0001", None
def upgrade():
    op.create_table("acme_person", sa.Column("id", sa.Integer, primary_key=True))
def downgrade():
    op.drop_table("acme_person")
"""
SECOND = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "acme_0002", "acme_0001"
def upgrade():
    with op.batch_alter_table("acme_person") as table:
        table.add_column(sa.Column("name", sa.String, nullable=False, server_default="?"))
def downgrade():
    with op.batch_alter_table("acme_person") as table:
        table.drop_column("name")
"""


def make_acme(folder: Path, revisions: int) -> type:
    """A plugin as it was after so many revisions."""
    migrations = folder / f"acme-{revisions}"
    migrations.mkdir(exist_ok=True)
    for number, source in enumerate((FIRST, SECOND)[:revisions], start=1):
        (migrations / f"acme_{number:04}.py").write_text(source)

    def tables():
        from sqlalchemy import Column, Integer, MetaData, String, Table

        metadata = MetaData()
        later = [Column("name", String, nullable=False, server_default="?")] * (revisions > 1)
        Table("acme_person", metadata, Column("id", Integer, primary_key=True), *later)
        return metadata

    class Acme:
        def __init__(self, context: object) -> None: ...

        @hookimpl
        def hilum_storage(self):
            yield StorageSpec(metadata=tables, migrations=migrations, head=f"acme_{revisions:04}")

    return Acme


@pytest.fixture
def used(hilum, tmp_path):
    """A database with an open session in its audit, and a plugin with a row."""
    hilum.plugins = {**hilum.plugins, "acme": make_acme(tmp_path, 1)}
    hilum("session", "open", "--provider", "7")
    execute(hilum, "insert into acme_person (id) values (7)")
    return hilum


def execute(hilum, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(hilum.folder / "hilum.db")) as database, database:
        return database.execute(statement).fetchall()


def people(hilum) -> list[object]:
    return [row[0] for row in execute(hilum, "select id from acme_person")]


def actions(hilum) -> list[str]:
    _code, document = hilum.json("audit", "list")
    return [entry["action"] for entry in document["entries"]]


def error_of(hilum, *arguments: str) -> tuple[int, str]:
    code, document = hilum.json(*arguments)
    return code, document["error"]["code"]


def backed_up(hilum, tmp_path) -> Path:
    file = tmp_path / "backup.db"
    assert hilum("db", "backup", str(file)).exit_code == 0
    return file


def test_a_good_database_is_said_to_be_good(used):
    code, document = used.json("db", "check")

    assert (code, document["damage"], document["left"]) == (0, [], [])
    assert [(each["plugin"], each["state"]) for each in document["plugins"]] == [
        ("hilum", "good"),
        ("acme", "good"),
    ]
    assert document["rows"]["acme_person"] == 1
    assert document["chains"][0]["problems"] == []
    text = used("db", "check").output
    assert "no damage" in text
    assert "audit: whole" in text


def test_a_check_makes_no_database(hilum):
    code, document = hilum.json("db", "check")

    assert (code, document["exists"]) == (0, False)
    assert not (hilum.folder / "hilum.db").exists()


def test_a_check_makes_no_tables(hilum, tmp_path):
    hilum("session", "open", "--provider", "7")
    hilum.plugins = {**hilum.plugins, "acme": make_acme(tmp_path, 1)}

    _code, document = hilum.json("db", "check")

    assert document["plugins"][1]["state"] == "absent"
    assert "acme_person" not in document["rows"]


def test_the_tables_of_a_plugin_that_is_gone_are_named_and_stay_until_it_is_back(used):
    acme = used.plugins.pop("acme")

    code, document = used.json("db", "check")
    assert code == 0
    assert document["left"] == [{"plugin": "acme", "found": "acme_0001", "tables": ["acme_person"]}]
    assert "acme takes no part; its tables stay" in used("db", "check").output
    assert used("db", "upgrade").exit_code == 0

    used.plugins["acme"] = acme
    assert used.json("db", "check")[1]["left"] == []
    assert people(used) == [7]


def test_older_tables_are_exit_9_and_the_remedy_is_the_upgrade(used, tmp_path):
    used.plugins["acme"] = make_acme(tmp_path, 2)

    code, document = used.json("db", "check")

    assert (code, document["error"]["code"]) == (9, "storage.check-failed")
    assert document["error"]["details"]["plugins"][1]["state"] == "old"
    assert "hilum db upgrade" in document["error"]["remedy"]


def test_newer_tables_are_exit_9(used, tmp_path):
    used.plugins["acme"] = make_acme(tmp_path, 2)
    used("db", "upgrade")
    used.plugins["acme"] = make_acme(tmp_path, 1)

    assert used.json("db", "check")[1]["error"]["details"]["plugins"][1]["state"] == "new"


def test_a_column_that_is_missing_is_named(used):
    execute(used, "alter table hilum_audit rename column actor to somebody")

    _code, document = used.json("db", "check")

    (ours, _acme) = document["error"]["details"]["plugins"]
    assert (ours["state"], ours["missing"]) == ("damaged", ["hilum_audit.actor"])


def damage_a_page(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size, (page,) = (
            database.execute("PRAGMA page_size").fetchone()[0],
            database.execute(
                "select rootpage from sqlite_master where name = 'acme_person'"
            ).fetchone(),
        )
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


@pytest.mark.attack("H1")
def test_a_damaged_page_is_found(used):
    damage_a_page(used.folder / "hilum.db")

    code, document = used.json("db", "check")

    assert code == 9
    assert document["error"]["code"] in ("storage.check-failed", "storage.database")


def test_an_audit_that_was_changed_is_found(used):
    execute(used, "update hilum_audit set data = '{}' where sequence = 1")

    assert error_of(used, "db", "check") == (9, "storage.check-failed")
    assert "audit: not whole" in used("db", "check").errors


@pytest.mark.attack("D7")
@pytest.mark.parametrize("mask", [0, 0o022, 0o077])
def test_a_backup_is_whole_private_and_written_down(used, tmp_path, mask):
    before = os.umask(mask)
    try:
        file = backed_up(used, tmp_path)
    finally:
        os.umask(before)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob("*backup.db*")] == ["backup.db"]
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("pragma integrity_check").fetchone() == ("ok",)
        assert copy.execute("select id from acme_person").fetchall() == [(7,)]
    assert actions(used)[-1] == "database.backed-up"


def test_a_backup_can_be_made_while_somebody_writes_and_before_an_upgrade(used, tmp_path):
    used.plugins["acme"] = make_acme(tmp_path, 2)
    with closing(sqlite3.connect(used.folder / "hilum.db")) as other:
        other.execute("insert into acme_person (id) values (8)")
        other.rollback()
        code, document = used.json("db", "backup", str(tmp_path / "backup.db"))

    assert (code, document["audited"]) == (0, True)


def test_a_backup_takes_no_files_place_unless_told_to(used, tmp_path):
    (tmp_path / "backup.db").write_text("mine")

    assert error_of(used, "db", "backup", str(tmp_path / "backup.db")) == (2, "usage.file-exists")
    assert (tmp_path / "backup.db").read_text() == "mine"
    assert used("db", "backup", "--force", str(tmp_path / "backup.db")).exit_code == 0
    own = str(used.folder / "hilum.db")
    assert error_of(used, "db", "backup", "--force", own) == (2, "usage.same-database")


@pytest.mark.parametrize("end", ["", "-journal", "-wal", "-shm"])
def test_a_backup_takes_the_place_of_no_file_of_the_database(used, tmp_path, end):
    (tmp_path / "link").symlink_to(used.folder)
    with closing(sqlite3.connect(used.folder / "hilum.db")) as reading:
        reading.execute("select count(*) from acme_person").fetchall()
        for folder in (used.folder, tmp_path / "link"):
            own = str(folder / f"hilum.db{end}")
            refused = error_of(used, "db", "backup", "--force", own)
            assert refused == (2, "usage.same-database")

    assert people(used) == [7]


def test_a_backup_that_would_be_made_is_only_tried(used, tmp_path):
    _code, document = used.json("db", "backup", str(tmp_path / "backup.db"), "--dry-run")

    assert document["size"] > 0
    assert list(tmp_path.glob("*backup.db*")) == []


@pytest.mark.attack("H1")
def test_a_damaged_database_is_not_backed_up(used, tmp_path):
    damage_a_page(used.folder / "hilum.db")

    assert error_of(used, "db", "backup", str(tmp_path / "b.db")) == (9, "storage.damaged")
    assert list(tmp_path.glob("*b.db*")) == []


def test_a_backup_where_nothing_can_be_written_is_exit_9_and_names_the_file(used, tmp_path):
    file = str(tmp_path / "nowhere" / "backup.db")

    code, document = used.json("db", "backup", file)

    assert (code, document["error"]["details"]["path"]) == (9, file)
    noted = [entry["action"] for entry in used.json("audit", "list")[1]["entries"]]
    assert "database.backed-up" not in noted


def test_without_a_database_there_is_nothing_to_back_up(hilum, tmp_path):
    assert error_of(hilum, "db", "backup", str(tmp_path / "b.db")) == (9, "storage.no-database")
    assert not (hilum.folder / "hilum.db").exists()


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_server_is_left_to_its_own_tools(hilum, tmp_path, command):
    settings = hilum.folder / "config.toml"
    url = '\n[storage]\nurl = "postgresql+psycopg://hilum@db.example/practice"\n'
    settings.write_text(settings.read_text() + url)

    code, document = hilum.json("db", command, str(tmp_path / "b.db"))

    assert (code, document["error"]["code"]) == (9, f"storage.server-{command}")
    assert "PostgreSQL" in document["error"]["remedy"]


def test_a_restore_brings_the_rows_back_and_keeps_the_database_of_before(used, tmp_path):
    file = backed_up(used, tmp_path)
    execute(used, "insert into acme_person (id) values (8)")

    code, document = used.json("db", "restore", str(file))

    assert (code, document["behind"], document["audit_kept"]) == (0, [], True)
    assert people(used) == [7]
    kept = Path(document["kept"])
    assert kept.name == "hilum.db.before-20261123-120000"
    with closing(sqlite3.connect(kept)) as database:
        assert database.execute("select id from acme_person").fetchall() == [(7,), (8,)]
    assert sorted(path.name for path in used.folder.glob("*hilum.db*")) == [
        "hilum.db",
        "hilum.db.before-20261123-120000",
    ]
    for path in (kept, used.folder / "hilum.db"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert file.exists()


def test_a_restore_takes_no_entry_of_the_audit_back(used, tmp_path):
    file = backed_up(used, tmp_path)
    used("session", "close", "--provider", "7")

    used("db", "restore", str(file))
    used("session", "open", "--provider", "8")

    assert actions(used) == [
        "session.opened",
        "database.backed-up",
        "session.closed",
        "database.restored",
        "session.opened",
    ]
    assert used("audit", "verify").exit_code == 0
    assert used("db", "check").exit_code == 0


def test_a_restore_in_the_place_of_a_damaged_database_says_what_is_lost(used, tmp_path):
    file = backed_up(used, tmp_path)
    used("session", "close", "--provider", "7")
    database = used.folder / "hilum.db"
    database.write_bytes(b"not a database at all" * 1000)

    code, document = used.json("db", "restore", str(file))

    assert (code, document["audit_kept"]) == (0, False)
    assert people(used) == [7]
    assert Path(document["kept"]).read_bytes().startswith(b"not a database")
    assert actions(used)[-1] == "database.restored"
    assert error_of(used, "audit", "verify") == (9, "storage.audit-changed")


def test_a_restore_where_there_is_no_database_makes_one(used, tmp_path):
    file = backed_up(used, tmp_path)
    for path in used.folder.glob("hilum.db*"):
        path.unlink()

    code, document = used.json("db", "restore", str(file))

    assert (code, document["kept"]) == (0, None)
    assert people(used) == [7]


def test_a_restore_that_is_tried_changes_nothing(used, tmp_path):
    file = backed_up(used, tmp_path)
    before = sorted(path.name for path in used.folder.iterdir())

    assert used.json("db", "restore", str(file), "--dry-run")[0] == 0

    assert sorted(path.name for path in used.folder.iterdir()) == before
    assert "database.restored" not in actions(used)


def test_a_restore_waits_for_nobody_who_has_the_database_open(used, tmp_path):
    file = backed_up(used, tmp_path)
    holding = (
        "import sqlite3, sys\n"
        "database = sqlite3.connect(sys.argv[1])\n"
        "database.execute('select count(*) from hilum_audit').fetchall()\n"
        "print('open', flush=True); sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", holding, str(used.folder / "hilum.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert other.stdout.readline() == b"open\n"
        refused = error_of(used, "db", "restore", str(file))
    finally:
        other.communicate()

    assert refused == (9, "storage.locked")
    assert list(used.folder.glob("hilum.db.before-*")) == []
    assert "database.restored" not in actions(used)
    assert used("db", "restore", str(file)).exit_code == 0


def test_a_backup_of_a_newer_program_is_refused(used, tmp_path):
    used.plugins["acme"] = make_acme(tmp_path, 2)
    used("db", "upgrade")
    file = backed_up(used, tmp_path)
    used.plugins["acme"] = make_acme(tmp_path, 1)

    assert error_of(used, "db", "restore", str(file)) == (9, "storage.schema-new")


def test_a_backup_of_an_older_program_is_restored_and_then_upgraded(used, tmp_path):
    file = backed_up(used, tmp_path)
    used.plugins["acme"] = make_acme(tmp_path, 2)
    used("db", "upgrade")

    result = used("db", "restore", str(file))

    assert "The tables of acme are older than the program: hilum db upgrade." in result.output
    assert used("db", "upgrade").exit_code == 0
    assert used("db", "check").exit_code == 0
    assert people(used) == [7]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "storage.not-found"),
        (b"a letter to somebody" * 1000, "storage.not-a-database"),
        (b"", "storage.not-a-backup"),
    ],
)
def test_what_is_no_backup_is_refused_and_nothing_changed(used, tmp_path, content, code):
    file = tmp_path / "other.db"
    if content is not None:
        file.write_bytes(content)

    assert error_of(used, "db", "restore", str(file)) == (9, code)
    assert people(used) == [7]
    assert [path.name for path in used.folder.iterdir() if path.name.startswith(".hilum.db")] == []


@pytest.mark.attack("H1")
def test_a_damaged_backup_is_refused(used, tmp_path):
    file = backed_up(used, tmp_path)
    damage_a_page(file)

    assert error_of(used, "db", "restore", str(file)) == (9, "storage.damaged")
    assert people(used) == [7]


@pytest.mark.attack("H1")
def test_a_backup_that_was_cut_off_is_refused(used, tmp_path):
    file = backed_up(used, tmp_path)
    file.write_bytes(file.read_bytes()[:20_000])

    code, error = error_of(used, "db", "restore", str(file))

    assert (code, error) == (9, "storage.damaged")
    assert people(used) == [7]


def test_tables_go_back_to_an_earlier_revision_and_keep_their_rows(used, tmp_path):
    used.plugins["acme"] = make_acme(tmp_path, 2)
    used("db", "upgrade")

    tried = used.json("db", "downgrade", "acme", "acme_0001", "--dry-run")[1]
    assert tried["revisions"] == ["acme_0002"]
    assert error_of(used, "db", "downgrade", "acme", "acme_0001") == (2, "usage.not-agreed")
    code, document = used.json("db", "downgrade", "acme", "acme_0001", "--yes")

    assert (code, document["found"], document["head"]) == (0, "acme_0002", "acme_0001")
    used.plugins["acme"] = make_acme(tmp_path, 1)
    assert used("db", "check").exit_code == 0
    assert people(used) == [7]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("acme", "acme_0009"), "usage.unknown-revision"),
        (("acme", "base"), "usage.unknown-revision"),
        (("nobody", "x"), "usage.no-tables"),
    ],
)
def test_a_way_back_that_is_not_there_is_refused(used, arguments, code):
    assert error_of(used, "db", "downgrade", *arguments, "--yes") == (2, code)


def use(hilum, url: str) -> None:
    settings = hilum.folder / "config.toml"
    settings.write_text(settings.read_text() + f'\n[storage]\nurl = "{url}"\n')


def test_a_move_copies_every_row_and_the_audit_goes_on(used):
    code, document = used.json("db", "move", "sqlite:///other.db")

    assert code == 0
    assert document["rows"]["acme_person"] == 1
    assert document["rows"]["hilum_audit"] == 2
    assert people(used) == [7]
    use(used, "sqlite:///other.db")
    assert used("db", "check").exit_code == 0
    used("session", "close", "--provider", "7")
    assert actions(used) == ["session.opened", "database.moved", "session.closed"]
    assert used("audit", "verify").exit_code == 0


def test_a_move_says_which_line_leads_to_the_new_database(used):
    said = used("db", "move", "sqlite:///other.db").errors

    assert str(used.folder / "config.toml") in said
    line = '[storage]\nurl = "sqlite:///other.db"\n'
    assert line in said
    settings = used.folder / "config.toml"
    settings.write_text(f"{settings.read_text()}\n{line}")
    assert people(used) == [7]


def test_a_database_that_was_moved_and_the_one_of_before_both_stay_whole(used, tmp_path):
    used("db", "move", "sqlite:///other.db")
    other = {"HILUM__STORAGE__URL": "sqlite:///other.db"}

    for environ in (other, {}, other, {}):
        assert (
            used("db", "backup", "--force", str(tmp_path / "b.db"), environ=environ).exit_code == 0
        )
        assert used("audit", "verify", environ=environ).exit_code == 0
    execute(used, "delete from hilum_audit where action = 'database.backed-up'")
    assert used("audit", "verify").exit_code == 9
    assert used("audit", "verify", environ=other).exit_code == 0


def test_a_move_that_is_tried_makes_nothing(used):
    assert used("db", "move", "sqlite:///other.db", "--dry-run").exit_code == 0

    assert not (used.folder / "other.db").exists()


def test_a_move_to_a_database_in_use_is_refused(used):
    used("db", "move", "sqlite:///other.db")

    assert error_of(used, "db", "move", "sqlite:///other.db") == (9, "storage.not-empty")
    assert actions(used) == ["session.opened", "database.moved"]


def test_a_move_loses_no_tables_of_a_plugin_that_is_off(used):
    used.plugins.pop("acme")

    assert error_of(used, "db", "move", "sqlite:///other.db") == (9, "storage.tables-left")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("sqlite:///hilum.db", "usage.same-database"),
        ("nonsense", "storage.url"),
        ("postgresql://u:pw@h/d", "settings.password-in-url"),
    ],
)
def test_an_address_that_is_none_is_refused(used, url, code):
    assert error_of(used, "db", "move", url)[1] == code


@pytest.mark.parametrize("url", ["nonsense", "oracle+oracledb://h/d"])
def test_the_settings_are_not_blamed_for_what_was_typed(used, url):
    _code, document = used.json("db", "move", url)

    assert document["error"]["details"]["argument"] == "URL"
    assert "config.toml" not in document["error"]["remedy"]


def test_a_folder_that_is_not_there_is_named_as_that(used, tmp_path):
    _code, document = used.json("db", "backup", str(tmp_path / "nowhere" / "b.db"))

    assert document["error"]["code"] == "storage.write-failed"
    assert "its folder does not exist" in document["error"]["message"]
