"""Logging in by name and password: hashes, guessing, old parameters."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from hilum.testing.contracts import LocalLoginContract
from hilum_fallback_login import hashing, store, tables, unknown_names
from hilum_fallback_login.hashing import Hashing
from hilum_fallback_login.local import LocalPasswords
from hilum_fallback_login.plugin import Plugin, _metadata
from hilum_fallback_login.policy import blocked_for, rules
from hilum_fallback_login.settings import FallbackSettings
from hilum_hookspecs import (
    ConfigurationError,
    CredentialRejected,
    PasswordRequest,
    StorageError,
)
from hilum_hookspecs.words import show
from sqlalchemy import create_engine, select

GOOD, OTHER = "Sunny-Garden-42", "Rainy-Meadow-73"
CHEAP = {"memory_kib": 8, "rounds": 1, "lanes": 1}


class CountedHashing(Hashing):
    """Counts each piece of work, with the parameters that it is done with."""

    def __init__(self, **costs: int) -> None:
        super().__init__(**{**CHEAP, **costs})
        self.work: list[str] = []

    def make(self, password: str) -> str:
        hashed = super().make(password)
        self.work.append(hashed.split("$")[3])
        return hashed

    def fits(self, hash_: str | None, password: str) -> bool:
        self.work.append((hash_ or self._nobody).split("$")[3])
        return super().fits(hash_, password)


@pytest.fixture
def counted():
    return CountedHashing()


@pytest.fixture
def context(hilum_context):
    return hilum_context(Plugin, tables=_metadata)


@pytest.fixture
def passwords(context, counted):
    return LocalPasswords(context, hashing=counted)


@pytest.fixture
def ask(hilum_secrets, context):
    """Make a request, the password being answered."""

    def ask(password, user_id="u1", **more):
        hilum_secrets.give("account-password", password)
        hilum_secrets.give("new-account-password", password)
        return PasswordRequest(
            user_id=user_id, prompter=hilum_secrets, progress=context.progress, **more
        )

    return ask


@pytest.fixture
def refusal(passwords, ask):
    """Be refused; return the code and the details."""

    def refusal(
        password="wrong", user_id="u1", by=passwords, **more
    ) -> tuple[str, Mapping[str, object]]:
        with pytest.raises(CredentialRejected) as caught:
            by.verify(ask(password, user_id, **more))
        return caught.value.code, caught.value.details

    return refusal


class TestLocalLogin(LocalLoginContract):
    @pytest.fixture
    def login(self, context, hilum_host, counted):
        hilum_host.register(Plugin(context, hashing=counted), "fallback_login")
        (login,) = hilum_host.collect("hilum_local_logins")
        return login


@pytest.mark.attack("E1")
def test_the_hash_is_argon2id_above_the_minimum_of_owasp():
    assert hashing.MEMORY_KIB >= 19 * 1024
    assert hashing.ROUNDS >= 2
    hashed = Hashing().make(GOOD)
    assert hashed.startswith(f"$argon2id$v=19$m={hashing.MEMORY_KIB},t={hashing.ROUNDS},p=1$")
    assert Hashing().fits(hashed, GOOD)


def test_only_a_hash_is_kept(passwords, ask, context):
    passwords.set_password(ask(GOOD))
    with context.storage.begin() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())
    assert "$argon2id$" in dump
    assert GOOD not in dump


def test_an_accent_is_the_same_however_it_was_typed(passwords, ask):
    passwords.set_password(ask("Café-Garden-42"))
    passwords.verify(ask("Cafe\u0301-Garden-42"))


@pytest.mark.attack("E1")
def test_the_wait_grows_after_each_wrong_password(passwords, ask, refusal, hilum_clock):
    passwords.set_password(ask(GOOD))
    waits = []
    for _ in range(8):
        assert refusal()[0] == "credential.login-rejected"
        code, details = refusal(GOOD)
        assert code == "credential.login-delayed"
        waits.append(details["seconds"])
        hilum_clock.advance(seconds=details["seconds"])
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.attack("E1")
def test_ten_wrong_passwords_in_a_row_lock_the_user_out_even_after_a_restart(
    passwords, ask, refusal, hilum_clock, context
):
    passwords.set_password(ask(GOOD))
    for _ in range(10):
        assert refusal()[0] == "credential.login-rejected"
        hilum_clock.advance(seconds=31)
    after_a_restart = LocalPasswords(context, hashing=Hashing(**CHEAP))
    code, details = refusal(GOOD, by=after_a_restart)
    assert code == "credential.login-locked"
    assert details["until"] == passwords.state("u1").blocked_until.isoformat()
    hilum_clock.advance(minutes=15)
    after_a_restart.verify(ask(GOOD))
    assert passwords.state("u1").wrong == 0


@pytest.mark.attack("E1")
def test_each_wrong_password_after_the_lock_out_locks_again(passwords, ask, refusal, hilum_clock):
    passwords.set_password(ask(GOOD))
    for _ in range(10):
        refusal()
        hilum_clock.advance(minutes=16)
    assert refusal()[0] == "credential.login-rejected"
    hilum_clock.advance(minutes=14)
    assert refusal(GOOD)[0] == "credential.login-locked"


@pytest.mark.attack("E1")
def test_who_is_blocked_is_not_even_asked(passwords, ask, refusal, hilum_secrets, counted):
    passwords.set_password(ask(GOOD))
    refusal()
    hilum_secrets.asked.clear()
    counted.work.clear()
    refusal(GOOD)
    assert (hilum_secrets.asked, counted.work) == ([], [])


@pytest.mark.attack("E1")
def test_a_program_that_is_killed_while_it_checks_has_used_up_its_try(passwords, ask, monkeypatch):
    passwords.set_password(ask(GOOD))

    def killed(hash_, password):
        raise KeyboardInterrupt

    monkeypatch.setattr(passwords._hashing, "fits", killed)
    with pytest.raises(KeyboardInterrupt):
        passwords.verify(ask(GOOD))
    assert passwords.state("u1").wrong == 1


def test_the_wait_has_an_end_however_late_the_lock_out_comes():
    late = FallbackSettings(wrong_before_lockout=100)
    assert blocked_for(99, late).total_seconds() == 30
    assert blocked_for(100, late).total_seconds() == 15 * 60


def test_one_user_who_is_locked_out_stops_no_other(passwords, ask, refusal):
    passwords.set_password(ask(GOOD))
    passwords.set_password(ask(OTHER, "u2"))
    refusal()
    passwords.verify(ask(OTHER, "u2"))


@pytest.mark.attack("E1")
def test_names_that_nobody_has_are_slowed_down_and_locked_alike(refusal, hilum_clock):
    codes = []
    for _ in range(11):
        codes.append(refusal(user_id=None)[0])
        hilum_clock.advance(seconds=31)
    assert codes == ["credential.login-rejected"] * 10 + ["credential.login-locked"]


@pytest.mark.attack("E1")
def test_a_wait_that_was_written_while_the_clock_was_ahead_is_no_longer_than_another(
    passwords, ask, refusal, hilum_clock
):
    passwords.set_password(ask(GOOD))
    hilum_clock.advance(days=365)
    refusal()
    hilum_clock.advance(days=-365)
    assert passwords.state("u1").blocked_until == hilum_clock.now() + timedelta(seconds=1)
    code, details = refusal(GOOD)
    assert (code, details["seconds"]) == ("credential.login-delayed", 1)
    hilum_clock.advance(seconds=1)
    passwords.verify(ask(GOOD))


@pytest.fixture
def without_memory(monkeypatch):
    """Have argon2 find no memory for its work."""
    from argon2 import PasswordHasher
    from argon2.exceptions import HashingError, VerificationError

    def verify(*_arguments):
        raise VerificationError(hashing._NO_MEMORY)

    def make(*_arguments):
        raise HashingError(hashing._NO_MEMORY)

    monkeypatch.setattr(PasswordHasher, "hash", make)
    return lambda: monkeypatch.setattr(PasswordHasher, "verify", verify)


@pytest.mark.parametrize("before", [0, 2])
def test_a_password_that_no_memory_was_left_to_check_is_not_wrong(
    passwords, ask, refusal, hilum_clock, request, before
):
    passwords.set_password(ask(GOOD))
    for _ in range(before):
        refusal()
        hilum_clock.advance(seconds=31)
    known = passwords.state("u1")
    request.getfixturevalue("without_memory")()
    for user_id in ("u1", None):
        with pytest.raises(StorageError) as caught:
            passwords.verify(ask(GOOD, user_id))
        assert caught.value.code == "storage.no-memory"
    assert passwords.state("u1") == known


LITTLE_MEMORY = """
import resource
from hilum_fallback_login.hashing import Hashing
from hilum_hookspecs import StorageError
hashing = Hashing()
hashed = hashing.make("x")
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used, used))
for work in (lambda: hashing.fits(hashed, "x"), lambda: hashing.make("x")):
    try:
        print(work())
    except StorageError as error:
        print(error.code)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads what a process uses")
def test_argon2_without_memory_says_so():
    child = [sys.executable, "-c", LITTLE_MEMORY]
    said = subprocess.run(child, check=True, capture_output=True, text=True).stdout
    assert said.split() == ["storage.no-memory"] * 2


@pytest.mark.parametrize("damage", ["", "$argon2id$", "m=1", "v=x", "é"])
def test_a_damaged_hash_fits_nothing(counted, damage):
    whole = counted.make(GOOD)
    damaged = whole.replace("m=8", damage) if "=" in damage else damage
    assert not Hashing(**CHEAP).fits(damaged, GOOD)


def test_a_right_password_lets_in_though_no_memory_is_left_for_a_new_hash(
    context, ask, passwords, request
):
    passwords.set_password(ask(GOOD))
    request.getfixturevalue("without_memory")
    LocalPasswords(context, hashing=CountedHashing(rounds=2)).verify(ask(GOOD))


def test_a_password_that_no_memory_is_left_to_keep_is_refused(passwords, ask, without_memory):
    with pytest.raises(StorageError, match=r"storage\.no-memory"):
        passwords.set_password(ask(GOOD))


@pytest.mark.attack("E2")
def test_a_name_that_nobody_has_is_told_the_same_as_one_without_its_password(
    passwords, ask, refusal, hilum_clock
):
    passwords.set_password(ask(GOOD))
    refusal(user_id=None, unknown_name="somebody-else")
    told = {"u1": [], None: []}
    for _ in range(11):
        for user_id, said in told.items():
            name = "nobody\udc80" if user_id is None else None
            said.append(refusal(user_id=user_id, unknown_name=name))
            said.append(refusal(user_id=user_id, unknown_name=name))
        hilum_clock.advance(seconds=31)
    assert told["u1"] == told[None]


@pytest.mark.attack("E2")
def test_of_a_name_that_nobody_has_too_little_is_kept_to_find_it(refusal, context):
    refusal(user_id=None, unknown_name="my-secret")
    with context.storage.begin() as connection:
        (key,) = connection.execute(select(tables.wrong.c.user_id)).scalars()
    assert re.fullmatch(r"\?[0-9a-f]{16}", key)
    assert unknown_names.key_of("my-secret", [key]) == key
    assert unknown_names.key_of("my-secret", []) != unknown_names.key_of("my-secret", [])


@pytest.mark.attack("E2")
def test_of_the_names_that_nobody_has_the_oldest_are_forgotten_and_no_user(
    passwords, ask, refusal, hilum_clock, context, monkeypatch
):
    monkeypatch.setattr(store, "MOST", 3)
    passwords.set_password(ask(GOOD))
    refusal()
    for number in range(5):
        hilum_clock.advance(seconds=1)
        refusal(user_id=None, unknown_name=f"nobody{number}")
    with context.storage.begin() as connection:
        kept = connection.execute(select(tables.wrong.c.user_id)).scalars().all()
    assert len(kept) == 4
    assert passwords.state("u1").wrong == 1
    assert refusal(user_id=None, unknown_name="nobody4")[0] == "credential.login-delayed"
    assert refusal(user_id=None, unknown_name="nobody0")[0] == "credential.login-rejected"


@pytest.mark.attack("E2")
@pytest.mark.parametrize("user_id", ["u1", "without-password", None])
def test_known_and_unknown_users_cost_the_same_work(passwords, ask, refusal, counted, user_id):
    passwords.set_password(ask(GOOD))
    counted.work.clear()
    refusal(user_id=user_id)
    assert counted.work == ["m=8,t=1,p=1"]


@pytest.mark.attack("E2")
def test_nobodys_hash_takes_the_time_of_a_real_one_and_fits_nothing():
    cheap = Hashing(**CHEAP)
    from argon2 import extract_parameters

    assert extract_parameters(cheap._nobody) == extract_parameters(cheap.make(GOOD))
    assert not cheap.fits(None, "")


@pytest.mark.attack("E3")
def test_a_hash_with_old_parameters_is_made_anew_once(context, ask, passwords, counted):
    passwords.set_password(ask(GOOD))
    grown = CountedHashing(rounds=2)
    later = LocalPasswords(context, hashing=grown)
    later.verify(ask(GOOD))
    assert grown.work == ["m=8,t=1,p=1", "m=8,t=2,p=1"]
    grown.work.clear()
    later.verify(ask(GOOD))
    assert grown.work == ["m=8,t=2,p=1"]


def test_a_hash_with_more_work_in_it_is_left(context, ask, passwords):
    LocalPasswords(context, hashing=CountedHashing(rounds=2)).set_password(ask(GOOD))
    less = CountedHashing()
    LocalPasswords(context, hashing=less).verify(ask(GOOD))
    assert less.work == ["m=8,t=2,p=1"]


@pytest.mark.attack("E3")
def test_a_wrong_password_makes_no_hash_anew(context, ask, passwords, refusal):
    passwords.set_password(ask(GOOD))
    grown = CountedHashing(rounds=2)
    refusal(by=LocalPasswords(context, hashing=grown))
    assert grown.work == ["m=8,t=1,p=1"]


def test_a_new_password_must_be_another_one_and_lets_the_user_in_at_once(passwords, ask, refusal):
    passwords.set_password(ask(GOOD))
    with pytest.raises(ConfigurationError) as caught:
        passwords.set_password(ask(GOOD))
    assert caught.value.code == "secret.password-unchanged"
    refusal()
    passwords.set_password(ask(OTHER))
    passwords.verify(ask(OTHER))


def test_a_temporary_password_may_be_the_old_one_but_the_next_may_not(passwords, ask):
    passwords.set_password(ask(GOOD))
    passwords.set_password(ask(GOOD, temporary=True))
    assert passwords.state("u1").must_change
    with pytest.raises(ConfigurationError):
        passwords.set_password(ask(GOOD))


@pytest.mark.parametrize(
    ("password", "unmet"),
    [
        ("Sunny-Garden-42", []),
        ("", ["length", "upper", "lower", "digits", "symbols"]),
        ("Sunny-Gard-4", []),
        ("Sunny-Gar-4", ["length"]),
        ("sunny-garden-42", ["upper"]),
        ("SUNNY-GARDEN-42", ["lower"]),
        ("Sunny-Garden-XL", ["digits"]),
        ("Sunny Garden 42", ["symbols"]),
    ],
)
def test_each_rule_is_judged_by_itself(password, unmet):
    judged = [rule.name for rule in rules(FallbackSettings()) if not rule.met(password)]
    assert judged == unmet


def test_the_settings_choose_the_rules():
    settings = FallbackSettings(password_length=20, password_symbols=False, password_upper=False)
    found = list(rules(settings))
    assert [rule.name for rule in found] == ["length", "lower", "digits"]
    assert show(found[0].label) == "at least 20 characters"


def test_the_refusal_of_a_weak_password_names_the_rules_and_not_the_password(passwords, ask):
    with pytest.raises(ConfigurationError) as caught:
        passwords.set_password(ask("weak-secret-password"))
    assert caught.value.details == {"rules": ["upper", "digits"]}
    assert "weak-secret" not in show(caught.value.message)


def test_the_migrations_make_the_tables_of_now(context, hilum_host):
    hilum_host.register(Plugin(context), "fallback_login")
    (spec,) = hilum_host.collect("hilum_storage")
    scripts = ScriptDirectory(str(spec.migrations), version_locations=[str(spec.migrations)])
    engine = create_engine("sqlite://")

    def steps(revision, _context):
        return scripts._upgrade_revs(spec.head, revision)

    with engine.begin() as connection:
        with EnvironmentContext(Config(), scripts, fn=steps) as environment:
            environment.configure(connection=connection)
            environment.run_migrations()
        assert compare_metadata(MigrationContext.configure(connection), spec.metadata()) == []
    engine.dispose()
