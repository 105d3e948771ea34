from __future__ import annotations

import pytest

ALICE = (
    "provider",
    "add",
    "--last-name",
    "Example",
    "--first-names",
    "Alice",
    "--niss",
    "85.07.30-033.28",
    "--birth-date",
    "30/07/1985",
    "--gender",
    "m",
    "--inami",
    "physiotherapist:5/38861/71/521:2020-01-01",
)


@pytest.fixture
def alice_id(cli):
    code, document = cli.json(*ALICE)
    assert code == 0
    return document["provider"]["id"]


def findings(document):
    return [(f["field"], f["code"]) for f in document["error"]["details"]["findings"]]


def test_an_added_provider_is_shown_again(cli, alice_id):
    code, document = cli.json("provider", "show", "5-38861-71-521")

    assert code == 0
    provider = document["provider"]
    assert (provider["id"], provider["niss"]) == (alice_id, "85073003328")
    assert provider["birth_date"] == "1985-07-30"
    assert provider["gender"] == "M"
    assert provider["professions"] == [
        {
            "name": "physiotherapist",
            "default": False,
            "inami": [
                {
                    "number": "53886171521",
                    "start": "2020-01-01",
                    "end": None,
                    "conventioned": False,
                }
            ],
        }
    ]
    assert document["certificate"] is None


def test_a_record_reads_as_people_write_it(cli, alice_id):
    shown = cli("provider", "show", alice_id).output

    assert "NISS: 85.07.30-033.28" in shown
    assert "Born on: 30/07/1985 (44 years old)" in shown
    assert "INAMI number 5/38861/71/521 from 01/01/2020" in shown
    assert f"certificate import FILE --provider {alice_id}" in shown


def test_a_wrong_niss_is_refused_with_the_reason_and_nothing_is_saved(cli):
    code, document = cli.json("provider", "add", "--last-name", "Example", "--niss", "85073003329")

    assert code == 3
    assert document["error"]["code"] == "record.invalid"
    assert findings(document) == [("niss", "record.niss-check-digits")]
    assert document["error"]["details"]["findings"][0]["message"]
    assert cli.json("provider", "list")[1]["providers"] == []


def test_all_that_cannot_be_read_is_told_at_once(cli):
    code, document = cli.json(
        "provider", "add", "--last-name", "E", "--birth-date", "31/02/1985", "--gender", "x",
        "--language", "it", "--inami", "nonsense", "--city", "a\x00b",
    )  # fmt: skip

    assert code == 3
    assert findings(document) == [
        ("birth_date", "record.date-unreadable"),
        ("gender", "record.gender-unknown"),
        ("language", "record.language-unknown"),
        ("city", "record.text-characters"),
        ("inami", "record.inami-unreadable"),
    ]


def test_what_cannot_be_read_is_told_with_its_field(cli):
    errors = cli("provider", "add", "--last-name", "E", "--gender", "Q").errors

    assert "- Gender: Write F or M, or nothing." in errors


def test_checking_nobody_says_so(cli):
    assert cli("provider", "check").output.startswith("No provider yet")


def test_the_same_person_twice_is_refused(cli, alice_id):
    code, document = cli.json(*ALICE)

    assert (code, findings(document)) == (3, [("niss", "record.niss-duplicate")])


def test_an_identifier_can_be_given_once(cli):
    assert cli("provider", "add", "--last-name", "A", "--id", "desk-1").exit_code == 0

    code, document = cli.json("provider", "add", "--last-name", "B", "--id", "Desk-1")

    assert (code, findings(document)) == (3, [("id", "record.id-taken")])
    assert cli("provider", "add", "--last-name", "B", "--id", "../x").exit_code == 3


def test_trying_to_add_saves_nothing(cli):
    code, document = cli.json(*ALICE, "--dry-run")

    assert (code, document["dry_run"]) == (0, True)
    assert cli.json("provider", "list")[1]["providers"] == []


def test_what_contradicts_the_niss_is_saved_with_a_warning(cli):
    code, document = cli.json(*ALICE, "--gender", "F")

    assert code == 0
    assert [f["code"] for f in document["findings"]] == ["record.gender-contradicts-niss"]


def test_an_edit_changes_only_what_is_given(cli, alice_id):
    before = cli.json("provider", "show", alice_id)[1]["provider"]

    code, document = cli.json("provider", "edit", alice_id, "--city", "Namur", "--ehealthbox")

    assert (code, document["changed"]) == (0, ["city", "ehealthbox"])
    after = cli.json("provider", "show", alice_id)[1]["provider"]
    assert after == {**before, "city": "Namur", "ehealthbox": True}


def test_a_field_is_emptied_with_an_empty_text(cli, alice_id):
    cli("provider", "edit", alice_id, "--birth-date", "", "--first-names", "")

    after = cli.json("provider", "show", alice_id)[1]["provider"]
    assert (after["birth_date"], after["name"]) == (None, "Example")


def test_ending_a_number_and_adding_the_next(cli, alice_id):
    cli(
        "provider", "edit", alice_id,
        "--inami", "physiotherapist:53886171521:2020-01-01:31/12/2024",
        "--inami", "5/41234/26/501:2025-01-01::conventioned",
        "--default-profession", "physiotherapist",
    )  # fmt: skip

    (profession,) = cli.json("provider", "show", alice_id)[1]["provider"]["professions"]
    assert profession["default"]
    assert [(n["number"], n["start"], n["end"]) for n in profession["inami"]] == [
        ("53886171521", "2020-01-01", "2024-12-31"),
        ("54123426501", "2025-01-01", None),
    ]
    assert profession["inami"][1]["conventioned"]


def test_numbers_and_professions_are_taken_out(cli, alice_id):
    cli("provider", "edit", alice_id, "--remove-inami", "5/38861/71/521", "--profession", "nurse")
    cli("provider", "edit", alice_id, "--remove-profession", "physiotherapist")

    provider = cli.json("provider", "show", alice_id)[1]["provider"]
    assert provider["professions"] == [{"name": "nurse", "default": False, "inami": []}]


def test_what_is_not_there_cannot_be_taken_out(cli, alice_id):
    code, document = cli.json("provider", "edit", alice_id, "--remove-inami", "nurse:53886171521")

    assert (code, findings(document)) == (3, [("inami", "record.inami-absent")])


def test_an_edit_that_makes_a_record_wrong_is_refused(cli, alice_id):
    code, _document = cli.json("provider", "edit", alice_id, "--niss", "1")

    assert code == 3
    assert cli.json("provider", "show", alice_id)[1]["provider"]["niss"] == "85073003328"


def test_an_unknown_provider_is_not_found(cli):
    code, document = cli.json("provider", "show", "nobody")

    assert (code, document["error"]["code"]) == (3, "record.not-found")


def test_removing_asks_and_names_the_provider(cli, alice_id):
    code, document = cli.json("provider", "remove", alice_id)
    assert (code, document["error"]["code"]) == (2, "usage.not-confirmed")

    asked = cli("provider", "remove", alice_id, tty=True, typed="n\n")
    assert f"Alice Example ({alice_id})" in asked.errors
    assert cli("provider", "remove", alice_id, "--dry-run").exit_code == 0
    assert len(cli.json("provider", "list")[1]["providers"]) == 1

    assert cli("provider", "remove", alice_id, "--yes").exit_code == 0
    assert cli.json("provider", "list")[1]["providers"] == []


def test_a_check_says_what_a_session_lacks(cli, alice_id):
    assert cli("provider", "check", alice_id).exit_code == 0
    cli("provider", "add", "--last-name", "Builder", "--id", "bob")

    code, document = cli.json("provider", "check")

    assert code == 3
    assert findings(document) == [
        ("niss", "record.niss-missing"),
        ("inami", "record.inami-missing"),
    ]
    assert cli("provider", "check", "bob", "--purpose", "save").exit_code == 0


def test_an_empty_list_says_what_to_do(cli):
    assert "provider add" in cli("provider", "list").output


def test_audit_entries_hold_no_national_number(cli, alice_id):
    cli("provider", "edit", alice_id, "--city", "Namur")

    database = (cli.folder / "hilum.db").read_bytes()
    log = cli("audit", "list").output
    assert b"85073003328" in database
    assert "85073003328" not in log


def test_french_speaks_the_words_of_the_manual(cli, alice_id):
    cli("provider", "add", "--last-name", "Builder", "--id", "bob")

    code, document = cli.json("--lang", "fr", "provider", "check", "bob")

    assert code == 3
    messages = [f["message"] for f in document["error"]["details"]["findings"]]
    assert messages[0] == "NISS fait défaut."
    assert "Né le : 30/07/1985" in cli("--lang", "fr", "provider", "show", alice_id).output


def test_a_number_pasted_with_odd_spaces_is_read(cli):
    pasted = "\u00a085.07.30\u00a0-\u202f033.28 "

    code, document = cli.json("provider", "add", "--last-name", "E", "--niss", pasted)

    assert (code, document["provider"]["niss"]) == (0, "85073003328")


def test_a_check_of_all_names_whose_record_it_is(cli, alice_id):
    cli("provider", "add", "--last-name", "Builder", "--id", "bob")

    assert "- Builder: The NISS is missing." in cli("provider", "check").errors
    assert "- The NISS is missing." in cli("provider", "check", "bob").errors
