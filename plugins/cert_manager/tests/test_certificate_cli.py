from __future__ import annotations

import pytest


@pytest.fixture
def imported(cli, keystores, alice, secrets):
    result = cli(
        "certificate", "import", str(keystores.complete()), "--provider", alice.id, secrets=secrets
    )
    assert result.exit_code == 0, result.errors


def test_an_import_shows_what_the_keystore_holds(cli, keystores, alice, secrets):
    path = keystores.complete()

    code, document = cli.json(
        "certificate", "import", str(path), "--provider", alice.niss, secrets=secrets
    )

    assert code == 0
    assert document["provider"] == alice.id
    assert document["environment"] == "other"
    assert document["certificate"]["holder"]["identifier"] == alice.niss
    assert document["certificate"]["stage"] == "complete"
    assert document["certificate"]["days_left"] == 1095
    assert document["changed"]


def test_the_words_of_an_import_name_holder_and_end(cli, keystores, alice, secrets):
    path = keystores.complete()

    shown = cli("certificate", "import", str(path), "--provider", alice.id, secrets=secrets)

    assert "eHealth certificate (01/01/2033) imported for Alice Example." in shown.output
    assert "NISS 85.07.30-033.28 (ALICE EXAMPLE)" in shown.output
    assert "1095 days left" in shown.output


@pytest.mark.parametrize(
    ("make", "exit_code", "code"),
    [
        ("incomplete", 3, "keystore.incomplete"),
        ("stranger", 3, "record.wrong-person"),
        ("not-ehealth", 3, "keystore.not-ehealth"),
        ("text", 3, "keystore.not-pkcs12"),
    ],
)
def test_each_refusal_has_its_own_code(cli, keystores, alice, bob, secrets, make, exit_code, code):
    path = {
        "incomplete": keystores.incomplete,
        "stranger": lambda: keystores.complete(niss=bob.niss),
        "not-ehealth": lambda: keystores.complete(alias="mykey"),
        "text": lambda: keystores.write("text.p12", b"hello"),
    }[make]()

    result, document = cli.json(
        "certificate", "import", str(path), "--provider", alice.id, secrets=secrets
    )

    assert (result, document["error"]["code"]) == (exit_code, code)
    assert document["error"]["message"]


def test_a_wrong_password_is_exit_code_4(cli, keystores, alice):
    path = keystores.complete()

    code, document = cli.json(
        "certificate",
        "import",
        str(path),
        "--provider",
        alice.id,
        secrets={"keystore-password": "wrong"},
    )

    assert (code, document["error"]["code"]) == (4, "keystore.password-rejected")


def test_a_missing_password_is_named(cli, keystores, alice):
    path = keystores.complete()

    code, document = cli.json("certificate", "import", str(path), "--provider", alice.id)

    assert (code, document["error"]["details"]) == (2, {"name": "keystore-password"})


def test_what_is_no_keystore_is_refused_before_the_password_is_asked(cli, keystores, alice):
    path = keystores.write("text.p12", b"hello")

    code, document = cli.json("certificate", "import", str(path), "--provider", alice.id)

    assert (code, document["error"]["code"]) == (3, "keystore.not-pkcs12")


def test_the_list_tells_who_has_a_certificate_and_what_to_do(cli, imported, alice, bob):
    code, document = cli.json("certificate", "list")

    assert code == 0
    by_id = {each["provider"]: each["certificate"] for each in document["certificates"]}
    assert by_id[alice.id]["days_left"] == 1095
    assert by_id[bob.id] is None
    assert f"certificate import FILE --provider {bob.id}" in cli("certificate", "list").output


def test_removing_needs_a_yes_and_names_the_object(cli, imported, alice):
    code, document = cli.json("certificate", "remove", "--provider", alice.id)
    assert (code, document["error"]["code"]) == (2, "usage.not-confirmed")
    assert "Alice Example" in document["error"]["message"]

    asked = cli("certificate", "remove", "--provider", alice.id, tty=True, typed="n\n")
    assert "(01/01/2033) of Alice Example" in asked.errors

    assert cli("certificate", "remove", "--provider", alice.id, "--yes").exit_code == 0
    assert cli.json("certificate", "show", "--provider", alice.id)[1]["certificate"] is None


def test_a_removal_is_undone(cli, imported, alice):
    cli("certificate", "remove", "--provider", alice.id, "--yes")

    code, document = cli.json("certificate", "undo", "--provider", alice.id)

    assert (code, document["undone"]) == (0, "remove")
    shown = cli.json("certificate", "show", "--provider", alice.id)[1]
    assert shown["certificate"]["stage"] == "complete"
    assert [each["action"] for each in shown["history"]] == ["import", "remove"]
    assert [each["undone"] for each in shown["history"]] == [False, True]


def test_trying_a_removal_changes_nothing(cli, imported, alice):
    code, document = cli.json("certificate", "remove", "--provider", alice.id, "--dry-run")

    assert (code, document["removed"]) == (0, False)
    assert cli.json("certificate", "show", "--provider", alice.id)[1]["certificate"]


def test_an_export_shows_the_fingerprint(cli, imported, alice, secrets, tmp_path):
    target = tmp_path / "copy.p12"

    code, document = cli.json(
        "certificate", "export", str(target), "--provider", alice.id, secrets=secrets
    )

    assert code == 0
    assert len(document["keystore_sha256"]) == 64
    assert target.is_file()


def test_a_scan_marks_the_keystore_to_take(cli, keystores, alice, bob):
    keystores.complete(f"SSIN={alice.niss} 20290514-082150.p12")
    keystores.complete(f"SSIN={bob.niss} 20290914-082150.p12", niss=bob.niss)

    code, document = cli.json("certificate", "scan", str(keystores.folder), "--provider", alice.id)

    assert code == 0
    assert [each["belongs"] for each in document["files"]] == [False, True]
    assert alice.niss in document["best"]


def test_the_default_folder_is_a_setting(cli, keystores):
    keystores.complete("here.p12")

    code, document = cli.json(
        "certificate",
        "scan",
        environ={"HILUM__CERT_MANAGER__KEYSTORE_FOLDER": str(keystores.folder)},
    )

    assert code == 0
    assert len(document["files"]) == 1


def test_an_inspection_says_to_whom_the_keystore_belongs(cli, keystores, bob, secrets):
    path = keystores.complete()

    code, document = cli.json(
        "certificate", "inspect", str(path), "--provider", bob.id, secrets=secrets
    )

    assert code == 0
    assert document["belongs"] is False
    assert document["keys"][0]["alias"] == "authentication"
    shown = cli("certificate", "inspect", str(path), "--provider", bob.id, secrets=secrets)
    assert "Of somebody else" in shown.output


def test_the_password_of_a_file_of_the_users_own_is_changed_and_the_old_file_stays(
    cli, keystores, secrets
):
    path = keystores.complete()
    before = path.read_bytes()
    new = {**secrets, "new-keystore-password": "another horse 43"}

    code, document = cli.json(
        "certificate", "change-password", str(path), "--compatible", secrets=new
    )

    assert code == 0
    assert path.read_bytes() != before
    with open(document["previous"], "rb") as kept:
        assert kept.read() == before


def test_a_try_at_a_new_password_changes_nothing(cli, imported, alice, secrets):
    new = {**secrets, "new-keystore-password": "another horse 43"}

    code, document = cli.json(
        "certificate", "change-password", "--provider", alice.id, "--dry-run", secrets=new
    )

    assert (code, document["dry_run"]) == (0, True)
    assert len(cli.json("certificate", "show", "--provider", alice.id)[1]["versions"]) == 1


def test_a_new_password_that_java_cannot_read_is_refused(cli, imported, alice, secrets):
    new = {**secrets, "new-keystore-password": "mot de passé"}

    code, document = cli.json("certificate", "change-password", "--provider", alice.id, secrets=new)

    assert (code, document["error"]["code"]) == (2, "secret.not-ascii")


def test_a_file_and_a_provider_together_are_a_mistake(cli, imported, alice):
    code, document = cli.json("certificate", "change-password", "x.p12", "--provider", alice.id)

    assert (code, document["error"]["code"]) == (2, "usage.file-or-provider")


def test_french_speaks_the_words_of_the_manual(cli, bob):
    shown = cli("--lang", "fr", "certificate", "list")

    assert "aucun certificat eHealth" in shown.output


@pytest.mark.parametrize("command", ["import", "inspect", "scan"])
def test_a_file_that_the_user_named_and_is_not_there_is_a_slip_of_the_command_line(
    cli, command, alice, tmp_path
):
    options = ["--provider", alice.id] if command == "import" else []
    path = str(tmp_path / "nope")

    code, document = cli.json("certificate", command, path, *options)

    assert (code, document["error"]["code"]) == (2, "usage.file-unreadable")
    assert document["error"]["details"]["path"] == path
