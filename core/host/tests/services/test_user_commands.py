"""``hilum user``, ``hilum login`` and ``hilum logout``: what they show, and their exit codes."""

from __future__ import annotations

import pytest
from hilum_ehealth.testing.people import PASSWORD
from hilum_hookspecs import CardError

OWN = "Sunny-Garden-42"
SECRETS = {
    "account-password": OWN,
    "new-account-password": OWN,
    "keystore-password": PASSWORD,
}


@pytest.fixture
def hilum(hilum, doorkeeper):
    class DoorkeeperPlugin:
        def __new__(cls, context):
            return doorkeeper

    hilum.plugins = {**hilum.plugins, "doorkeeper": DoorkeeperPlugin}
    return hilum


@pytest.fixture
def fine(hilum):
    def fine(*arguments, **options):
        code, document = hilum.json("--no-input", *arguments, secrets=SECRETS, **options)
        assert code == 0, document
        return document

    return fine


@pytest.fixture
def refused(hilum):
    def refused(*arguments, **options):
        options.setdefault("secrets", SECRETS)
        code, document = hilum.json("--no-input", *arguments, **options)
        assert document["error"]["message"]
        assert document["error"]["remedy"]
        return code, document["error"]["code"], document["error"]["details"]

    return refused


@pytest.fixture
def anna(fine):
    """An administrator, and Anna who logs in via eHealth."""
    fine("user", "add", "--name", "Ben Admin", "--user-name", "ben")
    fine("user", "password", "ben")
    document = fine("user", "add", "--name", "Anna User", "--user-name", "anna", "--provider", "7")
    fine("user", "password", "anna")
    return document["user"]["id"]


def test_adding_the_first_user_says_what_came_by_itself(hilum):
    result = hilum("user", "add", "--name", "Anna User", "--user-name", "anna", "--provider", "7")
    assert result.output.splitlines() == [
        "Added: Anna User (anna)",
        "The first user is an administrator.",
        "The user logs in via eHealth.",
    ]


def test_a_user_without_ehealth_needs_a_password_and_sees_every_condition(hilum, desk):
    desk.environment = "elsewhere"
    text = hilum("user", "add", "--name", "A", "--user-name", "a", "--provider", "7").output
    assert "  ✗ No eHealth certificate." in text
    assert "    Import one: hilum certificate import FILE --provider 7" in text
    assert "  ✓ The NISS is recorded." in text
    assert "No password yet: hilum user password a" in text


def test_adding_answers_a_script(fine, anna):
    document = fine("user", "add", "--name", "Cleo", "--user-name", "cleo", "--dry-run")
    document["user"].pop("id")
    assert document == {
        "environment": "test",
        "user": {
            "name": "Cleo",
            "user_name": "cleo",
            "valid_from": None,
            "valid_until": None,
            "valid": True,
            "administrator": False,
            "providers": [],
            "mailboxes": [],
            "ehealth_login": False,
            "visible": True,
            "password_months": 0,
        },
        "changed": [],
        "first": False,
        "ehealth_login_removed": False,
        "conditions": [
            {
                "name": "provider",
                "met": False,
                "code": "user.no-provider",
                "message": "No provider is linked.",
                "fix": "Link one: hilum user edit cleo --provider P",
            }
        ],
        "dry_run": True,
    }


def test_whoever_is_logged_in_without_being_an_administrator_changes_no_users(
    hilum, refused, fine, anna, tmp_path
):
    fine("login", "anna", "--via", "password")
    before = fine("user", "list")
    file = tmp_path / "users.csv"
    file.write_text("user_name;name\ncleo;Cleo Claes\n", encoding="utf-8")

    for arguments in (
        ("add", "--name", "Cleo", "--user-name", "cleo"),
        ("edit", "anna", "--administrator"),
        ("remove", "ben", "--yes"),
        ("password", "ben"),
        ("reset", "ben", "--password"),
        ("reset", "anna"),
        ("copy-rights", "ben", "anna"),
        ("copy-options", "ben", "anna"),
        ("import", str(file)),
    ):
        code, name, details = refused("user", *arguments)
        assert (code, name, details["user"]) == (3, "user.not-administrator", "anna")
        assert refused("user", *arguments, "--dry-run")[:2] == (3, "user.not-administrator")

    assert fine("user", "list") == before


def test_a_user_who_is_not_there_yet_is_not_to_be_edited(refused, hilum, tmp_path):
    add = ("user", "add", "--name", "Z", "--user-name", "zed", "--ehealth-login")
    code, name, details = refused(*add)
    file = tmp_path / "users.csv"
    file.write_text("user_name;name;ehealth_login\nzed;Z;yes\n", encoding="utf-8")

    assert (code, name) == (3, "user.ehealth-refused")
    fix = "Name exactly one: --provider P, or the column providers of a file."
    assert [each["fix"] for each in details["conditions"]] == [fix]
    assert f"\n  - No provider is linked. {fix}\n" in hilum("user", "import", str(file)).errors


def test_everybody_changes_the_own_password(fine, anna):
    fine("login", "anna", "--via", "password")

    assert fine("user", "password", "ANNA")["user"] == anna


def test_an_administrator_who_is_logged_in_or_nobody_changes_users(fine, refused, anna):
    fine("login", "ben")
    fine("user", "add", "--name", "Cleo", "--user-name", "cleo", "--administrator")
    fine("user", "edit", "ben", "--no-administrator")
    assert refused("user", "edit", "ben", "--administrator")[1] == "user.not-administrator"
    fine("logout")

    assert fine("user", "edit", "ben", "--administrator")["user"]["administrator"]


def test_dates_are_typed_as_people_write_them_and_emptied_with_nothing(fine, anna):
    edited = fine("user", "edit", "anna", "--valid-until", "31/12/2030")
    assert edited["user"]["valid_until"] == "2030-12-31"
    assert edited["changed"] == ["valid_until"]
    assert fine("user", "edit", "anna", "--valid-until", "")["user"]["valid_until"] is None


@pytest.mark.parametrize(
    ("option", "text", "code"),
    [
        ("--valid-until", "31/31/2030", "record.date-unreadable"),
        ("--valid-until", "01/01/1999", None),
        ("--name", "x" * 201, "record.text-too-long"),
        ("--name", "\x1b[31mred", "record.text-characters"),
        ("--name", "", "user.name-missing"),
        ("--user-name", "BEN", "user.user-name-taken"),
        ("--password-months", "many", "user.password-months"),
        ("--password-months", "121", "user.password-months"),
        ("--provider", "nobody", "record.not-found"),
        ("--mailbox", "8", "user.mailbox-not-linked"),
        ("--remove-provider", "8", "user.provider-not-linked"),
    ],
)
def test_what_cannot_be_saved_is_exit_3_and_changes_nothing(
    hilum, refused, fine, anna, option, text, code
):
    before = fine("user", "show", "anna")
    if code is None:
        assert not fine("user", "edit", "anna", option, text)["user"]["valid"]
        return
    assert refused("user", "edit", "anna", option, text)[:2] == (3, code)
    assert fine("user", "show", "anna") == before
    said = hilum("user", "edit", "anna", option, text).errors
    assert "\x1b" not in said
    assert "?" not in said


def test_the_list_and_one_user_are_shown_to_a_person(hilum, anna):
    assert hilum("user", "list").output.splitlines() == [
        "anna  Anna User  7  via eHealth",
        "ben  Ben Admin  administrator",
    ]
    assert hilum("user", "show", "ANNA").output.splitlines() == [
        "Anna User  (anna)",
        "  providers: Alice Example (7)",
        "  log-in via eHealth: yes",
        "  visible at start: yes",
        "  password: chosen on 23/11/2026",
        "Log-in via eHealth:",
        "  ✓ Exactly one provider is linked.",
        "  ✓ The eHealth certificate is active until 22/11/2029.",
        "  ✓ The NISS is recorded.",
        "  ✓ An INAMI number is recorded.",
    ]


def test_a_command_that_is_proposed_can_be_typed_as_it_stands(hilum):
    text = hilum("user", "add", "--name", "Anna", "--user-name", "anna b").output
    assert "No password yet: hilum user password 'anna b'" in text
    shown = hilum("user", "show", "anna b").output
    assert "Link one: hilum user edit 'anna b' --provider P" in shown


def test_nobody_to_list_says_what_to_do(hilum):
    assert "hilum user add" in hilum("user", "list").output


def test_removing_needs_a_yes(hilum, refused, fine, anna):
    code, error, details = refused("user", "remove", "anna")
    assert (code, error, details["option"]) == (2, "usage.not-confirmed", "--yes")
    assert "was not removed" in hilum("user", "remove", "anna", tty=True, typed="n\n").errors
    assert hilum("user", "remove", "anna", tty=True, typed="y\n").output == (
        "Removed: Anna User (anna)\n"
    )
    assert fine("user", "list")["users"][0]["user_name"] == "ben"


def test_rights_and_options_are_copied(fine, anna):
    fine("user", "add", "--name", "Cleo", "--user-name", "cleo")
    rights = fine("user", "copy-rights", "anna", "cleo")
    assert rights["users"][0]["user"]["providers"] == ["7"]
    fine("user", "edit", "anna", "--no-visible", "--password-months", "6")
    options = fine("user", "copy-options", "anna", "cleo")["users"][0]
    assert options["changed"] == ["ehealth_login", "visible", "password_months"]


def test_a_reset_tells_what_it_set_back(hilum, fine, anna):
    fine("user", "edit", "anna", "--no-visible")
    assert hilum("user", "reset", "anna").output.startswith(
        "Changed: Anna User (anna): log-in via eHealth, visible at start\n"
    )


def test_a_restored_password_must_be_changed_at_the_next_login(hilum, fine, anna):
    assert fine("user", "reset", "ben", "--password")["must_change"] is True
    assert fine("user", "show", "ben")["password"]["must_change"] is True
    assert fine("login", "ben")["password_changed"] is True
    assert fine("user", "show", "ben")["password"]["must_change"] is False


def test_a_login_via_ehealth_shows_the_session(hilum, fine, anna):
    document = fine("login", "anna")
    assert (document["user"], document["via"]) == (anna, "ehealth")
    assert document["session"]["method"] == "eid"
    assert fine("login", "--status")["login"]["user_name"] == "anna"
    assert hilum("login", "--status").output == (
        "Anna User is logged in since 23/11/2026 13:00 (via eHealth).\n"
    )


def test_logging_out_shows_the_sessions_that_ended(hilum, fine, anna):
    fine("login", "anna")
    assert fine("logout", "--dry-run")["sessions"][0]["provider"] == "7"
    assert hilum("logout").output.splitlines() == [
        "Anna User is logged out.",
        "Alice Example: the session is closed, its token is removed.",
    ]
    assert hilum("login", "--status").output == "Nobody is logged in.\n"


def test_a_card_that_fails_keeps_its_exit_code_and_the_other_way_is_named(
    hilum, refused, anna, desk
):
    desk.refusal = CardError("card.not-present")
    code, error, details = refused("login", "anna")
    assert (code, error, details["instead"]) == (5, "card.not-present", "password")
    assert "--via password" in hilum("--no-input", "login", "anna").errors


def test_at_a_terminal_the_other_way_is_offered(hilum, anna, desk):
    desk.refusal = CardError("card.not-present")
    result = hilum("login", "anna", secrets=SECRETS, tty=True, typed="y\n")
    assert result.output == "Anna User is logged in (with the password).\n"
    assert "Log in with name and password instead?" in result.errors


def test_a_wrong_password_is_exit_4_and_an_unknown_user_reads_alike(hilum, refused, anna):
    wrong = {"account-password": "Canary-Wrong-9"}
    known = refused("login", "ben", secrets=wrong)
    unknown = refused("login", "nobody", secrets=wrong)
    assert known == unknown == (4, "credential.login-rejected", {})


def test_a_missing_password_is_exit_2_and_named(refused, anna):
    code, error, details = refused("login", "ben", secrets={})
    assert (code, error, details["name"]) == (2, "secret.missing", "account-password")


def test_a_dry_run_says_the_way(hilum, fine, anna):
    assert fine("login", "anna", "--dry-run")["session"]["method"] == "eid"
    assert hilum("login", "ben", "--dry-run").output == "ben would log in with the password.\n"


def test_logging_out_twice_is_exit_3(refused, anna):
    assert refused("logout")[:2] == (3, "user.logged-out")


@pytest.fixture
def refusals(fine):
    """Return the entries of the audit that have the code of an error."""

    def refusals():
        entries = fine("audit", "list")["entries"]
        return [
            (each["action"], each["provider"], each["data"])
            for each in entries
            if "code" in each["data"]
        ]

    return refusals


@pytest.mark.parametrize("name", ["ben", "nobody"])
def test_a_log_in_with_a_wrong_password_is_one_entry_in_the_audit(fine, refused, refusals, name):
    ben = fine("user", "add", "--name", "Ben Admin", "--user-name", "ben")["user"]["id"]
    fine("user", "password", "ben")

    code, error, _details = refused("login", name, secrets={"account-password": "wrong"})

    assert (code, error) == (4, "credential.login-rejected")
    user = ben if name == "ben" else None
    assert refusals() == [("user.login-refused", None, {"user": user, "code": error})]


def test_a_log_in_that_ehealth_refuses_is_one_entry_in_the_audit(refused, refusals, anna, desk):
    desk.refusal = CardError("card.not-present")

    assert refused("login", "anna")[:2] == (5, "card.not-present")

    data = {"user": anna, "code": "card.not-present"}
    assert refusals() == [("user.login-refused", "7", data)]


def test_every_refused_log_in_is_an_entry_of_its_own(refused, refusals, anna):
    for _again in range(2):
        refused("login", "ben", secrets={"account-password": "wrong"})

    assert [action for action, _provider, _data in refusals()] == ["user.login-refused"] * 2


def test_the_audit_holds_no_password(hilum, fine, refused, anna):
    fine("login", "ben")
    fine("logout")
    refused("login", "ben", secrets={"account-password": "Canary-Wrong-9"})
    entries = fine("audit", "list")["entries"]
    assert [entry["action"] for entry in entries if entry["action"].startswith("user.log")] == [
        "user.login",
        "user.logout",
        "user.login-refused",
    ]
    everything = "".join(
        path.read_bytes().decode("latin-1") for path in hilum.folder.rglob("*") if path.is_file()
    )
    assert "Canary" not in everything
    assert OWN not in everything
