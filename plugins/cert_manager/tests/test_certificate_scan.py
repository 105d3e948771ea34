from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest
from hilum_cert_manager.file_names import read_name
from hilum_cert_manager.inspecting import inspect
from hilum_cert_manager.scanning import Key, scan


@pytest.fixture
def key(context, secrets):
    return Key(
        password=secrets["keystore-password"],
        environment=context.environment,
        now=context.clock.now(),
    )


def test_a_name_of_the_platform_tool_tells_holder_and_date():
    named = read_name("SSIN=85073003328 20250514-082150.p12")

    assert named.holder == "SSIN=85073003328"
    assert named.requested_at == datetime(2025, 5, 14, 6, 21, 50, tzinfo=UTC)
    assert named.environment is None


@pytest.mark.parametrize(
    ("name", "holder", "environment"),
    [
        ("SSIN=85073003328-20250514-082150.p12", "SSIN=85073003328", None),
        ("SSIN=85073003328 20250514-082150.acc-p12", "SSIN=85073003328", "acceptance"),
        ("SSIN=85073003328 20250514-082150.acc.p12", "SSIN=85073003328", "acceptance"),
        ("CBE=0809394427,IAMACC 20250514-082150.p12", "CBE=0809394427", None),
        ("NIHII-HOSPITAL=71000436 20250514-082150.p12", "NIHII-HOSPITAL=71000436", None),
        ("keystore.p12", "", None),
        ("SSIN=85073003328 20259914-082150.p12", "SSIN=85073003328", None),
    ],
)
def test_names_are_read_as_they_are_met(name, holder, environment):
    named = read_name(name)

    assert (named.holder, named.environment) == (holder, environment)


def test_a_scan_without_password_shows_what_is_visible(keystores, alice):
    keystores.complete(f"SSIN={alice.niss} 20290514-082150.p12")
    keystores.incomplete(f"SSIN={alice.niss} 20291114-082150.p12")

    newest, older = scan(keystores.folder, alice)

    assert (newest.file.stage, older.file.stage) == ("unknown", "complete")
    assert newest.file.belongs
    assert not older.opened


def test_a_scan_with_the_password_tells_more(keystores, alice, bob, key):
    keystores.complete("a.p12")
    keystores.complete("b.p12", niss=bob.niss)
    keystores.incomplete("c.p12")
    keystores.without_encryption_key("d.p12")

    found = {each.file.path.name: each for each in scan(keystores.folder, alice, key)}

    assert found["a.p12"].file.stage == "complete"
    assert found["a.p12"].file.environment == "test"
    assert found["a.p12"].file.not_after is not None
    assert found["a.p12"].is_candidate
    assert found["b.p12"].file.belongs is False
    assert not found["b.p12"].is_candidate
    assert (found["c.p12"].file.stage, found["c.p12"].code) == ("incomplete", "keystore.incomplete")
    assert found["d.p12"].file.stage == "no-encryption-key"


def test_files_are_judged_by_content_and_what_is_no_keystore_is_left_out(keystores, key):
    keystores.complete("mail attachment")
    keystores.write("holiday.jpg", b"\xff\xd8\xff")
    keystores.write("broken.p12", b"hello")

    found = {each.file.path.name: each.code for each in scan(keystores.folder, None, key)}

    assert found == {"mail attachment": None, "broken.p12": "keystore.not-pkcs12"}


def test_a_keystore_with_another_password_stays_in_the_list(keystores, context):
    keystores.complete()
    other = Key(password="other", environment=context.environment, now=context.clock.now())

    (found,) = scan(keystores.folder, None, other)

    assert found.code == "keystore.password-rejected"
    assert found.file.stage == "complete"


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    assert scan(tmp_path / "nowhere") == ()


def test_pipes_and_folders_are_passed_over(tmp_path):
    (tmp_path / "folder.p12").mkdir()
    os.mkfifo(tmp_path / "pipe.p12")

    assert scan(tmp_path) == ()


def test_the_password_of_a_scan_is_never_shown(key, secrets):
    assert secrets["keystore-password"] not in repr(key)


def test_the_source_finds_files_newest_first(source, keystores, alice):
    keystores.complete(f"SSIN={alice.niss} 20270514-082150.p12")
    keystores.complete(f"SSIN={alice.niss} 20290514-082150.p12")

    names = [file.path.name for file in source.find(keystores.folder)]

    assert names == sorted(names, reverse=True)


def test_an_inspection_tells_everything(keystores, context, secrets, alice):
    path = keystores.complete()
    path.chmod(0o644)

    seen = inspect(path, secrets["keystore-password"], context.environment, context.clock.now())

    assert seen.content.holder == f"SSIN={alice.niss}"
    assert seen.content.holder_name == "ALICE EXAMPLE"
    assert (seen.stage, seen.environment, seen.refusal) == ("complete", "test", None)
    assert [key.kind for key in seen.keys] == ["EC secp384r1", "EC secp384r1"]
    assert seen.iterations == 1024
    assert seen.warnings == (
        "keystore.old-form",
        "keystore.few-iterations",
        "keystore.open-to-others",
    )


def test_an_inspection_says_why_a_keystore_cannot_be_used(keystores, context, secrets):
    path = keystores.incomplete()

    seen = inspect(path, secrets["keystore-password"], context.environment, context.clock.now())

    assert (seen.stage, seen.content, seen.refusal) == ("incomplete", None, "keystore.incomplete")
