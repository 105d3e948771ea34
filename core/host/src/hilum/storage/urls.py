"""The address of the database, a SQLAlchemy URL: never with a password in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import ConfigurationError, StorageError

if TYPE_CHECKING:
    from sqlalchemy import URL

SQLITE: Final = "sqlite"

FILE: Final = "hilum.db"
"""The name of the database in the data folder when the settings name none."""

_PASSWORDS: Final = frozenset(
    ("password", "passwd", "pass", "pwd", "passfile", "sslpassword", "odbc_connect")
)
"""Parameters, by the names that drivers give them, that are a password or hold one."""


def database_url(setting: str, data_folder: Path) -> URL:
    """Return the URL that the *setting* names, by default SQLite in *data_folder*.

    Raises ``settings.password-in-url`` (the password is the secret ``database-password``) and
    ``storage.url``; neither repeats what was written.
    """
    from sqlalchemy import URL

    if not setting:
        return URL.create(SQLITE, database=str(data_folder / FILE))
    url = parsed(setting)
    if _has_password(url):
        raise ConfigurationError("settings.password-in-url", section="storage", key="url")
    return placed(url, data_folder)


def parsed(url: str | URL) -> URL:
    """Read *url*; raises ``storage.url`` for what is none."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # Their texts repeat the URL, or the part of it that should be a port.
        raise StorageError("storage.url") from None


def placed(url: URL, folder: Path) -> URL:
    """Return *url* with a relative SQLite file placed in *folder*.

    Raises ``storage.url`` for SQLite without a plain file: what is kept in memory is lost.
    """
    if url.get_backend_name() != SQLITE:
        return url
    file = url.database
    if not file or file.startswith((":memory:", "file:")) or "uri" in url.query:
        raise StorageError("storage.url")
    return url.set(database=str(folder / file))


def sqlite_file(url: URL) -> Path | None:
    """Return the file that a placed *url* names; ``None`` when the database is no SQLite file."""
    if url.get_backend_name() != SQLITE or not url.database:
        return None
    return Path(url.database)


def place(url: URL) -> str:
    """Say where the database is: the file, or the URL without password and parameters."""
    file = sqlite_file(url)
    return str(file or url.set(query={}).render_as_string(hide_password=True))


def _has_password(url: URL) -> bool:
    """Tell whether a password stands in *url*, also where a slash put it into another part."""
    elsewhere = url.get_backend_name() != SQLITE and any("@" in part for part in _parts(url))
    return bool(url.password is not None or elsewhere or _PASSWORDS & {*map(str.lower, url.query)})


def _parts(url: URL) -> Iterator[str]:
    yield from (part for part in (url.host, url.database) if part)
