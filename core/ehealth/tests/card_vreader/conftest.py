"""Real PC/SC and OpenSC above an emulated card."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hilum_ehealth.card.pkcs11 import Pkcs11Readers, open_pkcs11
from hilum_ehealth.card.software import create_software_card
from hilum_ehealth.testing.authority import CitizenCard, Pki
from hilum_ehealth.testing.card_emulator.virtual_reader import (
    VirtualReader,
    missing,
    opensc_module,
)

PIN = "4711"


@pytest.fixture(scope="session")
def _needed() -> None:
    if reason := missing():
        pytest.skip(reason)


@pytest.fixture
def reader(_needed: None) -> Iterator[VirtualReader]:
    """A reader with two empty slots."""
    with VirtualReader() as reader:
        yield reader


@pytest.fixture
def readers(reader: VirtualReader, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pkcs11Readers]:
    for name, value in reader.environment.items():
        monkeypatch.setenv(name, value)
    with open_pkcs11(opensc_module()) as opened:
        yield opened


@pytest.fixture
def alice(tmp_path: Path, alice_card: CitizenCard) -> Path:
    """The card of the usual provider, a file."""
    return _written(tmp_path / "alice", "11111111AAAAAAAA", "85073003328", "Alice", alice_card)


@pytest.fixture
def bob(tmp_path: Path, pki: Pki) -> Path:
    """Somebody else's card."""
    card = pki.citizen(niss="17073003384", given_names=("Bob",), surname="Example")
    return _written(tmp_path / "bob", "22222222BBBBBBBB", "17073003384", "Bob", card)


def _written(path: Path, serial: str, niss: str, name: str, card: CitizenCard) -> Path:
    create_software_card(
        path,
        serial=serial,
        niss=niss,
        surname="Example",
        given_names=name,
        pin=PIN,
        authentication=(card.authentication.private_key, card.authentication.certificate),
        signature=(card.signature.private_key, card.signature.certificate),
        ca=card.ca,
        root=card.root,
    )
    return path


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait until something is true; the service looks at its reader twice a second."""

    def wait(true: Callable[[], object]) -> None:
        deadline = time.monotonic() + 10
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    return wait
