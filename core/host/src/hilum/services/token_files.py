"""The tokens of open sessions on disk: files 0600 of ours, in folders 0700 of ours.

Per provider one header, ``PROVIDER.json``, which names the token it belongs to, and that token,
``PROVIDER.ID.token``. A new session becomes the session in the one moment in which its header
replaces the old one. The token is holder-of-key: useless without the keystore.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_ehealth.files import storage_error

from hilum.folders import (
    check_owner,
    not_a_folder,
    private_folder,
    read_private,
    unsafe_mode,
    write_atomically,
)
from hilum.locks import exclusive

from .session_headers import Header, decode_header, encode_header

if TYPE_CHECKING:
    from hilum_hookspecs import CheckResult, EhealthSession, SessionView

LARGEST_TOKEN: Final = 256 * 1024
LARGEST_HEADER: Final = 16 * 1024
LOCK: Final = ".lock"
"""Held by whoever changes a session; no provider's file can have this name."""

_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


class TokenFiles:
    """The sessions of one environment, in ``FOLDER/ENVIRONMENT``.

    Every method raises ``storage.not-a-folder`` or ``storage.not-a-file`` for a link or anything
    else in the place of one, ``storage.foreign-owner`` and ``storage.unsafe-mode`` for what is not
    ours alone, and ``storage.*`` for what the disk refuses. Whatever changes a session does it
    alone, among all processes; who only reads sees the state before or after.
    """

    def __init__(self, folder: Path, environment: str) -> None:
        self._root = folder
        self._environment = environment
        self._folder = folder / file_name(environment)

    def view(self, provider_id: str) -> SessionView | None:
        """Return what the header says of a provider's session; reads one small file."""
        if not self._is_there():
            return None
        header = self._header(file_name(provider_id))
        return header.view if header is not None else None

    def views(self) -> Sequence[SessionView]:
        """Return what every header says, by the provider's name."""
        if not self._is_there():
            return ()
        stems = (path.stem for path in self._folder.glob("*.json"))
        found = (self._header(stem) for stem in stems)
        return sorted(
            (header.view for header in found if header is not None),
            key=lambda view: (view.provider_name.casefold(), view.provider_id),
        )

    def token(self, view: SessionView) -> bytes | None:
        """Return the token that *view* belongs to, otherwise unchecked.

        ``None`` when it is gone, was replaced, or a byte of it was changed.
        """
        header = self._header(file_name(view.provider_id)) if self._is_there() else None
        if header is None or header.view.id != view.id:
            return None
        data = read_private(self._token(view), LARGEST_TOKEN)
        return data if data is not None and _sha256(data) == header.sha256 else None

    def keep(self, session: EhealthSession, provider_name: str) -> None:
        """Write the token, then make it the provider's session, then drop the one before."""
        from hilum_hookspecs import SessionView

        view = SessionView(
            id=session.id,
            provider_id=session.provider_id,
            provider_name=provider_name,
            environment=session.environment,
            method=session.method,
            profession=session.profession,
            opened_at=session.opened_at,
            not_before=session.not_before,
            expires_at=session.expires_at,
        )
        header = Header(view=view, sha256=_sha256(session.assertion))
        self._make_folders()
        with self._alone():
            before = self.view(session.provider_id)
            write_atomically(self._token(view), session.assertion)
            write_atomically(self._header_path(view), encode_header(header))
            if before is not None and before.id != view.id:
                _unlink(self._token(before))

    def note_check(self, view: SessionView, result: CheckResult) -> None:
        """Keep what a check found, unless the session was closed or replaced meanwhile."""
        if not self._is_there():
            return
        with self._alone():
            header = self._header(file_name(view.provider_id))
            if header is not None and header.view.id == view.id:
                checked = Header(replace(header.view, last_check=result), header.sha256)
                write_atomically(self._header_path(view), encode_header(checked))

    def remove(self, provider_id: str) -> bool:
        """Remove whatever is kept for a provider, also by a crash; tells whether anything was."""
        if not self._is_there():
            return False
        stem = file_name(provider_id)
        with self._alone():
            found = [*self._folder.glob(f"{stem}.*"), *self._folder.glob(f".{stem}.*")]
            for path in sorted(found, key=lambda path: path.suffix == ".json"):
                _unlink(path)
        return bool(found)

    def _alone(self) -> AbstractContextManager[None]:
        return exclusive(self._folder / LOCK)

    def _header(self, stem: str) -> Header | None:
        """Read a header that is where it belongs and whose token is there.

        Who opens a session meanwhile drops the token of the header that was just read: the header
        that took its place is read then.
        """
        header = self._read_header(stem)
        while header is not None and not self._token(header.view).is_file():
            before, header = header, self._read_header(stem)
            if header is not None and header.view.id == before.view.id:
                return None
        return header

    def _read_header(self, stem: str) -> Header | None:
        data = read_private(self._folder / f"{stem}.json", LARGEST_HEADER)
        header = decode_header(data) if data is not None else None
        if header is None or file_name(header.view.provider_id) != stem:
            return None
        return header if header.view.environment == self._environment else None

    def _header_path(self, view: SessionView) -> Path:
        return self._folder / f"{file_name(view.provider_id)}.json"

    def _token(self, view: SessionView) -> Path:
        return self._folder / f"{file_name(view.provider_id)}.{file_name(view.id)}.token"

    def _is_there(self) -> bool:
        return _checked_folder(self._root) and _checked_folder(self._folder)

    def _make_folders(self) -> None:
        private_folder(self._root.parent)
        for folder in (self._root, self._folder):
            try:
                with contextlib.suppress(FileExistsError):
                    folder.mkdir(mode=0o700)
            except OSError as error:
                raise storage_error(error, folder) from error
            _checked_folder(folder)


def file_name(text: str) -> str:
    """Write *text* as a file name that no two texts share, on any file system."""
    return "".join(c if c in _PLAIN else "".join(_escaped(c)) for c in text) or "_"


def _sha256(data: bytes) -> str:
    from hashlib import sha256

    return sha256(data).hexdigest()


def _escaped(character: str) -> Iterator[str]:
    for byte in character.encode("utf-8", "surrogatepass"):
        yield f"_{byte:02x}"


def _checked_folder(folder: Path) -> bool:
    """Tell whether *folder* is there; refuse one that is not ours alone."""
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise storage_error(error, folder) from error
    if os.name == "posix":
        if not stat.S_ISDIR(status.st_mode):
            raise not_a_folder(folder)
        check_owner(folder, status)
        if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise unsafe_mode(folder, status)
    return True


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(error, path) from error
