"""What the tests of storage and services share: a clock, a database, a plugin's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hilum.storage.database import Database
from hilum_hookspecs import StorageSpec


class StandingClock:
    """Time that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move(self, **by: float) -> None:
        self._now += timedelta(**by)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


MakeDatabase = Callable[..., Database]


@pytest.fixture
def make_database(data_folder: Path) -> Iterator[MakeDatabase]:
    """Make databases on one file, as one process after the other would."""
    made: list[Database] = []

    def make(*specs: tuple[str, StorageSpec], **options: timedelta) -> Database:
        def declared() -> Sequence[tuple[str, StorageSpec]]:
            return specs

        url = f"sqlite:///{data_folder / 'hilum.db'}"
        made.append(Database(url, declared, data_folder, **options))
        return made[-1]

    yield make
    for database in made:
        database.close()


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    return make_database()
