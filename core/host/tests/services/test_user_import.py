"""Many users from a CSV file: a bad row costs only itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hilum.services.user_import import Outcome, UserImport
from hilum_hookspecs import HilumError, StorageError


@pytest.fixture
def file(tmp_path):
    def file(*lines, encoding="utf-8-sig"):
        path = tmp_path / "users.csv"
        path.write_bytes("\r\n".join(lines).encode(encoding))
        return path

    return file


@pytest.fixture
def run(users, audit):
    def run(path, *, dry_run=False):
        return UserImport(users, audit).run(path, dry_run=dry_run)

    return run


def outcomes(report):
    return [row.outcome.value for row in report.rows]


def codes(report):
    return [row.code for row in report.rows]


def test_a_file_of_belgian_excel_is_imported(run, file, users):
    report = run(
        file(
            "Nom;Nom d'utilisateur;Valable du;Valable au;Administrateur;Prestataires de soins;"
            "Boîtes aux lettres;Visible au démarrage;Mot de passe expire",
            "Élise Exemple;elise;01/01/2026;31/12/2030;oui;7|8;8;non;6",
            "Ben Exemple;ben;;;;85073003328;;;",
        )
    )
    assert outcomes(report) == ["added", "added"]
    ben, elise = users.all()
    assert (elise.administrator, elise.visible, elise.password_months) == (True, False, 6)
    assert (elise.providers, elise.mailboxes) == (("7", "8"), ("8",))
    assert (ben.providers, ben.ehealth_login, ben.visible) == (("7",), True, True)


def test_the_first_user_ever_is_an_administrator_also_in_a_dry_run(run, file, users):
    path = file("user_name,name", "anna,Anna", "ben,Ben")
    for dry_run in (True, False):
        report = run(path, dry_run=dry_run)
        assert [row.saved.user.administrator for row in report.rows] == [True, False]
        assert [row.saved.first for row in report.rows] == [True, False]
    assert [user.administrator for user in users.all()] == [True, False]


def test_a_bad_row_costs_only_itself(run, file, users):
    report = run(
        file(
            "user_name;name;valid_from;providers;ehealth_login",
            "anna;Anna;;;",
            "ben;;;;",
            ";Cleo;;;",
            "dirk;Dirk;30/02/2026;;",
            "eva;Eva;;nobody;",
            "fons;Fons;;7|8;yes",
            'gust;"Gust;;;',
            "ANNA;Anna again;;;",
            "hilde;Hilde;;;",
        )
    )
    assert codes(report) == [
        None,
        "user.name-missing",
        "user.user-name-missing",
        "record.date-unreadable",
        "record.not-found",
        "user.ehealth-refused",
        "record.row-malformed",
        "record.row-repeated",
        None,
    ]
    assert all(row.message and row.remedy for row in report.rows if row.code)
    assert [user.user_name for user in users.all()] == ["anna", "hilde"]


def test_who_is_there_already_stays_as_it_is(run, file, users):
    path = file("user_name;name", "anna;Anna", "ben;Ben")
    run(path)
    report = run(file("user_name;name;administrator", "ANNA;Other;yes", "ben;Ben;yes", "cleo;C;"))
    assert outcomes(report) == ["exists", "exists", "added"]
    assert [user.name for user in users.all()] == ["Anna", "Ben", "C"]
    assert not users.find("ben").administrator


def test_a_row_with_the_id_of_a_user_as_user_name_is_refused(run, file, users):
    run(file("user_name;name", "anna;Anna"))
    anna = users.find("anna")
    report = run(file("user_name;name", f"{anna.id.upper()};Other", "ben;Ben"))
    assert codes(report) == ["user.user-name-taken", None]
    assert users.find(anna.id) == anna


def test_who_was_added_while_the_file_was_read_stays_as_it_is(run, file, users, monkeypatch):
    prepare = users.prepare

    def beaten(values):
        monkeypatch.undo()
        users.add({"user_name": "ANNA", "name": "Anna of the other desk"})
        return prepare(values)

    monkeypatch.setattr(users, "prepare", beaten)
    report = run(file("user_name;name", "anna;Anna", "ben;Ben"))
    assert outcomes(report) == ["exists", "added"]
    assert [row.user_name for row in report.rows] == ["ANNA", "ben"]
    assert [user.administrator for user in users.all()] == [True, False]


def test_a_file_is_one_entry_of_the_audit_with_what_each_user_may_do(run, file, users, audit):
    path = file("user_name;name;providers", "anna;Anna;", "ben;;", "cleo;Cleo;8")
    run(path, dry_run=True)
    run(path)
    run(path)
    anna, cleo = users.all()
    ((_at, action, _provider, data),) = audit.entries
    assert (action, data["users"][1]) == (
        "user.imported",
        {
            "user": cleo.id,
            "user_name": "cleo",
            "administrator": False,
            "providers": ["8"],
            "ehealth_login": True,
        },
    )
    assert (data["users"][0]["user"], data["users"][0]["administrator"]) == (anna.id, True)


@pytest.mark.attack("H1")
def test_providers_are_asked_for_before_anybody_has_to_wait(
    run, file, users, desk, make_database, monkeypatch
):
    other_desk = make_database(busy_timeout=timedelta(0))
    find, asked = desk.record, []

    def record(provider_id):
        with other_desk.begin():
            asked.append(provider_id)
        return find(provider_id)

    monkeypatch.setattr(desk, "record", record)
    assert outcomes(run(file("user_name;name;providers", "anna;Anna;7"))) == ["added"]
    assert asked


def test_a_file_with_more_rows_than_a_practice_has_users_is_refused(run, file, users):
    rows = (f"user{number};User {number}" for number in range(2001))
    with pytest.raises(HilumError) as caught:
        run(file("user_name;name", *rows))
    assert (caught.value.code, caught.value.details["rows"]) == ("record.file-too-large", 2000)
    assert list(users.all()) == []


@pytest.mark.parametrize("cell", ["=1+1", "+32", "@SUM(A1)", "-2+3"])
def test_a_cell_that_a_spreadsheet_would_run_is_a_text(run, file, users, cell):
    run(file("user_name;name", f"'{cell};{cell}"))
    (user,) = users.all()
    assert (user.user_name, user.name) == (cell, cell)


def test_a_file_that_cannot_be_used_at_all_saves_nobody(run, file, users):
    for path in (file("user_name;shoe size", "anna;40"), file("user_name\xe9", encoding="latin-1")):
        with pytest.raises(HilumError) as caught:
            run(path)
        assert caught.value.code in ("record.column-unknown", "record.file-not-utf8")
    assert list(users.all()) == []


def test_trouble_of_the_database_is_no_bad_row_and_saves_nobody(run, file, users, monkeypatch):
    from hilum.services import user_store

    add = user_store.add

    def full_at_the_second(connection, user):
        if user.user_name == "ben":
            raise StorageError("storage.disk-full")
        add(connection, user)

    monkeypatch.setattr(user_store, "add", full_at_the_second)
    with pytest.raises(StorageError):
        run(file("user_name;name", "anna;Anna", "ben;Ben"))
    assert list(users.all()) == []


def test_refused_rows_are_exit_3_with_the_whole_report(hilum, file):
    path = file("user_name;name", "anna;Anna", "ben;")
    code, document = hilum.json("user", "import", str(path))
    error = document["error"]
    assert (code, error["code"]) == (3, "user.rows-refused")
    assert (error["details"]["added"], error["details"]["refused"]) == (1, 1)
    assert error["details"]["rows"][1]["problem"]["code"] == "user.name-missing"
    assert "Row 3: ben" in hilum("user", "import", str(path)).errors


def test_a_good_file_answers_a_script_and_a_person(hilum, file):
    path = file("user_name;name", "anna;Anna", "ben;Ben")
    assert hilum("user", "import", str(path), "--dry-run").output.splitlines() == [
        "Nothing was saved: this is what would happen.",
        "2 added, 0 there already, 0 refused",
        "Row 2: anna is the first user and so an administrator",
    ]
    code, document = hilum.json("user", "import", str(path))
    assert (code, document["added"], document["exists"]) == (0, 2, 0)
    row = document["rows"][1]
    assert row.pop("user")
    assert row == {
        "row": 3,
        "outcome": Outcome.ADDED.value,
        "user_name": "ben",
        "administrator": False,
        "ehealth_login": False,
        "problem": None,
    }
