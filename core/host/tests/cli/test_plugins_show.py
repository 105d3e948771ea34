"""``hilum plugins show``: all that is known of a plugin."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from hilum.catalogue import words_for
from hilum.discovery import Entry
from hilum.plugins import Choice, survey
from hilum.testing.plugins import offering
from hilum_hookspecs import CONTRACT_VERSION, Message, RecordValidator, StorageSpec, hookimpl
from hilum_hookspecs.cli import CliCommand


@dataclass(frozen=True)
class AcmeSettings:
    reader: str = "A"
    hours: int = field(default=12, metadata={"min": 1, "max": 24})
    vault_password: str = ""
    password_length: int = 12
    password_symbols: bool = True
    password_rounds: float | None = None
    password_hash: Literal["argon2id", "scrypt"] | None = "argon2id"
    token_file: Path | None = None
    pin_pads: tuple[str, ...] = ()


REVISION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "acme_0001", None
def upgrade():
    op.create_table("acme_visit", sa.Column("id", sa.Integer, primary_key=True))
"""


def tables():
    from sqlalchemy import Column, Integer, MetaData, Table

    metadata = MetaData()
    Table("acme_visit", metadata, Column("id", Integer, primary_key=True))
    return metadata


class Acme:
    Settings = AcmeSettings
    migrations = Path()

    def __init__(self, context):
        pass

    @hookimpl
    def hilum_record_validators(self):
        yield RecordValidator(name="acme-email", check=lambda records, purpose: ())

    @hookimpl
    def hilum_storage(self):
        yield StorageSpec(metadata=tables, migrations=Acme.migrations, head="acme_0001")

    @hookimpl
    def hilum_status_indicators(self):
        raise RuntimeError("no lamp")


class AcmeFront:
    Settings = AcmeSettings

    def __init__(self, context):
        pass

    @hookimpl
    def hilum_cli_commands(self):
        yield CliCommand(
            name="visits", under="session", summary=Message("acme", "Visits"), build=lambda: None
        )


@pytest.fixture
def cli(hilum_cli, tmp_path):
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "acme_0001.py").write_text(REVISION)
    Acme.migrations = tmp_path / "migrations"
    hilum_cli.plugins = {"acme": Acme, "acme.cli": AcmeFront}
    hilum_cli.configure('[acme]\nreader = "B"\nvault_password = "hunter2"\n')
    return hilum_cli


def shown(cli, name="acme", **options):
    code, document = cli.json("plugins", "show", name, **options)
    assert code == 0, document
    return document


def test_it_tells_where_the_plugin_is_and_what_it_works_with(cli):
    document = shown(cli)

    assert document["state"] == "on"
    assert document["contract"] == {"works_with": None, "version": CONTRACT_VERSION}
    assert [each["group"] for each in document["entry_points"]] == ["hilum.plugins", "hilum.cli"]


def test_it_tells_what_the_plugin_contributes(cli):
    assert shown(cli)["offers"] == {
        "hilum_record_validators": ["acme-email"],
        "hilum_storage": ["tables"],
        "hilum_cli_commands": ["session visits"],
    }


def test_each_setting_comes_with_its_source_and_none_shows_a_secret(cli):
    document = shown(cli, environ={"HILUM__ACME__HOURS": "8"})

    settings = {each["key"]: each for each in document["settings"]}
    assert settings["reader"]["value"] == "B"
    assert settings["reader"]["source"].endswith("config.toml")
    assert settings["hours"] == {
        "key": "hours",
        "value": 8,
        "hidden": False,
        "source": "HILUM__ACME__HOURS",
    }
    assert settings["vault_password"]["value"] is None
    assert settings["vault_password"]["hidden"] is True


def test_numbers_switches_and_choices_are_shown_whatever_their_names_are(cli):
    settings = {each["key"]: each["value"] for each in shown(cli)["settings"]}

    assert settings["password_length"] == 12
    assert settings["password_symbols"] is True
    assert settings["password_rounds"] is None
    assert settings["password_hash"] == "argon2id"
    output = cli("plugins", "show", "acme").output
    assert "setting: password_length = 12 (by default)" in output


def test_texts_under_the_names_of_secrets_are_hidden(cli):
    cli.configure('[acme]\nvault_password = "hunter2"\ntoken_file = "t"\npin_pads = ["2580"]\n')
    hidden = {each["key"] for each in shown(cli)["settings"] if each["hidden"]}

    assert hidden == {"vault_password", "token_file", "pin_pads"}
    assert "2580" not in cli("plugins", "show", "acme").output


def test_a_setting_that_nobody_set_has_no_source(cli):
    assert {each["key"]: each["source"] for each in shown(cli)["settings"]}["hours"] is None


def test_the_tables_revision_is_looked_at_and_nothing_made(cli):
    before = shown(cli)["tables"]
    assert not (cli.folder / "hilum.db").exists()
    assert cli("db", "upgrade").exit_code == 0

    assert before == {"found": None, "head": "acme_0001", "problem": None}
    assert shown(cli)["tables"]["found"] == "acme_0001"


def test_a_database_that_cannot_be_read_is_told_beside_the_rest(cli):
    (cli.folder / "hilum.db").write_bytes(b"not a database" * 100)
    (cli.folder / "hilum.db").chmod(0o600)

    assert shown(cli)["tables"]["problem"]["code"].startswith("storage.")


def test_a_failure_comes_with_a_remedy(cli):
    (failure,) = shown(cli)["failures"]

    assert (failure["hook"], failure["message"]) == (
        "hilum_status_indicators",
        "RuntimeError: no lamp",
    )
    assert "hilum plugins disable acme" in failure["remedy"]


def test_a_person_reads_the_same(cli):
    text = cli("plugins", "show", "acme").output

    for words in ("acme-email", 'reader = "B"', "hours = 12 (by default)", "hidden", "acme_0001"):
        assert words in text
    assert "hunter2" not in text


def test_an_error_that_cannot_even_be_shown_is_named_by_its_type(hilum_cli):
    class Shy(Exception):
        def __str__(self):
            raise RuntimeError

    class Bad:
        def __init__(self, context):
            raise Shy

    (failure,) = shown(hilum_cli, plugins={"acme": Bad})["failures"]

    assert failure["message"] == "Shy: "


def test_an_unknown_plugin_is_refused_with_the_nearest(hilum_cli):
    code, document = hilum_cli.json("plugins", "show", "simulater")

    assert (code, document["error"]["code"]) == (2, "plugin.not-found")
    assert document["error"]["details"]["nearest"] == "simulator"


def test_wrong_settings_do_not_stop_it(hilum_cli):
    hilum_cli.configure("[general]\nlanguages = 3\n")

    assert shown(hilum_cli, plugins={"acme": Acme})["problem"]["code"] == "settings.unknown-key"


@pytest.mark.attack("I2")
def test_what_is_not_enabled_is_shown_and_never_imported(hilum_cli, tmp_path, monkeypatch):
    folder = tmp_path / "site"
    info = folder / "thief_hilum-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thief-hilum\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[hilum.plugins]\nthief = thief_hilum.deep:Plugin\n"
        "[hilum.cli]\nthief.cli = thief_hilum.deep:Cli\n"
    )
    package = folder / "thief_hilum"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    hilum_cli.plugins = None

    document = shown(hilum_cli, "thief")

    assert document["state"] == "off"
    assert document["location"] == str(package)
    assert document["settings"] is None
    assert "thief_hilum" not in sys.modules


def test_tables_that_cannot_be_made_are_told(cli):
    (Acme.migrations / "acme_0001.py").unlink()

    tables = shown(cli)["tables"]

    assert tables["problem"]["code"] == "storage.head-missing"
    assert "no revision file for acme_0001" in cli("plugins", "show", "acme").output


def front(name, under=None):
    command = CliCommand(name=name, under=under, summary=Message("a", "S"), build=lambda: None)
    return offering("hilum_cli_commands", lambda: [command])


@pytest.mark.parametrize(
    ("name", "under", "said"),
    [
        ("session", None, "session is a command of the host"),
        ("status", "session", "session status is a command of the host"),
        ("more", "login", "login is no group of the host"),
    ],
)
def test_a_command_that_has_no_place_is_a_failure_and_not_offered(hilum_cli, name, under, said):
    document = shown(hilum_cli, plugins={"acme.cli": front(name, under)})

    assert document["offers"] == {}
    assert [each["message"] for each in document["failures"]] == [f"ContractError: {said}"]


def test_what_two_third_parties_offer_is_told_of_both(hilum_cli):
    plugins = {"acme.cli": front("act"), "brick.cli": front("act")}

    for name in ("acme", "brick"):
        document = shown(hilum_cli, name, plugins=plugins)
        (failure,) = document["failures"]
        assert document["offers"] == {}
        assert failure["message"] == "Conflicting plugins found: acme, brick all offer act."
        assert "choose another name" in failure["remedy"]


def test_a_name_that_no_plugin_can_have_comes_with_the_rule():
    entry = Entry("hilum.plugins", "my-vers", "vers_hilum:Plugin", "vers-hilum", "1")
    (plugin,) = survey([entry], Choice(enabled=["my-vers"]))

    assert "only small letters, digits and _, a letter first" in words_for(plugin.refusal).message
