from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest
from hilum_cert_manager.certificates import Certificates
from hilum_ehealth.keystore import Form, glance, read_keystore


@pytest.fixture
def kept(context):
    return Certificates(context)


@pytest.fixture
def imported(kept, keystores, alice, secrets):
    kept.take(keystores.complete(), alice, secrets["keystore-password"])
    return kept.active(alice.id, "test")


@pytest.fixture
def code():
    def code(function, *arguments, **more):
        with pytest.raises(Exception, match=r"\w+\.\w+") as refused:
            function(*arguments, **more)
        return refused.value.code

    return code


def test_a_removed_certificate_is_not_active_and_not_deleted(kept, imported, alice):
    kept.remove(alice)

    assert kept.active(alice.id, "test") is None
    assert imported.keystore.is_file()


def test_a_removal_can_be_undone(kept, imported, alice):
    kept.remove(alice)

    change, active = kept.undo(alice)

    assert change.action.value == "remove"
    assert active is not None
    assert kept.active(alice.id, "test") == imported


def test_undoing_goes_back_step_by_step(kept, imported, keystores, alice, secrets, code):
    kept.take(keystores.complete("second.p12"), alice, secrets["keystore-password"])

    kept.undo(alice)
    assert kept.active(alice.id, "test") == imported

    kept.undo(alice)
    assert kept.active(alice.id, "test") is None
    assert code(kept.undo, alice) == "certificate.nothing-to-undo"


def test_trying_an_undo_changes_nothing(kept, imported, alice):
    kept.remove(alice)

    _change, active = kept.undo(alice, dry_run=True)

    assert active.file == f"{alice.id}/1.p12"
    assert kept.active(alice.id, "test") is None


def test_there_is_nothing_to_remove_without_certificate(kept, alice, code):
    assert code(kept.remove, alice) == "certificate.missing"


def test_every_step_is_audited(kept, imported, alice, context, tmp_path, secrets):
    kept.export(alice, tmp_path / "copy.p12", secrets["keystore-password"], compatible=False)
    kept.remove(alice)
    kept.undo(alice)

    actions = [entry[1] for entry in context.audit.entries]
    assert actions == [
        "certificate.imported",
        "certificate.exported",
        "certificate.removed",
        "certificate.undone",
    ]


def test_an_export_is_the_same_keystore(kept, imported, alice, tmp_path, secrets):
    copy = tmp_path / "copy.p12"

    kept.export(alice, copy, secrets["keystore-password"], compatible=False)

    assert copy.read_bytes() == imported.keystore.read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600


def test_an_export_never_overwrites(kept, imported, alice, tmp_path, secrets, code):
    copy = tmp_path / "copy.p12"
    copy.write_text("mine")

    refused = code(kept.export, alice, copy, secrets["keystore-password"], compatible=False)

    assert refused == "usage.file-exists"
    assert copy.read_text() == "mine"


def test_an_export_with_a_wrong_password_leaves_no_file(kept, imported, alice, tmp_path, code):
    copy = tmp_path / "copy.p12"

    refused = code(kept.export, alice, copy, "wrong password", compatible=False)

    assert refused == "keystore.password-rejected"
    assert not copy.exists()


def test_an_export_into_a_folder_that_is_not_there_says_so(kept, imported, alice, tmp_path, code):
    nowhere = tmp_path / "nowhere" / "copy.p12"

    refused = code(kept.export, alice, nowhere, "correct horse 42", compatible=False)

    assert refused == "storage.write-failed"


def test_a_changed_password_opens_a_new_version_with_every_key(kept, imported, alice, secrets):
    kept.change_password(alice, secrets["keystore-password"], "another horse 43", Form.MODERN)

    active = kept.active(alice.id, "test")
    assert active.keystore != imported.keystore
    assert active.certificate == imported.certificate
    assert len(read_keystore(active.keystore, "another horse 43").entries) == 2
    assert len(read_keystore(imported.keystore, secrets["keystore-password"]).entries) == 2


def test_a_modern_keystore_can_be_exported_in_the_old_form(
    kept, imported, alice, secrets, tmp_path
):
    kept.change_password(alice, secrets["keystore-password"], "another horse 43", Form.MODERN)
    copy = tmp_path / "copy.p12"

    kept.export(alice, copy, "another horse 43", compatible=True)

    assert {key.algorithm for key in glance(copy.read_bytes()).keys} == {"pbe-sha1-3des"}
    assert len(read_keystore(copy, "another horse 43").entries) == 2


def test_a_bad_new_password_changes_nothing(kept, imported, alice, secrets, code):
    old = secrets["keystore-password"]

    assert code(kept.change_password, alice, old, "short", Form.MODERN) == "secret.too-short"
    assert code(kept.change_password, alice, old, "mot de passé", Form.MODERN) == "secret.not-ascii"
    assert kept.active(alice.id, "test") == imported


def test_a_keystore_that_others_can_read_is_not_used(
    kept, imported, alice, secrets, code, tmp_path
):
    imported.keystore.chmod(0o644)

    refused = code(
        kept.export, alice, tmp_path / "c.p12", secrets["keystore-password"], compatible=False
    )

    assert refused == "storage.file-mode"


def test_a_full_disk_leaves_nothing_half_done(kept, keystores, alice, secrets, code, context):
    from hilum_cert_manager import folder
    from hilum_ehealth.errors import EhealthError

    def full(path, data):
        raise EhealthError("storage.disk-full", path=str(path))

    real, folder.write_atomically = folder.write_atomically, full
    try:
        refused = code(kept.take, keystores.complete(), alice, secrets["keystore-password"])
    finally:
        folder.write_atomically = real

    assert refused == "storage.disk-full"
    assert kept.active(alice.id, "test") is None
    assert list((context.data_folder / "keystores" / alice.id).iterdir()) == []


_KILLED = """
    import os, signal, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from types import SimpleNamespace

    from hilum.testing.contexts import ContextMaker, test_environment
    from hilum.testing.fakes import FakePrompter, StillClock
    from hilum_cert_manager import store
    from hilum_cert_manager.certificates import Certificates
    from hilum_cert_manager.plugin import Plugin
    from hilum_hookspecs import Provider
    from sqlalchemy import create_engine

    class Disk:
        def __init__(self, path):
            self.engine = create_engine(f"sqlite:///{path}")
        def begin(self):
            return self.engine.begin()

    folder, keystore, point = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    disk = Disk(folder / "hilum.db")
    from hilum_cert_manager.tables import metadata
    metadata.create_all(disk.engine)
    context = ContextMaker(folder, StillClock(), FakePrompter())(
        Plugin, storage=disk, name="cert_manager"
    )
    if point != "nowhere":
        real = getattr(store, point)
        def dies(*arguments, **more):
            if "after" in sys.argv:
                real(*arguments, **more)
            os.kill(os.getpid(), signal.SIGKILL)
        setattr(store, point, dies)
    alice = Provider(id="alice-k7f3", last_name="Example", niss="85073003328")
    done = Certificates(context).take(keystore, alice, sys.stdin.readline().strip())
    print(Certificates(context).active(alice.id, "test").keystore.name, done.is_new)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_an_import_that_is_killed_loses_nothing_and_can_be_done_again(
    keystores, tmp_path, authorities, secrets
):
    authorities.write_trust(tmp_path / "trust")
    first = keystores.complete("first.p12")
    second = keystores.complete("second.p12")

    def run(keystore, *point):
        return subprocess.run(
            [sys.executable, "-c", textwrap.dedent(_KILLED), tmp_path, keystore, *point],
            input=secrets["keystore-password"],
            capture_output=True,
            text=True,
            check=False,
        )

    assert run(first, "nowhere").stdout.split() == ["1.p12", "True"]
    for number, point in enumerate(
        (("add_version",), ("add_version", "after"), ("add_change",), ("add_change", "after")), 2
    ):
        assert run(second, *point).returncode == -signal.SIGKILL
        folder = tmp_path / "cert_manager" / "keystores" / "alice-k7f3"
        assert (folder / f"{number}.p12").read_bytes() == second.read_bytes()
        assert run(first, "nowhere").stdout.split() == ["1.p12", "False"]

    assert run(second, "nowhere").stdout.split() == ["6.p12", "True"]
