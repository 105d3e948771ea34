"""Played cards, and SoftHSM tokens that show what an eID shows."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hilum_ehealth.card.pkcs11 import Pkcs11Readers
from hilum_ehealth.testing.authority import CitizenCard

PIN = "4711"


class PlayedReaders:
    """The state of the played library, to be changed while it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.module = folder / "module"
        self.module.touch()
        self.service_runs = True
        self._state: dict[str, Any] = {"module": str(self.module), "slots": [], "faults": {}}
        self._save()

    def _save(self) -> None:
        (self.folder / "state.json").write_text(json.dumps(self._state))

    def _load(self) -> None:
        self._state = json.loads((self.folder / "state.json").read_text())

    def add(self, **slot: Any) -> None:
        self._state["slots"].append(slot)
        self._save()

    def change(self, number: int = 0, **values: Any) -> None:
        self._load()
        self._state["slots"][number].update(values)
        self._save()

    def fault(self, **faults: str) -> None:
        self._load()
        self._state["faults"] = faults
        self._save()

    def pull(self, number: int = 0) -> None:
        self.change(number, present=False)

    def unplug(self) -> None:
        """Take every reader away."""
        self._state["slots"].clear()
        self._save()

    def insert(self, number: int = 0, **values: Any) -> None:
        insertion = self._state["slots"][number]["insertion"] + 1
        self.change(number, present=True, insertion=insertion, **values)

    def calls(self, function: str) -> list[str]:
        lines = (self.folder / "calls.log").read_text().splitlines()
        return [line.partition(" ")[2] for line in lines if line.split()[0] == function]

    def calls_after(self, function: str) -> list[str]:
        lines = (self.folder / "calls.log").read_text().splitlines()
        names = [line.split()[0] for line in lines]
        return names[names.index(function) + 1 :]


@pytest.fixture
def played(tmp_path: Path) -> PlayedReaders:
    """No reader yet; add them with ``add(**eid)``."""
    return PlayedReaders(tmp_path)


@pytest.fixture
def eid(alice_card: CitizenCard) -> dict[str, Any]:
    """A card of the usual provider as the official middleware shows it, dialogs switched off."""
    return _slot(alice_card)


@pytest.fixture
def ec_eid(ec_alice_card: CitizenCard) -> dict[str, Any]:
    """The same with P-384 keys, in another reader, with another serial number."""
    return _slot(ec_alice_card) | {"reader": "ACR38 01 00", "serial": "22222222EEEEEEEE"}


def _slot(card: CitizenCard) -> dict[str, Any]:
    certificates = {
        "Authentication": card.authentication.certificate,
        "Signature": card.signature.certificate,
        "CA": card.ca,
        "Root": card.root,
    }
    return {
        "reader": "ACR38 00 00",
        "present": True,
        "insertion": 1,
        "label": "BELPIC",
        "model": "Belgium eID",
        "serial": "11111111AAAAAAAA",
        "flags": ["initialised", "login_required"],
        "certificates": {
            label: certificate.public_bytes(Encoding.DER).hex()
            for label, certificate in certificates.items()
        },
        "keys": {"Authentication": "", "Signature": ""},
        "data": {
            "national_number": b"85073003328".hex(),
            "surname": "Éxample".encode().hex(),
            "firstnames": b"Alice Anne".hex(),
        },
        "pin": PIN,
        "typed": PIN,
        "tries": 3,
    }


@pytest.fixture
def open_played(played: PlayedReaders) -> Iterator[Callable[..., Pkcs11Readers]]:
    """Open the played readers; no card's process may be left when the test is over."""
    opened: list[Pkcs11Readers] = []

    def open_readers(
        timeout: timedelta = timedelta(seconds=20), cancelled: Callable[[], bool] | None = None
    ) -> Pkcs11Readers:
        script = Path(__file__).with_name("fake_library.py")
        readers = Pkcs11Readers(
            played.module,
            timeout=timeout,
            cancelled=cancelled,
            command=(sys.executable, "-P", str(script), str(played.folder)),
            service_runs=lambda: played.service_runs,
        )
        opened.append(readers)
        return readers

    yield open_readers
    for readers in opened:
        readers.close()
