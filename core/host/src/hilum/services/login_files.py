"""Who is logged in, in a private file of ours: ``login-ENVIRONMENT.json``, 0600.

It says who said to be at work here, for the screens and the log-out; it opens nothing. Whoever
works with the account of the system can write it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Final

from hilum_ehealth.errors import EhealthError

from hilum.folders import private_folder, read_private, write_atomically
from hilum.locks import exclusive

from .token_files import file_name

FORMAT: Final = 1
LARGEST: Final = 1024 * 1024


class Via(Enum):
    """How somebody logged in."""

    EHEALTH = "ehealth"
    PASSWORD = "password"  # noqa: S105  # the name of a way


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user who is logged in."""

    user_id: str
    user_name: str
    name: str
    via: Via
    since: datetime
    providers: tuple[str, ...] = ()
    """Ids of the providers that were linked to the user then: their sessions end with the login."""

    older: tuple[str, ...] = ()
    """Ids of the sessions that were open before: those of other providers outlast the login."""


class LoginFiles:
    """The login of one environment, in *folder*, the data folder.

    Every method raises ``storage.*`` for a file that is not ours alone or that the disk refuses.
    A file that cannot be understood counts as nobody.
    """

    def __init__(self, folder: Path, environment: str) -> None:
        self._path = folder / f"login-{file_name(environment)}.json"
        self._lock = self._path.with_suffix(".lock")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody else change who is logged in; nobody is asked anything meanwhile."""
        private_folder(self._path.parent)
        with exclusive(self._lock):
            yield

    def login(self) -> Login | None:
        """Return who is logged in."""
        try:
            return _login(self._document().get("login"))
        except (ValueError, KeyError, TypeError, OverflowError):
            return None

    def last_user(self) -> str | None:
        """Return the user name that logged in last."""
        name = self._document().get("last_user")
        return name if isinstance(name, str) else None

    @contextmanager
    def keeping(self, login: Login) -> Iterator[None]:
        """Note that a user is logged in; when the block raises all is as it was before."""
        before = self._document()
        self._write(login.user_name, login)
        try:
            yield
        except BaseException:
            self._put_back(before)
            raise

    def end(self) -> None:
        """Note that nobody is logged in any more; the last user is still known."""
        if self._path.exists():
            self._write(self.last_user(), None)

    def _document(self) -> Mapping[str, object]:
        data = read_private(self._path, LARGEST)
        try:
            document = json.loads(data) if data is not None else {}
        except (ValueError, RecursionError):
            return {}
        known = isinstance(document, dict) and document.get("format") == FORMAT
        return document if known else {}

    def _put_back(self, document: Mapping[str, object]) -> None:
        """Write *document* again; on a full disk, at least nobody is said to be logged in."""
        try:
            self._write_document(document)
        except EhealthError:
            if not document.get("login"):
                self._path.unlink(missing_ok=True)

    def _write(self, last_user: str | None, login: Login | None) -> None:
        self._write_document(
            {"format": FORMAT, "last_user": last_user, "login": login and _written(login)}
        )

    def _write_document(self, document: Mapping[str, object]) -> None:
        write_atomically(self._path, json.dumps(document, indent=1).encode())


def _written(login: Login) -> dict[str, object]:
    return {
        "user": login.user_id,
        "user_name": login.user_name,
        "name": login.name,
        "via": login.via.value,
        "since": login.since.astimezone(UTC).isoformat(),
        "providers": list(login.providers),
        "older": list(login.older),
    }


def _login(document: object) -> Login | None:
    if not isinstance(document, dict):
        return None
    since = datetime.fromisoformat(document["since"])
    if since.tzinfo is None:
        raise ValueError("an instant without zone")
    return Login(
        user_id=str(document["user"]),
        user_name=str(document["user_name"]),
        name=str(document["name"]),
        via=Via(document["via"]),
        since=since,
        providers=tuple(str(each) for each in document["providers"]),
        older=tuple(str(each) for each in document.get("older", ())),
    )
