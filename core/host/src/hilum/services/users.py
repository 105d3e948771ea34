"""Users: adding, changing, removing them, and what they may do."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from hilum_hookspecs import ConfigurationError, RecordError, User

from hilum.storage.tables import USER
from hilum.storage.turns import take_turn
from hilum.words import _

from .ehealth_conditions import Condition, EhealthConditions, all_met, granted
from .openings import belgian_day
from .user_changes import DEFAULTS, Edit, Saved, Values, as_first, audited, differences
from .user_rules import check_administrators, check_record

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Audit, Clock, Prompter, Providers
    from sqlalchemy import Connection

    from hilum.storage.database import Database

    from .login_files import Login
    from .user_passwords import UserPasswords


class UserService:
    """The use cases of ``hilum user``; each change is audited and whole, or not made at all.

    While somebody is logged in who is no administrator, every change raises
    ``user.not-administrator`` (``user``), but that of the own password. *login* tells who it is.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        audit: Audit,
        providers: Providers,
        conditions: EhealthConditions,
        passwords: UserPasswords,
        prompter: Prompter,
        login: Callable[[], Login | None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._providers = providers
        self._conditions = conditions
        self._passwords = passwords
        self._prompter = prompter
        self._login = login

    def all(self) -> Sequence[User]:
        """Return every user, by name."""
        from . import user_store

        with self._database.begin() as connection:
            return user_store.everybody(connection)

    def find(self, text: str) -> User:
        """Return the user whose user name or id is *text*; raises ``user.not-found``."""
        user = self.known(text)
        if user is None:
            raise RecordError("user.not-found")
        return user

    def known(self, text: str) -> User | None:
        """Return the user whose user name or id is *text*, when there is one."""
        from . import user_store

        with self._database.begin() as connection:
            return user_store.matching(connection, text)

    def conditions(self, user: User) -> tuple[Condition, ...]:
        """Return the conditions of a log-in via eHealth, judged now."""
        return self._conditions.of(user)

    def today(self) -> date:
        """Return the day of now in Belgium."""
        return belgian_day(self._clock.now())

    def check_administrator(self) -> None:
        """Refuse a change of users by who is logged in and is no administrator now.

        With nobody logged in the account of the computer decides. Raises
        ``user.not-administrator``.
        """
        login = self._login()
        if login is None:
            return
        user = self.known(login.user_id)
        if user is None or not user.administrator or not user.is_valid(self.today()):
            raise RecordError("user.not-administrator", user=login.user_name)

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """Open a transaction in which nobody else changes users."""
        with self._database.begin() as connection:
            take_turn(connection, USER)
            yield connection

    def prepare(self, values: Values) -> Saved:
        """Make a new user, whatever other users there are; saves nothing.

        The log-in via eHealth is ticked by itself when all conditions hold and *values* do not say
        otherwise. Raises what :func:`~hilum.services.user_rules.check_record` raises,
        ``user.ehealth-refused``, and ``record.*`` for a provider.
        """
        user = self._filled(User(id=_new_id(), name="", user_name=""), values)
        check_record(user)
        conditions = self._conditions.of(user)
        asked = values.get("ehealth_login")
        ticked = (
            all_met(conditions) if asked is None else granted(user, asked, conditions, new=True)
        )
        return Saved(user=replace(user, ehealth_login=ticked), conditions=conditions)

    def add(self, values: Values, *, dry_run: bool = False) -> Saved:
        """Save a new user; the first one is an administrator.

        Raises what :meth:`prepare` raises, and ``user.user-name-taken``.
        """
        from . import user_store

        self.check_administrator()
        saved = self.prepare(values)
        with self.alone() as connection:
            self._check_user_name(connection, saved.user)
            if user_store.is_empty(connection):
                saved = as_first(saved)
            if not dry_run:
                user_store.add(connection, saved.user)
                self._audit.record("user.created", **audited(saved.user))
        return saved

    def edit(self, text: str, edit: Edit, *, dry_run: bool = False) -> Saved:
        """Change the user that *text* names.

        The log-in via eHealth is never ticked by itself, and unticked when the change links other
        providers and its conditions do not hold for them. Raises what :meth:`add` raises,
        ``user.not-found``, ``user.provider-not-linked`` and ``user.last-administrator``.
        """
        self.check_administrator()
        with self.alone() as connection:
            old = self.find(text)
            changes = [(old, self._changes(old, edit))]
            (saved,) = self._change(connection, changes, dry_run=dry_run)
        return saved

    def remove(self, text: str, *, confirmed: bool, dry_run: bool = False) -> User:
        """Delete a user and its password, asking first unless it is *confirmed*.

        Raises ``user.not-found``, ``user.last-administrator``, and ``usage.not-confirmed`` when
        nobody agrees or nobody can be asked.
        """
        from . import user_store

        self.check_administrator()
        user = self.find(text)
        self._check_administrators([user], [])
        if dry_run:
            return user
        if not confirmed:
            self._ask_before_removal(user)
        with self.alone() as connection:
            self._check_administrators([user], [])
            user_store.remove(connection, user.id)
            self._passwords.forget(user)
            self._audit.record("user.removed", user=user.id, user_name=user.user_name)
        return user

    def choose_password(self, text: str, *, temporary: bool = False, dry_run: bool = False) -> User:
        """Ask for a new password of the user that *text* names, who may be the one logged in.

        Raises ``user.not-found`` and what
        :meth:`~hilum.services.user_passwords.UserPasswords.choose` raises.
        """
        user = self.known(text)
        login = self._login()
        if user is None or login is None or user.id != login.user_id:
            self.check_administrator()
        user = self.find(text)
        self._passwords.choose(user, temporary=temporary, dry_run=dry_run)
        return user

    def reset_options(self, text: str, *, dry_run: bool = False) -> Saved:
        """Set the options of a user back to what a user without any has."""
        return self.edit(text, Edit(values=DEFAULTS), dry_run=dry_run)

    def copy(
        self, source: str, targets: Sequence[str], names: Iterable[str], *, dry_run: bool = False
    ) -> Sequence[Saved]:
        """Give all of *targets* the fields *names* of *source*: :data:`RIGHTS` or :data:`OPTIONS`.

        A log-in via eHealth is copied only to those whose conditions hold; the others keep what
        they have, and their ``conditions`` say why. Raises what :meth:`edit` raises; then nothing
        is changed for anybody.
        """
        self.check_administrator()
        with self.alone() as connection:
            original = self.find(source)
            values = {name: getattr(original, name) for name in names}
            users = {user.id: user for user in map(self.find, targets)}
            changes = [(user, self._copied(user, values)) for user in users.values()]
            return self._change(connection, changes, dry_run=dry_run)

    def _changes(self, user: User, edit: Edit) -> Values:
        unlinked = [self._linked(user, text) for text in edit.unlink]
        closed = [*unlinked, *(self._linked(user, text) for text in edit.no_mailboxes)]
        values = dict(edit.values)
        if edit.link or unlinked:
            kept = (each for each in user.providers if each not in unlinked)
            values["providers"] = (*kept, *edit.link)
        if edit.mailboxes or closed:
            kept = (each for each in user.mailboxes if each not in closed)
            values["mailboxes"] = (*kept, *edit.mailboxes)
        return values

    def _change(
        self, connection: Connection, changes: Sequence[tuple[User, Values]], *, dry_run: bool
    ) -> Sequence[Saved]:
        from . import user_store

        saved = [self._changed(connection, old, values) for old, values in changes]
        self._check_administrators([old for old, _values in changes], [s.user for s in saved])
        for each in saved:
            if each.changed and not dry_run:
                user_store.replace(connection, each.user)
                self._audit.record("user.edited", fields=list(each.changed), **audited(each.user))
        return saved

    def _changed(self, connection: Connection, old: User, values: Values) -> Saved:
        user = self._filled(old, values)
        check_record(user)
        self._check_user_name(connection, user)
        conditions = self._conditions.of(user)
        asked = values.get("ehealth_login")
        unticked = False
        if asked is not None:
            user = replace(user, ehealth_login=granted(user, asked, conditions))
        elif old.ehealth_login and user.providers != old.providers:
            unticked = not all_met(conditions)
            user = replace(user, ehealth_login=not unticked)
        return Saved(
            user=user, changed=differences(old, user), conditions=conditions, unticked=unticked
        )

    def _filled(self, old: User, values: Values) -> User:
        """Put *values* into a record; providers that were not linked before are looked up."""
        given = {name: value for name, value in values.items() if name != "ehealth_login"}
        for name in ("providers", "mailboxes"):
            if name in given:
                ids = (each if each in old.providers else self._id(each) for each in given[name])
                given[name] = tuple(dict.fromkeys(ids))
        return replace(old, **given)

    def _linked(self, user: User, text: str) -> str:
        """Return the id of the linked provider that *text* names, whose record may be gone."""
        provider_id = text if text in user.providers else self._id(text)
        if provider_id not in user.providers:
            raise RecordError("user.provider-not-linked", user=user.user_name, provider=provider_id)
        return provider_id

    def _id(self, provider: str) -> str:
        return self._providers.find(provider).id

    def _copied(self, target: User, values: Values) -> Values:
        """Leave out of *values* a log-in via eHealth that *target* could not use."""
        if values.get("ehealth_login") and not all_met(self._conditions.of(target)):
            return {name: value for name, value in values.items() if name != "ehealth_login"}
        return values

    def _check_user_name(self, connection: Connection, user: User) -> None:
        from . import user_store

        if user_store.is_taken(connection, user):
            raise RecordError("user.user-name-taken", user_name=user.user_name)

    def _check_administrators(self, old: Sequence[User], new: Sequence[User]) -> None:
        before = self.all()
        changed = {user.id for user in old}
        after = [*(user for user in before if user.id not in changed), *new]
        check_administrators(before, after, self.today())

    def _ask_before_removal(self, user: User) -> None:
        question = _.message(
            "Remove the user {name} ({user})?", name=user.name, user=user.user_name
        )
        if not self._prompter.confirm("remove-user", question):
            raise ConfigurationError(
                "usage.not-confirmed",
                message=_.message("The user {name} was not removed.", name=user.name),
                remedy=_.message("Answer yes, or give --yes."),
                option="--yes",
                user=user.id,
            )


def _new_id() -> str:
    """Make an identifier at random, so that nobody ever gets the password of a removed user."""
    return secrets.token_hex(8)
