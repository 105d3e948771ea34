"""Adding, changing and removing users; the log-in via eHealth at every change."""

from __future__ import annotations

from datetime import date

import pytest
from hilum.services.user_changes import OPTIONS, RIGHTS, Edit
from hilum_hookspecs import ConfigurationError, HilumError, PasswordState, RecordError

ALICE = "85073003328"


def values(user_name, **more):
    return {"name": user_name.title(), "user_name": user_name, **more}


def refusal(function, *arguments, **more):
    with pytest.raises(HilumError) as caught:
        function(*arguments, **more)
    return caught.value


@pytest.fixture
def admin(users):
    """The first user."""
    return users.add(values("admin")).user


@pytest.fixture
def without_certificate(desk):
    """Take every certificate away."""

    def take():
        desk.environment = "elsewhere"

    return take


def test_the_first_user_is_an_administrator_and_the_second_is_not(users):
    first, second = users.add(values("anna", administrator=False)), users.add(values("ben"))
    assert (first.first, first.user.administrator) == (True, True)
    assert (second.first, second.user.administrator) == (False, False)


def test_a_user_is_found_by_its_user_name_in_any_writing_and_by_its_id(users, admin):
    assert users.find("ADMIN") == users.find(admin.id) == admin
    assert refusal(users.find, "nobody").code == "user.not-found"


def test_everything_of_a_user_is_kept(users, admin):
    saved = users.add(
        values(
            "anna",
            valid_from=date(2026, 1, 1),
            valid_until=date(2030, 12, 31),
            providers=[ALICE, "8"],
            mailboxes=["8"],
            visible=False,
            password_months=6,
        )
    )
    kept = users.find("anna")
    assert kept == saved.user
    assert (kept.providers, kept.mailboxes) == (("7", "8"), ("8",))


def test_a_user_name_is_given_once(users, admin):
    error = refusal(users.add, values("Admin"))
    assert (error.code, error.details) == ("user.user-name-taken", {"user_name": "Admin"})
    users.add(values("anna"))
    edit = Edit(values={"user_name": "ADMIN"})
    assert refusal(users.edit, "anna", edit).code == "user.user-name-taken"
    users.edit("anna", Edit(values={"user_name": "ANNA"}))


@pytest.mark.parametrize("written", [str, str.upper, " {} ".format])
def test_a_user_name_that_is_the_id_of_another_is_refused(users, admin, written):
    anna = users.add(values("anna")).user
    name = written(admin.id)
    assert refusal(users.add, values(name)).code == "user.user-name-taken"
    edit = Edit(values={"user_name": name})
    assert refusal(users.edit, "anna", edit).code == "user.user-name-taken"
    users.edit("anna", Edit(values={"user_name": written(anna.id)}))
    assert users.find(anna.id).id == anna.id
    assert users.find(admin.id) == admin


def test_two_desks_that_take_a_user_name_at_once_get_one_answer(users, admin, database):
    from hilum.services import user_store

    with database.begin() as connection:
        twin = users.find("admin")
        with pytest.raises(RecordError) as caught:
            user_store.add(connection, type(twin)(id="x", name="X", user_name="ADMIN"))
    assert caught.value.code == "user.user-name-taken"


def test_a_provider_that_is_not_known_is_refused(users):
    assert refusal(users.add, values("anna", providers=["nobody"])).code == "record.not-found"


def test_a_dry_run_saves_nothing(users, admin, audit):
    before = list(audit.entries)
    users.add(values("anna"), dry_run=True)
    users.edit("admin", Edit(values={"name": "Other"}), dry_run=True)
    users.remove(users.add(values("ben")).user.id, confirmed=False, dry_run=True)
    users.copy("admin", ["ben"], RIGHTS, dry_run=True)
    users.reset_options("admin", dry_run=True)
    assert [user.name for user in users.all()] == ["Admin", "Ben"]
    assert [entry[1] for entry in audit.entries[len(before) :]] == ["user.created"]


def test_changes_are_audited_with_what_a_user_may_do(users, admin, audit):
    users.add(values("anna", providers=["7"], ehealth_login=False))
    users.edit("anna", Edit(values={"name": "Anna B"}))
    users.remove("anna", confirmed=True)
    assert [entry[1] for entry in audit.entries] == [
        "user.created",
        "user.created",
        "user.edited",
        "user.removed",
    ]
    created = audit.entries[1][3]
    assert (created["providers"], created["administrator"]) == (["7"], False)


def test_a_change_that_changes_nothing_writes_nothing(users, admin, audit):
    before = len(audit.entries)
    assert users.edit("admin", Edit(values={"name": "Admin"})).changed == ()
    assert len(audit.entries) == before


# The log-in via eHealth


def test_a_new_user_logs_in_via_ehealth_as_soon_as_all_conditions_hold(users, admin):
    saved = users.add(values("anna", providers=["7"]))
    assert saved.user.ehealth_login
    assert [(each.name, each.met) for each in saved.conditions] == [
        ("provider", True),
        ("certificate", True),
        ("niss", True),
        ("inami", True),
    ]


@pytest.mark.parametrize("providers", [[], ["7", "8"]])
def test_none_or_several_providers_leave_it_off(users, admin, providers):
    saved = users.add(values("anna", providers=providers))
    assert not saved.user.ehealth_login
    assert [each.met for each in saved.conditions] == [False]


def test_it_can_be_left_off(users, admin):
    assert not users.add(values("anna", providers=["7"], ehealth_login=False)).user.ehealth_login


def test_asking_for_it_in_vain_is_refused_with_every_reason_and_remedy(
    users, admin, desk, without_certificate
):
    without_certificate()
    desk.professions = ()
    error = refusal(users.add, values("anna", providers=["7"], ehealth_login=True))
    assert error.code == "user.ehealth-refused"
    assert [each["code"] for each in error.details["conditions"]] == [
        "certificate.missing",
        "record.inami-missing",
    ]
    assert all(each["fix"] for each in error.details["conditions"])
    assert [user.user_name for user in users.all()] == ["admin"]


def test_editing_never_ticks_it_by_itself(users, admin, without_certificate, desk):
    without_certificate()
    users.add(values("anna", providers=["7"]))
    desk.environment = "test"
    saved = users.edit("anna", Edit(values={"name": "Anna B"}))
    assert (saved.user.ehealth_login, all(c.met for c in saved.conditions)) == (False, True)
    assert users.edit("anna", Edit(values={"ehealth_login": True})).user.ehealth_login


def test_linking_another_provider_takes_it_away(users, admin):
    users.add(values("anna", providers=["7"]))
    saved = users.edit("anna", Edit(link=["8"]))
    assert (saved.user.ehealth_login, saved.unticked) == (False, True)
    assert saved.changed == ("providers", "ehealth_login")


def test_linking_another_provider_who_fulfils_everything_leaves_it(users, admin):
    users.add(values("anna", providers=["7"]))
    saved = users.edit("anna", Edit(link=["8"], unlink=[ALICE]))
    assert (saved.user.providers, saved.user.ehealth_login) == (("8",), True)


def test_a_certificate_that_ran_out_meanwhile_leaves_it_and_is_told(
    users, admin, without_certificate
):
    users.add(values("anna", providers=["7"]))
    without_certificate()
    saved = users.edit("anna", Edit(values={"name": "Anna B"}))
    assert (saved.user.ehealth_login, saved.unticked) == (True, False)
    assert "certificate.missing" in [condition.code for condition in saved.conditions]


def test_a_record_or_certificate_that_cannot_be_had_does_not_count_as_met(
    users, admin, desk, monkeypatch
):
    def broken(provider_id, environment):
        raise RuntimeError

    anna = users.add(values("anna", providers=["7"])).user
    monkeypatch.setattr(desk, "_active", broken)
    assert [each.code for each in users.conditions(anna)][1] == "plugin.failed"
    desk.people = {}
    assert [each.code for each in users.conditions(anna)] == ["record.not-found"]


# Links and mailboxes


def test_a_mailbox_needs_its_provider_to_be_linked(users, admin):
    users.add(values("anna", providers=["7"]))
    assert refusal(users.edit, "anna", Edit(mailboxes=["8"])).code == "user.mailbox-not-linked"
    assert users.edit("anna", Edit(mailboxes=[ALICE])).user.mailboxes == ("7",)
    assert users.edit("anna", Edit(no_mailboxes=["7"])).user.mailboxes == ()


def test_unlinking_a_provider_closes_its_mailbox(users, admin):
    users.add(values("anna", providers=["7", "8"], mailboxes=["7", "8"]))
    saved = users.edit("anna", Edit(unlink=["7"]))
    assert (saved.user.providers, saved.user.mailboxes) == (("8",), ("8",))
    assert refusal(users.edit, "anna", Edit(unlink=["7"])).code == "user.provider-not-linked"


def test_a_link_to_a_record_that_is_gone_can_be_kept_and_taken_away(users, admin, desk):
    users.add(values("anna", providers=["7", "8"]))
    desk.people = {"7": desk.people["7"]}
    assert users.edit("anna", Edit(values={"visible": False})).user.providers == ("7", "8")
    assert users.edit("anna", Edit(unlink=["8"])).user.providers == ("7",)


# Administrators


@pytest.mark.parametrize(
    "change",
    [
        {"administrator": False},
        {"valid_until": date(2026, 11, 22)},
        {"valid_until": date(2036, 1, 1)},
        {"valid_from": date(2026, 11, 24)},
    ],
)
def test_the_last_administrator_can_be_neither_demoted_nor_ended(users, admin, change):
    error = refusal(users.edit, "admin", Edit(values=change))
    assert (error.code, error.details) == ("user.last-administrator", {"user": "admin"})
    assert users.find("admin") == admin


def test_the_last_administrator_cannot_be_removed_nor_lose_it_by_a_copy(users, admin):
    users.add(values("anna"))
    removal = refusal(users.remove, "admin", confirmed=True)
    copy = refusal(users.copy, "anna", ["admin"], RIGHTS)
    assert {removal.code, copy.code} == {"user.last-administrator"}


def test_another_administrator_may_take_over(users, admin):
    users.add(values("anna", administrator=True))
    users.remove("admin", confirmed=True)
    assert [user.user_name for user in users.all()] == ["anna"]


# Removal and passwords


def test_removing_asks_first(users, admin, prompter):
    users.add(values("anna"))
    error = refusal(users.remove, "anna", confirmed=False)
    assert isinstance(error, ConfigurationError)
    assert error.code == "usage.not-confirmed"
    assert prompter.asked == ["remove-user"]
    assert users.known("anna") is not None


def test_removing_forgets_the_password(users, admin, passwords, prompter, doorkeeper):
    anna = users.add(values("anna")).user
    prompter.give("new-account-password", "x")
    passwords.choose(anna)
    users.remove("anna", confirmed=True)
    assert doorkeeper.kept == {}


def test_whoever_gets_a_freed_user_name_has_another_id(users, admin):
    first = users.add(values("anna")).user
    users.remove("anna", confirmed=True)
    assert users.add(values("anna")).user.id != first.id


def test_choosing_a_password_is_audited_without_it(users, admin, passwords, prompter, audit):
    prompter.give("new-account-password", "Canary-Password-81")
    passwords.choose(admin)
    passwords.choose(admin, temporary=True)
    assert [entry[1] for entry in audit.entries[-2:]] == [
        "user.password-set",
        "user.password-reset",
    ]
    assert "Canary" not in repr(audit.entries)


def test_a_password_grows_too_old(users, admin, passwords, doorkeeper, clock):
    anna = users.add(values("anna", password_months=6)).user
    doorkeeper.states[anna.id] = PasswordState(changed_at=clock.now())
    assert passwords.of(anna).expires_on == date(2027, 5, 23)
    assert not passwords.of(anna).must_change
    clock.move(days=181)
    assert passwords.of(anna).must_change


# Copies and defaults


def test_rights_are_copied_to_several_users_at_once(users, admin):
    users.add(values("anna", administrator=True, providers=["7", "8"], mailboxes=["8"]))
    users.add(values("ben", visible=False))
    users.add(values("cleo", providers=["7"]))
    saved = users.copy("anna", ["ben", "cleo", "BEN"], RIGHTS)
    assert [each.user.user_name for each in saved] == ["ben", "cleo"]
    for each in saved:
        assert (each.user.administrator, each.user.providers) == (True, ("7", "8"))
        assert each.user.mailboxes == ("8",)
    assert not saved[0].user.visible
    assert saved[1].unticked


def test_a_copy_to_somebody_unknown_changes_nobody(users, admin):
    users.add(values("anna"))
    assert refusal(users.copy, "admin", ["anna", "nobody"], RIGHTS).code == "user.not-found"
    assert not users.find("anna").administrator


def test_options_are_copied_but_no_login_via_ehealth_that_cannot_be_used(users, admin):
    users.add(values("anna", providers=["7"], visible=False, password_months=3))
    users.add(values("ben", providers=["8"], ehealth_login=False))
    users.add(values("cleo"))
    ben, cleo = (each.user for each in users.copy("anna", ["ben", "cleo"], OPTIONS))
    assert (ben.ehealth_login, cleo.ehealth_login) == (True, False)
    assert (cleo.visible, cleo.password_months) == (False, 3)
    assert cleo.providers == ()


def test_a_reset_sets_the_options_back_and_keeps_the_rights(users, admin):
    users.add(values("anna", providers=["7"], administrator=True, visible=False, password_months=3))
    anna = users.reset_options("anna").user
    assert (anna.ehealth_login, anna.visible, anna.password_months) == (False, True, 0)
    assert (anna.administrator, anna.providers) == (True, ("7",))
