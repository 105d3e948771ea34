"""Texts about users, their passwords and logging in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hilum.words import _

from .entries import Entry, Texts

_LIST = _.message("hilum user list shows them.")


def _not_valid(details: Mapping[str, object]) -> Texts:
    remedy = _.message("An administrator can change the dates: hilum user edit USER.")
    if details.get("valid_from") and details.get("valid_until"):
        return _.message("{user} may log in from {valid_from} until {valid_until}."), remedy
    if details.get("valid_from"):
        return _.message("{user} may not log in before {valid_from}."), remedy
    return _.message("{user} may not log in after {valid_until}."), remedy


def _login_delayed(details: Mapping[str, object]) -> Texts:
    remedy = _.message("Wait, then type it with care.")
    if details.get("seconds") == 1:
        return _.message("The last password was wrong: the next one is taken in a second."), remedy
    return (
        _.message("The last password was wrong: the next one is taken in {seconds} seconds."),
        remedy,
    )


ENTRIES: Final[dict[str, Entry]] = {
    "user.not-found": (_.message("There is no such user."), _LIST),
    "user.name-missing": (
        _.message("The user's name is missing."),
        _.message("Give it: --name, or the column name of a file."),
    ),
    "user.user-name-missing": (
        _.message("The user name, which is typed to log in, is missing."),
        _.message("Give it: --user-name, or the column user_name of a file."),
    ),
    "user.user-name-taken": (
        _.message("Another user has the user name {user_name}."),
        _.message("Choose another one; capitals make no difference."),
    ),
    "user.dates-reversed": (
        _.message(
            "The user would be valid from {valid_from} until {valid_until}, which is before."
        ),
        _.message("Correct one of the two dates."),
    ),
    "user.password-months": (
        _.message("A password holds 0 (for ever) to {longest} months."),
        _.message("Choose a number among these."),
    ),
    "user.mailbox-not-linked": (
        _.message("The user does not work for {providers}, whose mailbox was named."),
        _.message("Link that provider too: --provider, or the column providers of a file."),
    ),
    "user.provider-not-linked": (
        _.message("{user} does not work for {provider}."),
        _.message("hilum user show USER says for whom."),
    ),
    "user.last-administrator": (
        _.message("{user} is the last administrator: somebody must be able to look after users."),
        _.message("Make somebody else an administrator first, without an end date."),
    ),
    "user.not-administrator": (
        _.message("{user} is logged in and is no administrator: only those change users."),
        _.message("Log in as an administrator, or log out: hilum logout."),
    ),
    "user.ehealth-refused": (
        _.message("{user} cannot log in via eHealth:\n{reasons}"),
        _.message("Mend what is named, then try again."),
    ),
    "user.ehealth-off": (
        _.message("{user} does not log in via eHealth."),
        _.message("Tick it: hilum user edit USER --ehealth-login. Or leave out --via."),
    ),
    "user.not-valid": _not_valid,
    "user.no-local-login": (
        _.message("No plugin checks passwords of users."),
        _.message("Switch one on: hilum plugins enable {plugin}. Or log in via eHealth."),
    ),
    "user.logged-in": (
        _.message("{user} is logged in, since {since}."),
        _.message("Log out first: hilum logout."),
    ),
    "user.logged-out": (
        _.message("Nobody is logged in."),
        _.message("Log in: hilum login USER."),
    ),
    "credential.login-rejected": (
        _.message("The user name or the password is wrong."),
        _.message("Type both with care, or have it restored: hilum user reset USER --password."),
    ),
    "credential.login-delayed": _login_delayed,
    "credential.login-locked": (
        _.message("The password was wrong too often: none is taken before {until}."),
        _.message("Wait, or have an administrator restore it: hilum user reset USER --password."),
    ),
    "secret.password-unchanged": (
        _.message("The new password is the old one."),
        _.message("Choose another one."),
    ),
}
