"""Token files: private, atomic, and gone after closing."""

from __future__ import annotations

import os
import pickle
import pwd
import stat
import subprocess
import sys
from dataclasses import replace

import pytest
from hilum.services.openings import Order
from hilum.services.token_files import TokenFiles, file_name
from hilum_hookspecs import CheckResult, Liveness, StorageError


@pytest.fixture
def session(service):
    return service.open(Order(provider="7")).session


def refusal(action, *arguments) -> StorageError:
    with pytest.raises(StorageError) as raised:
        action(*arguments)
    return raised.value


@pytest.mark.attack("D7")
def test_files_are_0600_in_folders_0700_whatever_the_umask(service, data_folder):
    before = os.umask(0)
    try:
        service.open(Order(provider="7"))
    finally:
        os.umask(before)

    kept = list((data_folder / "sessions").rglob("*"))
    modes = {path.suffix or path.name: stat.S_IMODE(path.stat().st_mode) for path in kept}
    assert modes == {"test": 0o700, ".lock": 0o600, ".json": 0o600, ".token": 0o600}


def test_the_token_on_disk_is_the_one_that_was_given_byte_for_byte(session, files):
    assert files.token(files.view("7")) == session.assertion


@pytest.mark.attack("D7")
@pytest.mark.parametrize("mode", [0o750, 0o701, 0o777])
def test_a_folder_open_to_others_is_refused(session, files, mode):
    for folder in (files._folder, files._root):
        folder.chmod(mode)
        for action in (files.views, lambda: files.view("7"), lambda: files.remove("7")):
            error = refusal(action)
            assert error.code == "storage.unsafe-mode"
            assert error.details == {"path": str(folder), "mode": f"{mode:04o}"}
        folder.chmod(0o700)


@pytest.mark.attack("D7")
def test_a_folder_of_somebody_else_is_refused(session, files, monkeypatch):
    owner = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)

    error = refusal(files.views)

    assert error.code == "storage.foreign-owner"
    assert error.details == {"path": str(files._root), "owner": pwd.getpwuid(owner).pw_name}


@pytest.mark.attack("D7")
def test_a_link_in_the_place_of_a_folder_is_refused(session, files, tmp_path):
    files._folder.rename(tmp_path / "elsewhere")
    files._folder.symlink_to(tmp_path / "elsewhere")

    assert refusal(files.views).code == "storage.not-a-folder"
    assert refusal(files.keep, session, "Alice").code == "storage.not-a-folder"


@pytest.mark.attack("D7")
@pytest.mark.parametrize("suffix", ["json", "token"])
def test_a_file_open_to_others_is_refused(session, files, suffix):
    (path,) = files._folder.glob(f"*.{suffix}")
    path.chmod(0o644)

    error = refusal(lambda: files.token(files.view("7")))

    assert (error.code, error.details["mode"]) == ("storage.unsafe-mode", "0644")


@pytest.mark.attack("D7")
@pytest.mark.parametrize("suffix", ["json", "token"])
def test_a_link_in_the_place_of_a_file_is_refused(session, files, suffix, tmp_path):
    (path,) = files._folder.glob(f"*.{suffix}")
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")

    assert refusal(lambda: files.token(files.view("7"))).code == "storage.not-a-file"


def test_a_pipe_in_the_place_of_a_file_hangs_nobody(session, files):
    (path,) = files._folder.glob("*.json")
    path.unlink()
    os.mkfifo(path, 0o600)

    assert refusal(files.views).code == "storage.not-a-file"


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"format": 2}',
        b"[" * 100_000,
        b"x" * 20_000,
    ],
)
def test_a_header_that_cannot_be_read_is_no_session(session, files, damage):
    (path,) = files._folder.glob("*.json")
    path.write_bytes(damage)

    assert files.view("7") is None
    assert files.views() == []
    assert files.remove("7")


def test_a_header_with_an_instant_without_zone_is_no_session(session, files):
    (path,) = files._folder.glob("*.json")
    path.write_text(path.read_text().replace("+00:00", ""))

    assert files.view("7") is None


def test_a_header_without_its_token_is_no_session(session, files):
    (path,) = files._folder.glob("*.token")
    path.unlink()

    assert files.view("7") is None


def test_a_header_copied_to_another_provider_or_environment_is_no_session(session, files):
    (header,), (token,) = files._folder.glob("*.json"), files._folder.glob("*.token")
    other = TokenFiles(files._root, "other")
    other._make_folders()
    for target, name in ((files._folder, "8"), (other._folder, "7")):
        for path in (header, token):
            copy = target / path.name.replace("7.", f"{name}.", 1)
            copy.write_bytes(path.read_bytes())
            copy.chmod(0o600)

    assert files.view("8") is None
    assert [view.provider_id for view in files.views()] == ["7"]
    assert other.views() == []


def test_a_crash_before_the_new_header_leaves_the_old_session(session, files):
    """The header is what makes a token the session; everything before it can be lost."""
    (header,) = files._folder.glob("*.json")
    before = header.read_bytes()
    files.keep(replace(session, id="_new", assertion=b"<new/>"), "Alice")
    (files._folder / f"7.{file_name(session.id)}.token").write_bytes(session.assertion)
    (files._folder / f"7.{file_name(session.id)}.token").chmod(0o600)
    header.write_bytes(before)

    view = files.view("7")

    assert view.id == session.id
    assert files.token(view) == session.assertion


def test_removing_takes_also_what_a_crash_left(session, files):
    for name in ("7.lost.token", ".7.lost.token.0123456789abcdef", ".7.json.0123456789abcdef"):
        (files._folder / name).write_bytes(b"left behind")

    assert files.remove("7")

    assert [path.name for path in files._folder.iterdir()] == [".lock"]
    assert not files.remove("7")


def test_removing_one_provider_leaves_those_with_a_similar_id(session, files):
    files.keep(replace(session, provider_id="77"), "Bob")
    files.keep(replace(session, provider_id="7.x"), "Eve")

    files.remove("7")

    assert {view.provider_id for view in files.views()} == {"77", "7.x"}


@pytest.mark.parametrize(
    "provider_id",
    [
        "../../etc/passwd",
        "/absolute",
        "Grey",
        "grey",
        "é",
        ".",
        "",
        "a\x00b",
        "con:",
        "*",
        "\udcff",
    ],
)
def test_any_id_makes_a_file_of_its_own_inside_the_folder(session, files, provider_id):
    files.keep(replace(session, provider_id=provider_id), "Somebody")

    assert files.view(provider_id).provider_id == provider_id
    assert len(files.views()) == 2
    assert {path.parent for path in files._root.rglob("*.token")} == {files._folder}


def test_names_of_different_ids_differ_also_without_regard_to_case():
    ids = ["a", "A", "_", "__", "_61", "a.b", "a_b", "", "é", "e"]

    assert len({file_name(each).casefold() for each in ids}) == len(ids)


def test_a_check_is_kept_with_its_session_only(session, files, clock):
    view = files.view("7")
    result = CheckResult(
        liveness=Liveness.UNKNOWN,
        checked_at=clock.now(),
        expires_at=view.expires_at,
        cause="network.timeout",
        since=clock.now(),
    )
    files.note_check(view, result)
    assert files.view("7").last_check == result

    files.keep(replace(session, id="_new"), "Alice")
    files.note_check(view, result)

    assert files.view("7").last_check is None


CHILD = """
import fcntl, pickle, sys
from pathlib import Path
from hilum.services.token_files import TokenFiles

folder, environment = Path(sys.argv[1]), sys.argv[2]
session, rounds = pickle.load(sys.stdin.buffer)
files = TokenFiles(folder, environment)
with open(folder / environment / ".lock", "rb") as lock:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        said = "free"
    except BlockingIOError:
        said = "busy"
print(said, flush=True)
from dataclasses import replace
for number in range(rounds):
    files.keep(replace(session, id=f"_new{number}"), "Alice")
"""


def opening_elsewhere(files, session, rounds):
    """Start a process that keeps *rounds* new sessions; it first says whether the lock is free."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(files._root), files._environment],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    child.stdin.write(pickle.dumps((replace(session, private_key=None), rounds)))
    child.stdin.close()
    return child


@pytest.fixture
def checked(files, clock):
    view = files.view("7")
    return CheckResult(liveness=Liveness.ALIVE, checked_at=clock.now(), expires_at=view.expires_at)


def test_a_session_that_another_process_opens_during_a_check_stays(
    session, files, checked, monkeypatch
):
    """The other process writes between the reading and the writing of the header, if it can."""
    children = []
    read = files._header

    def read_and_be_overtaken(stem):
        header = read(stem)
        child = opening_elsewhere(files, session, 1)
        children.append(child)
        if child.stdout.readline() == b"free\n":
            child.wait(60)
        return header

    view = files.view("7")
    monkeypatch.setattr(files, "_header", read_and_be_overtaken)
    files.note_check(view, checked)
    monkeypatch.undo()
    (child,) = children
    with child:
        assert child.wait(60) == 0

    assert files.view("7").id == "_new0"
    assert files.token(files.view("7")) == session.assertion


def test_checks_of_one_process_and_openings_of_another_leave_the_last_session(
    session, files, checked
):
    with opening_elsewhere(files, session, 30) as child:
        child.stdout.readline()
        while child.poll() is None:
            files.note_check(files.view("7"), checked)

    assert child.returncode == 0
    assert files.view("7").id == "_new29"
    assert files.token(files.view("7")) == session.assertion
    assert len(list(files._folder.glob("*.token"))) == 1


def test_without_any_session_nothing_is_made(files, data_folder):
    assert (files.view("7"), list(files.views()), files.remove("7")) == (None, [], False)
    assert list(data_folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(session, files, monkeypatch):
    from hilum_ehealth.errors import EhealthError

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(EhealthError, match=r"storage\.disk-full"):
        files.keep(replace(session, id="_new"), "Alice")

    assert files.view("7").id == session.id
