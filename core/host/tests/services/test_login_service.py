"""Logging in via eHealth or with a password, and out again."""

from __future__ import annotations

import json
import stat
from datetime import date

import pytest
from hilum.services.login_files import Login, Via
from hilum.services.login_orders import LoginOrder
from hilum.services.logins import LoginService
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.people import PASSWORD
from hilum_hookspecs import (
    CardError,
    HilumError,
    PasswordState,
    StorageError,
    UserCancelled,
)

OWN = "Sunny-Garden-42"


@pytest.fixture
def make_logins(users, passwords, service, login_files, clock, audit, prompter):
    """Make login services on one data folder, as one process after the other would."""

    def make(**changed):
        parts = {
            "files": login_files,
            "users": users,
            "passwords": passwords,
            "sessions": service,
            "clock": clock,
            "audit": audit,
            "prompter": prompter,
        }
        return LoginService(**{**parts, **changed})

    return make


@pytest.fixture
def logins(make_logins):
    return make_logins()


@pytest.fixture
def ben(users, passwords, prompter):
    """The administrator, who has a password and no provider."""
    ben = users.add({"name": "Ben Admin", "user_name": "ben"}).user
    prompter.give("new-account-password", OWN)
    passwords.choose(ben)
    return ben


@pytest.fixture
def anna(users, ben, passwords, prompter):
    """A user who logs in via eHealth, and has a password too."""
    anna = users.add({"name": "Anna User", "user_name": "Anna", "providers": ["7"]}).user
    passwords.choose(anna)
    prompter.asked.clear()
    return anna


@pytest.fixture(autouse=True)
def secrets(prompter):
    prompter.give("keystore-password", PASSWORD)
    prompter.give("account-password", OWN)


def agreeing(prompter):
    """Have every question answered with yes."""
    prompter._confirms["password-instead"] = True


def refusal(logins, user=None, **order):
    with pytest.raises((HilumError, EhealthError)) as caught:
        logins.login(LoginOrder(user=user, **order))
    return caught.value


def actions(audit):
    return [(action, data) for _at, action, _provider, data in audit.entries if "log" in action]


# With the password


def test_a_user_without_ehealth_logs_in_with_the_password(logins, ben, clock, login_files):
    done = logins.login(LoginOrder(user="BEN"))
    assert (done.login.via, done.opening) == (Via.PASSWORD, None)
    assert login_files.login() == done.login
    assert (done.login.user_id, done.login.since) == (ben.id, clock.now())


def test_the_last_user_is_remembered_also_after_logging_out(logins, ben):
    assert refusal(logins).code == "usage.user-needed"
    logins.login(LoginOrder(user="ben"))
    logins.logout()
    assert logins.login(LoginOrder()).login.user_id == ben.id


@pytest.mark.attack("E2")
def test_an_unknown_user_is_asked_and_refused_as_for_a_wrong_password(
    logins, ben, prompter, doorkeeper
):
    prompter.give("account-password", "wrong")
    prompter.asked.clear()
    known, unknown = refusal(logins, "ben"), refusal(logins, "nobody")
    assert (known.code, known.details) == (unknown.code, unknown.details)
    assert prompter.asked == ["account-password"] * 2
    assert doorkeeper.checked == [ben.id, None]


def test_a_plugin_hears_a_name_that_nobody_has_as_names_are_compared(
    logins, ben, doorkeeper, prompter
):
    prompter.give("account-password", "wrong")
    refusal(logins, "ben")
    refusal(logins, " NoBody ")
    assert doorkeeper.unknown_names == [None, "nobody"]


def test_nobody_gets_in_even_when_a_plugin_says_so(logins, ben, doorkeeper, monkeypatch):
    monkeypatch.setattr(doorkeeper, "_verify", lambda request: None)
    assert refusal(logins, "nobody").code == "credential.login-rejected"


@pytest.mark.parametrize(
    "dates",
    [{"valid_until": date(2026, 11, 22)}, {"valid_from": date(2026, 11, 24)}],
)
def test_the_dates_are_told_only_to_who_knows_the_password(
    logins, users, ben, anna, prompter, dates
):
    from hilum.services.user_changes import Edit

    users.edit("anna", Edit(values=dates))
    assert refusal(logins, "anna", via=Via.PASSWORD).code == "user.not-valid"
    prompter.give("account-password", "wrong")
    assert refusal(logins, "anna", via=Via.PASSWORD).code == "credential.login-rejected"


def test_a_temporary_password_must_be_changed_at_once(logins, ben, passwords, prompter, doorkeeper):
    passwords.choose(ben, temporary=True)
    prompter.give("new-account-password", "Rainy-Meadow-73")
    done = logins.login(LoginOrder(user="ben"))
    assert done.password_changed
    assert doorkeeper.kept[ben.id] == "Rainy-Meadow-73"
    assert not doorkeeper.states[ben.id].must_change


def test_who_chooses_no_new_password_is_not_logged_in(logins, ben, passwords, prompter):
    passwords.choose(ben, temporary=True)
    prompter.give("new-account-password")
    prompter._secrets.pop("new-account-password")
    assert refusal(logins, "ben").details["name"] == "new-account-password"
    assert logins.status() is None


def test_a_password_that_is_too_old_must_be_changed(logins, users, ben, doorkeeper, clock):
    from hilum.services.user_changes import Edit

    users.edit("ben", Edit(values={"password_months": 6}))
    clock.move(days=190)
    assert logins.login(LoginOrder(user="ben")).password_changed
    assert doorkeeper.states[ben.id] == PasswordState(changed_at=clock.now())


# Via eHealth


def test_a_user_with_the_option_logs_in_via_ehealth_and_has_a_session(logins, anna, service):
    done = logins.login(LoginOrder(user="anna"))
    assert done.login.via is Via.EHEALTH
    assert done.opening.session.method == "eid"
    assert service.view("7").id == done.opening.session.id


def test_a_session_that_is_open_already_lets_nobody_in_without_card(logins, anna, service, desk):
    from hilum.services.openings import Order

    service.open(Order(provider="7"))
    logins.login(LoginOrder(user="anna"))
    assert len(desk.requests) == 2


def test_the_conditions_are_judged_again_at_each_login(logins, anna, desk):
    desk.environment = "elsewhere"
    error = refusal(logins, "anna")
    assert error.code == "user.ehealth-refused"
    assert [each["code"] for each in error.details["conditions"]] == ["certificate.missing"]
    assert desk.requests == []


def test_a_user_without_the_option_cannot_choose_it(logins, ben):
    assert refusal(logins, "ben", via=Via.EHEALTH).code == "user.ehealth-off"


def test_naming_a_method_asks_for_ehealth(logins, ben, anna):
    assert refusal(logins, "ben", method="eid").code == "user.ehealth-off"
    assert logins.plan(LoginOrder(user="anna", method="fallback")).session.method.name == "fallback"
    error = refusal(logins, "anna", via=Via.PASSWORD, method="eid")
    assert error.code == "usage.method-without-ehealth"


def test_a_user_outside_the_dates_is_refused_before_the_card_and_offered_nothing(
    logins, users, anna, desk, prompter
):
    from hilum.services.user_changes import Edit

    users.edit("anna", Edit(values={"valid_until": date(2026, 11, 22)}))
    agreeing(prompter)
    assert refusal(logins, "anna").code == "user.not-valid"
    assert (desk.requests, prompter.asked) == ([], [])


def test_when_the_card_fails_the_reason_is_told_and_the_password_offered(
    logins, anna, desk, prompter, audit
):
    desk.refusal = CardError("card.not-present")
    agreeing(prompter)
    assert logins.login(LoginOrder(user="anna")).login.via is Via.PASSWORD
    assert prompter.asked == ["password-instead", "account-password"]
    assert "card" in prompter.labels[-2]
    assert actions(audit)[-2:] == [
        ("user.login-refused", {"user": anna.id, "code": "card.not-present"}),
        ("user.login", {"user": anna.id, "via": "password", "method": None}),
    ]


def test_without_an_answer_the_error_names_the_other_way(logins, anna, desk, audit):
    desk.refusal = CardError("card.not-present")
    error = refusal(logins, "anna")
    assert (error.code, error.details["instead"]) == ("card.not-present", "password")
    refused = [data for action, data in actions(audit) if action == "user.login-refused"]
    assert refused == [{"user": anna.id, "code": "card.not-present"}]


def test_who_walks_away_or_chose_the_way_is_offered_nothing(logins, anna, desk, prompter):
    agreeing(prompter)
    desk.refusal = UserCancelled()
    assert refusal(logins, "anna").code == "cancelled"
    desk.refusal = CardError("card.not-present")
    assert "instead" not in refusal(logins, "anna", via=Via.EHEALTH).details
    assert prompter.asked == []


def test_without_a_plugin_for_passwords_ehealth_works_and_nothing_else_is_offered(
    make_logins, anna, users, host, clock, audit, prompter, desk
):
    from hilum.host import Host
    from hilum.services.local_logins import LocalLogins
    from hilum.services.user_passwords import UserPasswords
    from hilum.testing.fakes import FakeProgress

    progress = FakeProgress()
    absent = LocalLogins(Host(), prompter, progress)
    none = UserPasswords(logins=absent, clock=clock, audit=audit, progress=progress)
    logins = make_logins(passwords=none)
    assert none.of(anna) is None
    assert refusal(logins, "ben").code == "user.no-local-login"
    assert logins.login(LoginOrder(user="anna")).login.via is Via.EHEALTH
    logins.logout()
    desk.refusal = CardError("card.not-present")
    assert "instead" not in refusal(logins, "anna").details


# One login at a time


def test_another_user_must_wait_for_the_logout(logins, ben, anna):
    logins.login(LoginOrder(user="ben"))
    assert refusal(logins, "anna").details["user"] == "ben"
    assert refusal(logins, "nobody").code == "user.logged-in"
    logins.login(LoginOrder(user="ben"))


@pytest.fixture
def anna_meanwhile(make_logins, passwords, desk, monkeypatch):
    """Have anna log in with her password elsewhere while somebody is asked for something."""
    elsewhere = make_logins()

    def slipping_in(asking):
        def asked(*arguments):
            monkeypatch.undo()
            elsewhere.login(LoginOrder(user="anna", via=Via.PASSWORD))
            return asking(*arguments)

        return asked

    monkeypatch.setattr(passwords, "verified", slipping_in(passwords.verified))
    monkeypatch.setattr(desk, "_authenticate", slipping_in(desk._authenticate))


@pytest.mark.usefixtures("anna_meanwhile")
def test_who_logs_in_while_another_is_asked_for_the_password_stays(logins, anna, ben):
    assert refusal(logins, "ben").details["user"] == "Anna"
    assert logins.status().user_id == anna.id


@pytest.mark.usefixtures("anna_meanwhile")
def test_a_session_that_was_opened_for_who_came_too_late_is_closed(
    logins, users, anna, service, prompter
):
    users.add({"name": "Cleo User", "user_name": "cleo", "providers": ["8"]})
    prompter.asked.clear()
    agreeing(prompter)

    assert refusal(logins, "cleo").details["user"] == "Anna"

    assert (service.views(), logins.status().user_id) == ([], anna.id)
    assert "password-instead" not in prompter.asked


def refusing_to_write(monkeypatch, audit):
    """Return what fails for each way in which a login cannot be written down."""
    record = audit.record

    def unrecorded(action, **more):
        if action.startswith("user.login"):
            raise StorageError("storage.disk-full")
        record(action, **more)

    def unwritten(path, data):
        raise EhealthError("storage.disk-full")

    return {
        "audit": lambda: monkeypatch.setattr(audit, "record", unrecorded),
        "file": lambda: monkeypatch.setattr(
            "hilum.services.login_files.write_atomically", unwritten
        ),
    }


@pytest.mark.attack("G3")
@pytest.mark.parametrize("what", ["audit", "file"])
def test_a_login_that_cannot_be_written_down_leaves_no_session(
    logins, anna, service, audit, monkeypatch, what
):
    refusing_to_write(monkeypatch, audit)[what]()

    assert refusal(logins, "anna").code == "storage.disk-full"

    assert (logins.status(), service.views(), service._kept._keys) == (None, [], {})
    assert "user.login" not in [action for action, _data in actions(audit)]


def test_a_login_that_cannot_be_written_down_leaves_the_last_user(
    logins, anna, ben, audit, login_files, monkeypatch
):
    logins.login(LoginOrder(user="ben"))
    logins.logout()
    refusing_to_write(monkeypatch, audit)["audit"]()

    refusal(logins, "anna")

    assert login_files.last_user() == "ben"


def test_nobody_is_logged_in_when_the_disk_takes_the_login_and_then_nothing_more(
    logins, ben, audit, monkeypatch
):
    ways = refusing_to_write(monkeypatch, audit)

    def full(action, **more):
        ways["file"]()
        raise StorageError("storage.disk-full")

    monkeypatch.setattr(audit, "record", full)

    assert refusal(logins, "ben").code == "storage.disk-full"
    assert logins.status() is None


def test_a_logout_that_comes_too_late_ends_nobody_elses_login(
    logins, make_logins, anna, ben, service, monkeypatch
):
    logins.login(LoginOrder(user="anna"))
    close = service.close

    def slow(provider_id):
        monkeypatch.undo()
        close(provider_id)
        elsewhere = make_logins()
        elsewhere.logout()
        elsewhere.login(LoginOrder(user="ben"))

    monkeypatch.setattr(service, "close", slow)
    logins.logout()

    assert logins.status().user_id == ben.id


def test_a_plan_asks_nobody_and_changes_nothing(logins, ben, anna, prompter):
    prompter.asked.clear()
    assert logins.plan(LoginOrder(user="ben")).via is Via.PASSWORD
    assert logins.plan(LoginOrder(user="nobody")).via is Via.PASSWORD
    plan = logins.plan(LoginOrder(user="anna"))
    assert (plan.via, plan.session.method.name) == (Via.EHEALTH, "eid")
    assert (prompter.asked, logins.status()) == ([], None)


def test_what_was_noted_is_private(logins, ben, data_folder):
    logins.login(LoginOrder(user="ben"))
    (file,) = data_folder.glob("login-*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert OWN not in file.read_text()
    file.chmod(0o644)
    with pytest.raises(StorageError) as caught:
        logins.status()
    assert caught.value.code == "storage.unsafe-mode"


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"format": 2}', '{"format": 1, "login": {"since": "2026"}}']
)
def test_a_note_that_means_nothing_is_nobody(login_files, data_folder, content):
    file = data_folder / "login-test.json"
    file.write_text(content)
    file.chmod(0o600)
    assert (login_files.login(), login_files.last_user()) == (None, None)


# Logging out


@pytest.mark.attack("G3")
def test_logging_out_ends_the_sessions_and_leaves_no_token_and_no_key(
    logins, anna, service, data_folder
):
    logins.login(LoginOrder(user="anna"))
    login, closed = logins.logout()
    assert (login.user_id, [view.provider_id for view in closed]) == (anna.id, ["7"])
    assert (logins.status(), service.views()) == (None, [])
    assert [p.name for p in data_folder.rglob("*") if b"Assertion" in _content(p)] == []
    assert service._kept._keys == {}
    assert refusal_of_logout(logins).code == "user.logged-out"


def test_logging_out_ends_what_was_opened_since_and_nothing_older(logins, ben, service, clock):
    from hilum.services.openings import Order

    service.open(Order(provider="7"))
    clock.move(minutes=1)
    logins.login(LoginOrder(user="ben"))
    service.open(Order(provider="8"))
    logins.logout()
    assert [view.provider_id for view in service.views()] == ["7"]


@pytest.mark.attack("G3")
def test_logging_in_again_loses_sight_of_no_session(logins, users, anna, service, clock):
    from hilum.services.openings import Order
    from hilum.services.user_changes import Edit

    users.edit("anna", Edit(values={"administrator": True}))
    first = logins.login(LoginOrder(user="anna", via=Via.PASSWORD)).login
    clock.move(minutes=1)
    service.open(Order(provider="7"))
    service.open(Order(provider="8"))
    clock.move(minutes=1)
    users.edit("anna", Edit(unlink=["7"]))

    again = logins.login(LoginOrder(user="anna", via=Via.PASSWORD)).login

    assert (again.since, again.providers) == (first.since, ("7",))
    logins.logout()
    assert service.views() == []


@pytest.mark.attack("G3")
def test_logging_out_ends_what_was_opened_since_though_the_clock_was_set_back(
    logins, ben, service, clock
):
    from hilum.services.openings import Order

    logins.login(LoginOrder(user="ben"))
    clock.move(seconds=-2)
    service.open(Order(provider="7"))
    logins.logout()
    assert service.views() == []


@pytest.mark.attack("G3")
def test_the_sessions_of_a_busy_practice_that_were_there_before_all_stay(login_files, clock):
    from dataclasses import replace

    login = Login(user_id="1", user_name="ben", name="Ben", via=Via.PASSWORD, since=clock.now())
    login = replace(login, older=tuple(f"_{number:064x}" for number in range(1200)))
    with login_files.keeping(login):
        pass
    assert login_files.login() == login


def test_logging_out_ends_an_older_session_of_the_users_own_provider(logins, anna, service, clock):
    from hilum.services.openings import Order

    service.open(Order(provider="7"))
    clock.move(minutes=1)
    logins.login(LoginOrder(user="anna", via=Via.PASSWORD))
    logins.logout()
    assert service.views() == []


def test_a_session_that_cannot_be_ended_keeps_the_login(logins, anna, files, monkeypatch):
    logins.login(LoginOrder(user="anna"))

    def full(provider_id):
        raise EhealthError("storage.write-failed")

    with monkeypatch.context() as patch:
        patch.setattr(files, "remove", full)
        assert refusal_of_logout(logins).code == "storage.write-failed"
    assert logins.status() is not None
    logins.logout()


def test_a_session_whose_end_cannot_be_written_down_ends_with_the_login(
    logins, anna, service, audit, monkeypatch
):
    logins.login(LoginOrder(user="anna"))
    record = audit.record

    def failing(action, **more):
        if action == "session.closed":
            raise StorageError("storage.disk-full")
        record(action, **more)

    monkeypatch.setattr(audit, "record", failing)
    assert refusal_of_logout(logins).code == "storage.close-not-audited"
    assert (logins.status(), service.views()) == (None, [])


def test_the_login_ends_when_its_session_is_over_already(logins, anna, service, clock):
    logins.login(LoginOrder(user="anna"))
    clock.move(hours=25)
    logins.logout()
    assert (logins.status(), service.views()) == (None, [])


def test_every_way_in_and_out_is_audited_without_secrets(logins, ben, anna, prompter, audit):
    logins.login(LoginOrder(user="anna"))
    logins.logout()
    prompter.give("account-password", "wrong")
    refusal(logins, "my-password-in-the-wrong-field")
    assert actions(audit) == [
        ("user.login", {"user": anna.id, "via": "ehealth", "method": "eid"}),
        ("user.logout", {"user": anna.id}),
        ("user.login-refused", {"user": None, "code": "credential.login-rejected"}),
    ]
    everything = json.dumps([entry[3] for entry in audit.entries])
    for secret in (OWN, PASSWORD, "wrong-field"):
        assert secret not in everything


def refusal_of_logout(logins):
    with pytest.raises((HilumError, EhealthError)) as caught:
        logins.logout()
    return caught.value


def _content(path):
    return path.read_bytes() if path.is_file() else b""
