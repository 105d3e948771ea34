# ruff: noqa: S101, D102  # these are tests: asserts, and names that are sentences
"""What every way to log in to Hilum must do."""

from __future__ import annotations

import pytest
from hilum_hookspecs import (
    ConfigurationError,
    CredentialRejected,
    LocalLogin,
    PasswordRequest,
    PasswordState,
)

from hilum.testing.fakes import FakeProgress, FakePrompter, StillClock

from .common import SLUG, is_free, shows_in_every_language


class LocalLoginContract:
    """For ``hilum_local_logins``. Define the fixture ``login``, on the clock ``hilum_clock``.

    ``good`` and ``other`` are two passwords that meet every rule, ``weak`` is one that does not;
    for a log-in without rules of its own ``weak`` is ``None``.
    """

    good = "Sunny-Garden-42"
    other = "Rainy-Meadow-73"
    weak: str | None = "weak"

    def verify(
        self, login: LocalLogin, prompter: FakePrompter, user_id: str | None, password: str
    ) -> None:
        """Log in with *password*."""
        prompter.give("account-password", password)
        login.verify(_asking(prompter, user_id))

    def set_password(
        self,
        login: LocalLogin,
        prompter: FakePrompter,
        password: str,
        *,
        temporary: bool = False,
    ) -> None:
        """Give the user ``u1`` the *password*."""
        prompter.give("new-account-password", password)
        login.set_password(_asking(prompter, "u1", temporary=temporary))

    def refusal(
        self, login: LocalLogin, prompter: FakePrompter, user_id: str | None, password: str
    ) -> str:
        """Be refused with *password*; return the code."""
        with pytest.raises(CredentialRejected) as caught:
            self.verify(login, prompter, user_id, password)
        assert password not in repr(caught.value.details)
        return caught.value.code

    def test_the_name_is_a_slug_and_free(self, login: LocalLogin) -> None:
        is_free(login, "hilum_local_logins")

    def test_the_label_shows_in_every_language(self, login: LocalLogin) -> None:
        shows_in_every_language(login.label)

    def test_the_right_password_is_accepted(
        self, login: LocalLogin, hilum_secrets: FakePrompter
    ) -> None:
        self.set_password(login, hilum_secrets, self.good)

        self.verify(login, hilum_secrets, "u1", self.good)

        assert hilum_secrets.asked == ["new-account-password", "account-password"]

    def test_wrong_unknown_and_without_password_are_refused_alike(
        self, login: LocalLogin, hilum_secrets: FakePrompter
    ) -> None:
        self.set_password(login, hilum_secrets, self.good)

        codes = {
            self.refusal(login, hilum_secrets, "u1", self.other),
            self.refusal(login, hilum_secrets, "u2", self.good),
            self.refusal(login, hilum_secrets, None, self.good),
        }

        assert codes == {"credential.login-rejected"}

    def test_a_new_password_takes_the_place_of_the_old_one(
        self, login: LocalLogin, hilum_secrets: FakePrompter, hilum_clock: StillClock
    ) -> None:
        self.set_password(login, hilum_secrets, self.good)
        self.set_password(login, hilum_secrets, self.other)

        self.verify(login, hilum_secrets, "u1", self.other)

        assert self.refusal(login, hilum_secrets, "u1", self.good)

    def test_it_tells_when_the_password_was_chosen_and_whether_it_is_temporary(
        self, login: LocalLogin, hilum_secrets: FakePrompter, hilum_clock: StillClock
    ) -> None:
        self.set_password(login, hilum_secrets, self.good, temporary=True)
        first = login.state("u1")
        hilum_clock.advance(days=1)
        self.set_password(login, hilum_secrets, self.other)
        second = login.state("u1")

        assert (first.must_change, second.must_change) == (True, False)
        assert second.changed_at == hilum_clock.now() != first.changed_at

    def test_a_user_who_is_forgotten_has_no_password(
        self, login: LocalLogin, hilum_secrets: FakePrompter
    ) -> None:
        self.set_password(login, hilum_secrets, self.good)

        login.forget("u1")

        assert login.state("u1") == PasswordState()
        assert self.refusal(login, hilum_secrets, "u1", self.good)

    def test_rules_can_be_shown_and_good_passwords_meet_them(self, login: LocalLogin) -> None:
        for rule in login.rules():
            assert SLUG.fullmatch(rule.name)
            shows_in_every_language(rule.label)
            assert rule.met(self.good)
            assert rule.met(self.other)

    def test_a_password_that_breaks_a_rule_is_not_kept(
        self, login: LocalLogin, hilum_secrets: FakePrompter
    ) -> None:
        if self.weak is None:
            return
        broken = [rule.name for rule in login.rules() if not rule.met(self.weak)]

        with pytest.raises(ConfigurationError) as caught:
            self.set_password(login, hilum_secrets, self.weak)

        assert caught.value.details["rules"] == broken != []
        assert login.state("u1") == PasswordState()


def _asking(
    prompter: FakePrompter, user_id: str | None, *, temporary: bool = False
) -> PasswordRequest:
    return PasswordRequest(
        user_id=user_id, prompter=prompter, progress=FakeProgress(), temporary=temporary
    )
