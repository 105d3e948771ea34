"""Keystores on disk: the old file or the new one, never anything between, and private."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hilum_ehealth.credentials import keystore_credential
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.keystore import (
    Form,
    Keystore,
    Stage,
    change_password,
    check_file_mode,
    files,
    glance,
    open_keystore,
    read_authentication,
    read_keystore,
    write_keystore,
)
from hilum_ehealth.testing.authority import Issued
from hilum_ehealth.testing.platform_keystore import incomplete_keystore

OPERATIONS = ("open", "fsync", "replace")


@pytest.fixture
def path(tmp_path: Path, ec_old: bytes) -> Path:
    """A keystore on disk."""
    found = tmp_path / "SSIN=85073003328 20250514-082150.p12"
    found.write_bytes(ec_old)
    found.chmod(0o600)
    return found


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_a_keystore_is_read_from_its_file(path: Path, password: str) -> None:
    assert read_keystore(path, password).stage is Stage.COMPLETE
    assert read_authentication(path, password).alias == "authentication"


def test_a_file_that_is_not_there_is_named(tmp_path: Path, password: str) -> None:
    with pytest.raises(EhealthError) as caught:
        read_keystore(tmp_path / "none.p12", password)

    assert caught.value.code == "storage.not-found"
    assert caught.value.details == {"path": str(tmp_path / "none.p12")}


def test_a_folder_is_not_read_as_a_file(tmp_path: Path, password: str) -> None:
    with pytest.raises(EhealthError, match=r"storage\.read-failed"):
        read_keystore(tmp_path, password)


def test_a_file_without_end_is_not_read_to_the_end(password: str) -> None:
    with pytest.raises(EhealthError, match=r"keystore\.too-large"):
        read_keystore(Path("/dev/zero"), password)


@pytest.mark.attack("B5")
@pytest.mark.usefixtures("umask")
def test_a_written_keystore_is_private_and_alone_in_its_folder(
    tmp_path: Path, opened: Keystore, password: str
) -> None:
    path = tmp_path / "new.p12"

    write_keystore(path, opened, password, form=Form.COMPATIBLE)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
    assert files.same_content(read_keystore(path, password), opened)


@pytest.mark.attack("B5")
def test_writing_over_a_keystore_that_others_could_read_makes_it_private(
    path: Path, opened: Keystore, password: str
) -> None:
    path.chmod(0o644)

    write_keystore(path, opened, password, form=Form.COMPATIBLE)

    check_file_mode(path)


@pytest.mark.attack("B5")
def test_the_default_form_is_the_modern_one(
    tmp_path: Path, opened: Keystore, password: str
) -> None:
    path = tmp_path / "new.p12"

    write_keystore(path, opened, password)

    assert glance(path.read_bytes()).iterations == 600_000


def test_a_change_of_password_keeps_every_key(path: Path, opened: Keystore, password: str) -> None:
    change_password(path, password, "another horse", Form.COMPATIBLE)

    assert files.same_content(read_keystore(path, "another horse"), opened)
    with pytest.raises(EhealthError, match=r"keystore\.password-rejected"):
        read_keystore(path, password)


def test_a_change_of_password_keeps_a_key_that_waits_for_its_certificate(
    tmp_path: Path, ec_alice: Issued, now: datetime, password: str
) -> None:
    path = tmp_path / "waiting.p12"
    data = incomplete_keystore(
        authentication_key=ec_alice.private_key, now=now, password=password, old=True
    )
    path.write_bytes(data)

    change_password(path, password, "another horse", Form.COMPATIBLE)

    changed = read_keystore(path, "another horse")
    assert changed.stage is Stage.INCOMPLETE
    assert files.same_content(changed, open_keystore(data, password))


def test_a_change_with_the_wrong_password_changes_nothing(path: Path, ec_old: bytes) -> None:
    with pytest.raises(EhealthError, match=r"keystore\.password-rejected"):
        change_password(path, "wrong horse", "another horse")

    assert path.read_bytes() == ec_old


def test_a_new_password_that_java_could_not_use_changes_nothing(
    path: Path, ec_old: bytes, password: str
) -> None:
    with pytest.raises(EhealthError, match=r"secret\.not-ascii"):
        change_password(path, password, "Pässw0rd1")

    assert path.read_bytes() == ec_old


@pytest.mark.attack("D7")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602, 0o660])
def test_a_keystore_that_others_may_read_or_change_is_named_with_its_mode(
    path: Path, mode: int
) -> None:
    path.chmod(mode)

    with pytest.raises(EhealthError) as caught:
        check_file_mode(path)

    assert caught.value.code == "storage.file-mode"
    assert caught.value.details == {"path": str(path), "mode": f"{mode:04o}", "owned": True}


@pytest.mark.attack("D7")
@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_keystore_passes(path: Path, mode: int) -> None:
    path.chmod(mode)

    check_file_mode(path)


@pytest.mark.attack("D7")
def test_a_link_is_refused_wherever_it_leads(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.p12"
    link.symlink_to(path)

    with pytest.raises(EhealthError) as caught:
        check_file_mode(link)

    assert caught.value.code == "storage.not-a-file"
    assert caught.value.details == {"path": str(link)}


@pytest.mark.attack("D7")
@pytest.mark.parametrize("mode", [0o644, 0o660])
def test_a_kept_keystore_that_others_can_read_opens_no_session(
    path: Path, password: str, mode: int
) -> None:
    path.chmod(mode)

    with pytest.raises(EhealthError) as caught:
        keystore_credential(path, password, niss="85073003328", expected=b"")

    assert caught.value.code == "storage.file-mode"


class Faults:
    """Counts the calls that write to disk and lets the n-th of them fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.fail_at = 0
        self.error = errno.EIO
        for name in OPERATIONS:
            monkeypatch.setattr(os, name, self._counting(name, getattr(os, name)))

    def _counting(self, name: str, original):
        def call(*args, **kwargs):
            self.calls.append(name)
            if len(self.calls) == self.fail_at:
                raise OSError(self.error, os.strerror(self.error))
            return original(*args, **kwargs)

        return call


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    return Faults(monkeypatch)


@pytest.mark.attack("D2")
def test_the_file_is_flushed_before_it_takes_its_place_and_the_folder_after(
    path: Path, opened: Keystore, password: str, faults: Faults
) -> None:
    write_keystore(path, opened, password, form=Form.COMPATIBLE)

    assert faults.calls == ["open", "fsync", "replace", "open", "fsync"]


@pytest.mark.attack("D3")
@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errno.ENOSPC, "storage.disk-full"),
        (errno.EDQUOT, "storage.disk-full"),
        (errno.EIO, "storage.write-failed"),
        (errno.EACCES, "storage.write-failed"),
        (errno.EROFS, "storage.write-failed"),
    ],
)
def test_a_failing_disk_leaves_the_old_keystore_and_names_the_file(
    step: int,
    error: int,
    code: str,
    path: Path,
    ec_old: bytes,
    opened: Keystore,
    password: str,
    faults: Faults,
) -> None:
    faults.fail_at, faults.error = step, error

    with pytest.raises(EhealthError) as caught:
        write_keystore(path, opened, password, form=Form.COMPATIBLE)

    assert (caught.value.code, caught.value.details["path"]) == (code, str(path))
    assert path.read_bytes() == ec_old
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.attack("D1")
@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:-1] + b"\1"])
def test_a_file_that_reads_back_differently_never_takes_its_place(
    damage,
    path: Path,
    ec_old: bytes,
    opened: Keystore,
    password: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on a disk that keeps something else than it was given."""
    read = files.read_bytes
    monkeypatch.setattr(files, "read_bytes", lambda path: damage(read(path)))

    with pytest.raises(EhealthError) as caught:
        write_keystore(path, opened, password, form=Form.COMPATIBLE)

    assert caught.value.code == "storage.write-failed"
    assert path.read_bytes() == ec_old
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.attack("D1")
def test_a_file_that_opens_to_something_else_never_takes_its_place(
    path: Path, ec_old: bytes, opened: Keystore, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a mistake of ours in writing would be."""
    less = Keystore(entries=opened.entries[:1], trusted=opened.trusted)
    encode = files.encode_keystore
    monkeypatch.setattr(
        files,
        "encode_keystore",
        lambda _entries, *rest, **others: encode(less.entries, *rest, **others),
    )

    with pytest.raises(EhealthError, match=r"storage\.write-failed"):
        write_keystore(path, opened, password, form=Form.COMPATIBLE)

    assert path.read_bytes() == ec_old


KILLED = """
import os, sys
from pathlib import Path
step, path, password = int(sys.argv[1]), Path(sys.argv[2]), "correct horse"
from hilum_ehealth.keystore import Form, read_keystore, write_keystore
keystore = read_keystore(path, password)
calls = 0
def killing(original):
    def call(*args, **kwargs):
        global calls
        calls += 1
        if calls == step:
            os._exit(9)
        return original(*args, **kwargs)
    return call
for name in ("open", "fsync", "replace"):
    setattr(os, name, killing(getattr(os, name)))
write_keystore(path, keystore, password, form=Form.COMPATIBLE)
"""


@pytest.mark.attack("D1")
@pytest.mark.parametrize("step", [1, 2, 3, 4, 5])
def test_a_program_that_is_killed_leaves_the_old_keystore_or_the_new_one(
    step: int, path: Path, ec_old: bytes, opened: Keystore, password: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(step), str(path)], check=False, timeout=60
    )

    assert ended.returncode == 9
    assert (path.read_bytes() == ec_old) == (step <= 3)
    assert files.same_content(read_keystore(path, password), opened)
