"""``hilum plugins new``: a plugin that works, to be changed."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib

import pytest
from hilum.new_plugin import KINDS
from hilum.wanted_contract import fits, wanted_contract
from hilum_hookspecs import CONTRACT_VERSION


def made(hilum_cli, folder, *options, name="acme"):
    code, document = hilum_cli.json("plugins", "new", name, "--folder", str(folder), *options)
    assert code == 0, document
    return document


def refused(hilum_cli, folder, name, *options):
    code, document = hilum_cli.json("plugins", "new", name, "--folder", str(folder), *options)
    return code, document["error"]["code"], document["error"]["details"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_plugin_of_each_kind_passes_its_tests(hilum_cli, tmp_path, kind):
    folder = made(hilum_cli, tmp_path, "--kind", kind)["folder"]

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}/src"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_it_says_which_files_it_made_and_what_comes_next(hilum_cli, tmp_path):
    result = hilum_cli("plugins", "new", "acme", "--folder", str(tmp_path))

    folder = tmp_path / "acme-hilum"
    assert (folder / "src" / "acme_hilum" / "plugin.py").is_file()
    assert "    src/acme_hilum/plugin.py" in result.output.splitlines()
    assert "    hilum plugins enable acme" in result.output.splitlines()


def test_its_metadata_name_the_contract_of_now_and_the_entry_point(hilum_cli, tmp_path):
    made(hilum_cli, tmp_path, "--kind", "auth-method", name="my_door")
    text = (tmp_path / "my-door-hilum" / "pyproject.toml").read_text()
    project = tomllib.loads(text)["project"]

    assert project["name"] == "my-door-hilum"
    assert project["entry-points"]["hilum.plugins"] == {"my_door": "my_door_hilum.plugin:Plugin"}
    assert fits(wanted_contract(project["dependencies"]), CONTRACT_VERSION)
    assert "hilum-ehealth" in project["dependencies"]


def test_a_dry_run_makes_nothing(hilum_cli, tmp_path):
    document = made(hilum_cli, tmp_path, "--dry-run")

    assert document["dry_run"] is True
    assert "pyproject.toml" in document["files"]
    assert list(tmp_path.glob("acme*")) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("general", "reserved"),
        ("environments", "reserved"),
        ("plugins", "reserved"),
        ("storage", "reserved"),
        ("sessions", "reserved"),
        ("hilum", "reserved"),
        ("hilum_audit", "reserved"),
        ("simulator", "taken"),
        ("Acme", "malformed"),
        ("acme-door", "malformed"),
        ("acme.cli", "malformed"),
        ("../acme", "malformed"),
        ("2acme", "malformed"),
        ("_acme", "malformed"),
        ("été", "malformed"),
        ("class", "malformed"),
        ("", "malformed"),
        ("a" * 41, "malformed"),
    ],
)
def test_a_name_that_no_plugin_can_have_is_refused(hilum_cli, tmp_path, name, reason):
    code, error, details = refused(hilum_cli, tmp_path, name)

    assert (code, error, details["reason"]) == (2, "plugin.name-invalid", reason)
    assert not list(tmp_path.glob("*-hilum"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("session", "command"),
        ("doctor", "command"),
        ("provider", "command"),
        ("box", "command"),
        ("demo", "command"),
        ("eid", "auth-method"),
        ("fallback", "auth-method"),
        ("keystores", "certificate-source"),
        ("active_certificate", "validator"),
        ("ehealthbox_info", "probe"),
        ("ehealth_session", "status-indicator"),
    ],
)
def test_a_name_under_which_hilum_offers_such_a_thing_is_refused(hilum_cli, tmp_path, name, kind):
    code, error, details = refused(hilum_cli, tmp_path, name, "--kind", kind)

    assert (code, error, details["reason"]) == (2, "plugin.name-invalid", "reserved")
    assert not list(tmp_path.glob("*-hilum"))


def test_it_may_be_the_name_of_something_of_another_kind(hilum_cli, tmp_path):
    made(hilum_cli, tmp_path, "--kind", "validator", name="session")

    text = (tmp_path / "session-hilum" / "README.md").read_text()
    assert "`session`, a validator." in text


def test_the_readme_has_the_right_article(hilum_cli, tmp_path):
    made(hilum_cli, tmp_path, "--kind", "auth-method")

    assert "`acme`, an auth-method." in (tmp_path / "acme-hilum" / "README.md").read_text()


def test_a_folder_that_exists_is_left_alone(hilum_cli, tmp_path):
    (tmp_path / "acme-hilum").mkdir()

    assert refused(hilum_cli, tmp_path, "acme")[:2] == (2, "plugin.folder-exists")
    assert list((tmp_path / "acme-hilum").iterdir()) == []


def test_what_cannot_be_made_whole_is_not_made(hilum_cli, tmp_path, monkeypatch):
    def full(self, *_arguments, **_named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.rename", full)

    assert refused(hilum_cli, tmp_path, "acme")[:2] == (9, "storage.disk-full")
    assert list(tmp_path.glob("*acme*")) == []


def test_a_place_that_cannot_be_written_to_is_told(hilum_cli, tmp_path):
    (tmp_path / "file").write_text("")

    assert refused(hilum_cli, tmp_path / "file" / "below", "acme")[:2] == (
        9,
        "storage.write-failed",
    )
