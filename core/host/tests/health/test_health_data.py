"""The data folder, the database and the trust anchors."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from hilum.services.health.data_folder import FILES, DataFolderHealth, is_ours
from hilum.services.health.database import DatabaseHealth
from hilum.services.health.trust import Trust
from hilum.storage.database import Database
from hilum.testing.fakes import START, StillClock
from hilum_ehealth.environments import Environment
from hilum_hookspecs import HealthState, StorageError, hookimpl
from hilum_hookspecs.words import show


def answers(check):
    """Look along the chain as far as it goes; return the answers by the link's name."""
    found = {}
    for link in check.links:
        found[link.name] = link.look(lambda: False)
        if found[link.name].state is HealthState.FAILED:
            break
    return found


def mode(path):
    return path.stat().st_mode & 0o777


class Broken:
    """A plugin whose failure is written to the log."""

    def __init__(self, context): ...

    @hookimpl
    def hilum_certificate_sources(self):
        raise ValueError("broken")


class TestDataFolder:
    @pytest.fixture
    def folder(self, tmp_path):
        folder = tmp_path / "data"
        folder.mkdir(mode=0o700)
        return folder

    @pytest.fixture
    def look(self, folder, hilum_clock):
        def looking(path=folder, files=FILES):
            return answers(DataFolderHealth(path, ["acme"], hilum_clock, files=files).check())

        return looking

    def put(self, path, *, mode=0o600, age=timedelta(0)):
        for made in reversed(path.parents):
            made.mkdir(mode=0o700, exist_ok=True)
        path.write_text("x")
        path.chmod(mode)
        at = (START - age).timestamp()
        os.utime(path, (at, at))
        return path

    def test_one_that_is_not_there_yet_is_no_trouble_and_is_not_made(self, look, tmp_path):
        found = look(tmp_path / "nothing")

        assert {answer.state for answer in found.values()} == {HealthState.NOT_APPLICABLE}
        assert not (tmp_path / "nothing").exists()

    def test_one_that_is_ours_alone_is_well(self, look, folder):
        self.put(folder / "sessions" / "test" / "p1.json")

        assert {answer.state for answer in look().values()} == {HealthState.OK}

    @pytest.mark.attack("D7")
    def test_what_is_open_to_others_is_named_and_can_be_closed(self, look, folder):
        token = self.put(folder / "sessions" / "test" / "p1.token", mode=0o644)
        (folder / "sessions").chmod(0o755)
        own = self.put(folder / "acme" / "state.json", mode=0o666)

        answer = look()["modes"]
        answer.fix.apply()

        assert answer.state is HealthState.WARNING
        assert str(token) in answer.data["paths"]
        assert [mode(token), mode(folder / "sessions"), mode(own)] == [0o600, 0o700, 0o600]
        assert look()["modes"].state is HealthState.OK

    def test_what_holds_no_secret_may_be_read_and_not_written_by_others(self, look, folder):
        settings = self.put(folder / "config.toml", mode=0o644)
        self.put(folder / "trust" / "other" / "ehealth" / "ca.pem", mode=0o644)
        assert look()["modes"].state is HealthState.OK

        settings.chmod(0o664)
        assert look()["modes"].data["paths"] == [str(settings)]

    @pytest.mark.parametrize(
        "name",
        [
            *("hilum.db", "hilum.db-journal", "hilum.db-wal", "hilum.db-shm"),
            *("hilum.db.before-20261125-090000", "hilum.db.before-20261125-090000-2"),
            *("hilum.log", "hilum.log.1", ".hilum.log.lock"),
            *("login-production.json", "installed-plugins", "config.toml"),
            *("practice.db", "practice.db-wal", "practice.db.before-20261125-090000"),
        ],
    )
    def test_each_file_that_we_put_there_is_known(self, look, folder, name):
        file = self.put(folder / name, mode=0o666)

        look(files={"hilum.db", "hilum.log", "practice.db"})["modes"].fix.apply()

        assert mode(file) == 0o600

    @pytest.mark.attack("H1")
    def test_a_database_that_is_closed_to_others_keeps_its_locks(self, look, folder):
        file = folder / "hilum.db"
        other = (
            "import sqlite3, sys\n"
            "database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0.1)\n"
            "try: database.execute('begin immediate'); print('begun')\n"
            "except sqlite3.OperationalError as error: print(error)\n"
        )
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            database.execute("pragma journal_mode = wal")
            database.execute("begin immediate")
            for path in folder.iterdir():
                path.chmod(0o644)

            look()["modes"].fix.apply()

            command = [sys.executable, "-c", other, str(file)]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert said.strip() == "database is locked"

    @pytest.mark.parametrize(
        "name", ["hilum.jpg", "hilum.db.bak", "config.toml.1", "practice.db", ".photos.lock"]
    )
    def test_a_file_with_a_name_like_ours_is_left_alone(self, look, folder, name):
        file = self.put(folder / name, mode=0o666)

        assert look()["modes"].state is HealthState.OK
        assert mode(file) == 0o666

    def test_database_and_log_are_known_by_the_names_that_the_settings_give_them(self, hilum_cli):
        hilum_cli.configure(
            '[general]\nlog_file = "events.txt"\n[storage]\nurl = "sqlite:///practice.db"\n'
        )
        hilum_cli("db", "upgrade")
        before = self.put(hilum_cli.folder / "events.txt.1", mode=0o644)
        aside = self.put(hilum_cli.folder / "practice.db.before-20261125-090000", mode=0o644)

        hilum_cli("doctor", "--only", "data-folder", "--fix")

        assert [mode(before), mode(aside)] == [0o600, 0o600]

    def test_whatever_we_put_there_in_daily_use_is_known(self, hilum_cli, tmp_path, monkeypatch):
        monkeypatch.setattr("hilum.logs.LARGEST", 1)
        for command in ("upgrade", "backup", "restore"):
            file = () if command == "upgrade" else (str(tmp_path / "copy.db"),)
            assert hilum_cli("db", command, *file).exit_code == 0
        for _again in range(2):
            hilum_cli("plugins", "list", plugins={"broken": Broken})

        there = {path.name for path in hilum_cli.folder.iterdir()}
        assert [name for name in there if name.startswith("hilum.db.before-")]
        assert there >= {"hilum.db", "hilum.log", "hilum.log.1", ".hilum.log.lock", "audit"}
        assert [name for name in there if not is_ours(name, [])] == []

    def test_what_is_not_ours_in_the_folder_is_left_alone(self, look, folder):
        photo = self.put(folder / "photos" / "cat.jpg", mode=0o644)
        other = self.put(folder / ".note.txt.0123456789abcdef", age=timedelta(days=9))

        found = look()

        assert {answer.state for answer in found.values()} == {HealthState.OK}
        assert (mode(photo), other.exists()) == (0o644, True)

    def test_a_folder_that_is_ours_alone_by_content_is_closed(self, look, folder):
        self.put(folder / "hilum.db")
        folder.chmod(0o755)

        look()["modes"].fix.apply()

        assert mode(folder) == 0o700

    def test_a_folder_that_others_use_too_is_not_closed(self, look, folder):
        self.put(folder / "cat.jpg")
        folder.chmod(0o755)
        assert look()["modes"].state is HealthState.OK

        folder.chmod(0o777)
        with pytest.raises(StorageError) as caught:
            look()
        assert caught.value.code == "storage.unsafe-mode"
        assert mode(folder) == 0o777

    @pytest.mark.attack("D7")
    def test_a_link_is_not_followed(self, look, folder, tmp_path):
        secret = self.put(tmp_path / "elsewhere", mode=0o644)
        (folder / "hilum.db").symlink_to(secret)

        assert look()["modes"].state is HealthState.OK
        assert mode(secret) == 0o644

    def test_old_files_of_a_write_that_was_ended_can_be_removed(self, look, folder):
        old = self.put(folder / ".config.toml.0123456789abcdef", age=timedelta(hours=2))
        copy = self.put(folder / ".hilum.db.0123456789abcdef-wal", age=timedelta(hours=2))
        lock = self.put(folder / ".hilum.log.lock", age=timedelta(hours=2))
        young = self.put(folder / "acme" / ".x.fedcba9876543210", age=timedelta(minutes=5))

        answer = look()["leftovers"]
        answer.fix.apply()

        assert answer.data["paths"] == [str(old), str(copy)]
        assert [each.exists() for each in (old, copy, lock, young)] == [False, False, True, True]

    def test_a_file_in_its_place_is_told(self, look, tmp_path):
        with pytest.raises(StorageError) as caught:
            look(self.put(tmp_path / "file"))
        assert caught.value.code == "storage.not-a-folder"


class TestDatabase:
    @pytest.fixture
    def file(self, tmp_path):
        return tmp_path / "hilum.db"

    @pytest.fixture
    def look(self, file):
        database = Database(f"sqlite:///{file}", lambda: [], file.parent)

        def looking():
            return answers(DatabaseHealth(lambda: database, lambda: file).check())

        yield looking
        database.close()

    @pytest.fixture
    def made(self, file, look):
        database = Database(f"sqlite:///{file}", lambda: [], file.parent)
        with database.begin():
            pass
        database.close()
        return file

    def test_one_that_is_not_there_yet_is_no_trouble_and_is_not_made(self, look, file):
        assert {answer.state for answer in look().values()} == {HealthState.NOT_APPLICABLE}
        assert not file.exists()

    def test_one_that_is_whole_and_up_to_date_is_well(self, look, made):
        found = look()

        assert {answer.state for answer in found.values()} == {HealthState.OK}
        assert found["tables"].data["tables"][0]["plugin"] == "hilum"

    @pytest.mark.attack("H1")
    def test_one_that_is_no_database_is_damaged(self, look, made):
        made.write_bytes(b"no database at all, but long enough to be looked at" * 100)

        answer = look()["integrity"]

        assert answer.state is HealthState.FAILED
        assert "damaged" in show(answer.cause)
        assert "backup" in show(answer.remedy)

    @pytest.mark.attack("H1")
    def test_one_with_a_broken_page_is_damaged(self, look, made):
        with made.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 4096)

        assert look()["integrity"].state is HealthState.FAILED

    def test_older_tables_say_how_to_bring_them_up_to_date(self, look, made):
        with closing(sqlite3.connect(made)) as connection:
            connection.execute("UPDATE hilum_schema_hilum SET version_num = ''")
            connection.commit()

        answer = look()["tables"]

        assert answer.state is HealthState.FAILED
        assert "hilum db upgrade" in show(answer.remedy)

    def test_newer_tables_are_told_apart(self, look, made):
        with closing(sqlite3.connect(made)) as connection:
            connection.execute("UPDATE hilum_schema_hilum SET version_num = 'hilum_9999'")
            connection.commit()

        assert "cannot be used" in show(look()["tables"].cause)

    def test_one_on_a_server_has_no_file_to_look_at(self):
        check = DatabaseHealth(lambda: pytest.fail("asked"), lambda: None).check()

        assert check.links[0].look(lambda: False).state is HealthState.NOT_APPLICABLE


class TestTrust:
    @pytest.fixture
    def environment(self, tmp_path):
        return Environment(name="test", endpoints={}, trust_folder=tmp_path / "trust")

    def look(self, environment, now=START):
        checks = Trust(environment, StillClock(now)).checks()
        return {check.name: check.links[0].look(lambda: False) for check in checks}

    def test_anchors_that_are_there_are_counted(self, pki, environment):
        pki.write_trust(environment.trust_folder)

        found = self.look(environment)

        assert {answer.state for answer in found.values()} == {HealthState.OK}
        assert "2" in show(found["trust-ehealth"].cause)

    def test_without_any_each_purpose_says_what_that_costs(self, environment):
        found = self.look(environment)

        assert found["trust-ehealth"].state is HealthState.FAILED
        assert found["trust-eid"].state is HealthState.WARNING
        assert found["trust-tls"].state is HealthState.OK
        assert "hilum trust import" in show(found["trust-ehealth"].remedy)

    def test_a_built_in_environment_lists_what_is_missing(self, environment):
        found = self.look(replace(environment, name="production", built_in=True))

        anchors = found["trust-ehealth"].data["anchors"]
        assert len(anchors) == 4
        assert {anchor["present"] for anchor in anchors} == {False}

    def test_an_anchor_near_its_end_is_told(self, pki, environment):
        pki.write_trust(environment.trust_folder)
        end = pki.ehealth_ca.certificate.not_valid_after_utc

        answer = self.look(environment, end - timedelta(days=30))["trust-ehealth"]

        assert answer.state is HealthState.WARNING
        assert "SIMULATOR eHealth" in show(answer.cause)

    def test_anchors_that_have_ended_are_none(self, pki, environment):
        pki.write_trust(environment.trust_folder)
        end = pki.ehealth_root.certificate.not_valid_after_utc

        answer = self.look(environment, end + timedelta(days=1))["trust-ehealth"]

        assert answer.state is HealthState.FAILED

    def test_one_that_does_not_count_here_is_named(self, pki, environment):
        pki.write_trust(environment.trust_folder)
        production = replace(environment, name="production", built_in=True)

        assert self.look(production)["trust-ehealth"].state is HealthState.FAILED
