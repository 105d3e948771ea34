"""The data folder: ours alone, and without what a program that was ended left behind.

Only what Hilum itself puts there is looked at and mended, whatever else stands in the folder.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from hilum_ehealth.files import close_to_others, storage_error
from hilum_hookspecs import HealthAnswer, HealthCheck, HealthFix, Message

from hilum.folders import check_owner, not_a_folder, unsafe_mode
from hilum.storage.urls import FILE as DATABASE
from hilum.words import _

from .answers import fixable, link, not_applicable, ok

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Clock

RANK: Final = 550

OURS: Final = frozenset(
    {
        "audit",
        "config.toml",
        "installed-plugins",
        "sessions",
        "trust",
    }
)
"""What the host puts into the data folder; each plugin has a folder of its name there too."""

BEGINNINGS: Final = ("login-",)
"""How the names of the other files of the host begin."""

FILES: Final = frozenset({DATABASE, "hilum.log"})
"""The database and the log, unless the settings name others; they have files beside them."""

BESIDE: Final = re.compile(
    r"(?P<name>.+?)(\.1|\.before-\d{8}-\d{6}(-\d+)?)?(-journal|-wal|-shm)?", re.DOTALL
)
"""The log of before, a database that was put aside, what SQLite writes beside one."""

READABLE: Final = frozenset({"config.toml", "installed-plugins", "trust"})
"""What holds no secret: others may read it, and never change it."""

LEFTOVER: Final = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{16}(-journal|-wal|-shm)?")
"""Names that files have while they are being written."""

LOCK: Final = re.compile(r"\.(?P<name>.+)\.lock")
"""What is locked by whoever writes to a file."""

LEFT_ALONE: Final = timedelta(hours=1)
"""How old such a file must be: a younger one may be being written now."""

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def is_ours(name: str, plugins: Collection[str], files: Collection[str] = FILES) -> bool:
    """Tell whether what stands under *name* in the data folder was put there by Hilum.

    *files* are the database and the log.
    """
    hidden = LEFTOVER.fullmatch(name) or LOCK.fullmatch(name)
    if hidden:
        name = hidden["name"]
    if name in OURS or name in plugins or name.startswith(BEGINNINGS):
        return True
    beside = BESIDE.fullmatch(name)
    return beside is not None and beside["name"] in files


class _Place(NamedTuple):
    """A file or folder of ours, as it is now."""

    path: Path
    status: os.stat_result


class DataFolderHealth:
    """The folder at *path*, in which the *plugins* have folders too.

    *files* are the names of database and log there.
    """

    def __init__(
        self,
        path: Path,
        plugins: Collection[str],
        clock: Clock,
        *,
        files: Collection[str] = FILES,
    ) -> None:
        self._path = path
        self._plugins = plugins
        self._files = files
        self._clock = clock

    def check(self) -> HealthCheck:
        """Describe the chain."""
        return HealthCheck(
            name="data-folder",
            label=_.message("Data folder"),
            rank=RANK,
            links=(
                link("folder", _.message("Folder"), self._look_at_folder),
                link("modes", _.message("Yours alone"), self._look_at_modes),
                link("leftovers", _.message("Left-over files"), self._look_for_leftovers),
            ),
        )

    def _look_at_folder(self) -> HealthAnswer:
        path = str(self._path)
        try:
            status = self._path.stat()
        except FileNotFoundError:
            cause = _.message("There is none yet; it is made when something is first kept.")
            return not_applicable(cause, path=path)
        except OSError as error:
            raise storage_error(error, self._path) from error
        if not stat.S_ISDIR(status.st_mode):
            raise not_a_folder(self._path)
        if os.name == "posix":
            check_owner(self._path, status)
        return ok(_.message("It is {path}.", path=path), path=path)

    def _look_at_modes(self) -> HealthAnswer:
        if os.name != "posix":
            return not_applicable(_.message("This system has no such file modes."))
        if not self._path.is_dir():
            return not_applicable(_.message("There is nothing to look at."))
        open_ = [*self._top(), *filter(self._is_open, self._places())]
        for place in open_:
            check_owner(*place)
        if not open_:
            return ok(_.message("What Hilum keeps is yours alone."))
        paths = [str(place.path) for place in open_]
        return fixable(
            _.message("These are open to others on this computer: {paths}", paths=_short(paths)),
            _.message("Close them: hilum doctor --fix"),
            HealthFix(
                label=_.message("Make them yours alone: {paths}", paths=_short(paths)),
                apply=_each(close_to_others, [place.path for place in open_], _closed),
            ),
            paths=paths,
        )

    def _look_for_leftovers(self) -> HealthAnswer:
        if not self._path.is_dir():
            return not_applicable(_.message("There is nothing to look at."))
        before = (self._clock.now() - LEFT_ALONE).timestamp()
        left = [
            place.path
            for place in self._places()
            if LEFTOVER.fullmatch(place.path.name)
            and stat.S_ISREG(place.status.st_mode)
            and place.status.st_mtime < before
        ]
        if not left:
            return ok(_.message("There are none."))
        paths = list(map(str, left))
        return fixable(
            _.message("A program that was ended left these behind: {paths}", paths=_short(paths)),
            _.message("Remove them: hilum doctor --fix"),
            HealthFix(
                label=_.message("Remove {paths}", paths=_short(paths)),
                apply=_each(_remove, left, _removed),
            ),
            paths=paths,
        )

    def _top(self) -> Iterator[_Place]:
        """Yield the folder itself when it is open and holds nothing but ours.

        Raises ``storage.unsafe-mode`` when others may write to one that others use too.
        """
        status = self._path.stat()
        if not status.st_mode & _OTHERS:
            return
        if all(self._is_ours(path) for path in self._path.iterdir()):
            yield _Place(self._path, status)
        elif status.st_mode & _OTHERS_WRITE:
            raise unsafe_mode(self._path, status)

    def _is_ours(self, path: Path) -> bool:
        return is_ours(path.name, self._plugins, self._files)

    def _places(self) -> Iterator[_Place]:
        """Yield every file and folder of ours; links are not followed, and not yielded."""
        waiting = [path for path in sorted(self._path.iterdir()) if self._is_ours(path)]
        while waiting:
            path = waiting.pop(0)
            try:
                status = path.lstat()
                if stat.S_ISDIR(status.st_mode):
                    waiting += sorted(path.iterdir())
            except OSError:
                continue  # gone meanwhile, or of somebody else: the folder's own modes say so
            if stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode):
                yield _Place(path, status)

    def _is_open(self, place: _Place) -> bool:
        part = place.path.relative_to(self._path).parts[0]
        return bool(place.status.st_mode & (_OTHERS_WRITE if part in READABLE else _OTHERS))


def _each(
    do: Callable[[Path], None], paths: Collection[Path], done: Callable[[int], Message]
) -> Callable[[], Message]:
    def apply() -> Message:
        for path in paths:
            do(path)
        return done(len(paths))

    return apply


def _closed(count: int) -> Message:
    return _.message("Made yours alone: {n}", n=count)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(error, path) from error


def _removed(count: int) -> Message:
    return _.message("Removed: {n}", n=count)


def _short(paths: Collection[str], most: int = 3) -> str:
    """Name the first few."""
    names = list(paths)
    return ", ".join(names[:most]) + (" ..." if len(names) > most else "")
